#include "store/internal/migrations.h"

#include <fmt/format.h>

#include "base/embedded.h"
#include "support/test_store.h"

namespace selfheal::embedded {
std::span<const EmbeddedFile> store_queries();
}

namespace selfheal::store {
namespace {

using test::ClientSession;

class MigrationsTest : public test::StoreTest {
 protected:
  // Its own session, since it ends with the coroutine.
  Task<bool> migrate_with(std::vector<EmbeddedFile> files) {
    CO_TRY(const auto connection, co_await pg::Connection::connect(
                                      {.name = "store", .conninfo = server().conninfo(database_, "store_owner")}, soon()));
    CO_TRY_OK(co_await migrate(*connection, files, clock_, soon()));
    co_return true;
  }
  static std::vector<EmbeddedFile> first(std::size_t count) {
    return {migrations().begin(), migrations().begin() + static_cast<std::ptrdiff_t>(count)};
  }
  std::string described() {
    return look(
        "SELECT string_agg(format('%s.%s %s %s', c.relname, a.attname, a.atttypid::regtype, a.attnotnull), "
        "'\n'"
        " ORDER BY c.relname, a.attname) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
        " WHERE c.relnamespace = 'selfheal'::regnamespace AND a.attnum > 0");
  }
};

TEST_F(MigrationsTest, AreNumberedFromOneWithoutGaps) {
  for (std::size_t i = 0; i < migrations().size(); ++i)
    EXPECT_TRUE(migrations()[i].name.starts_with(fmt::format("{:04}_", i + 1))) << migrations()[i].name;
}

TEST_F(MigrationsTest, ApplyFromEmptyAndFromEachStep) {
  EXPECT_TRUE(run(migrate_with(first(migrations().size()))));
  const auto whole = described();
  EXPECT_EQ(look("SELECT count(*) FROM selfheal.schema_migrations"), std::to_string(migrations().size()));
  for (std::size_t step = 1; step < migrations().size(); ++step) {
    SetUp();
    EXPECT_TRUE(run(migrate_with(first(step)))) << step;
    EXPECT_EQ(look("SELECT count(*) FROM selfheal.schema_migrations"), std::to_string(step));
    const auto rest = run(migrate_with(first(migrations().size())));
    EXPECT_TRUE(rest) << rest.error().message;
    EXPECT_EQ(described(), whole) << step;
    open();
  }
}

TEST_F(MigrationsTest, AChangedTextIsRefused) {
  open();
  look("UPDATE selfheal.schema_migrations SET sha256 = 'x' WHERE number = 2");
  const auto refused = run(Store::open(options(), soon()));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "migration 0002_incidents.sql of the store was applied with another text than this program has");
}

TEST_F(MigrationsTest, ANewerSchemaIsRefused) {
  open();
  look("INSERT INTO selfheal.schema_migrations VALUES (9999, '9999_future.sql', 'x', now())");
  const auto refused = run(Store::open(options(), soon()));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("has migration 9999"), std::string::npos) << refused.error().message;
}

TEST_F(MigrationsTest, AFailingMigrationLeavesNothingOfItself) {
  auto files = first(1);
  files.push_back({.name = "0002_broken.sql", .text = "CREATE TABLE selfheal.half (a int); SELECT 1/0;"});
  const auto broken = run(migrate_with(files));
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().message.find("migration 0002_broken.sql"), 0u) << broken.error().message;
  EXPECT_EQ(look("SELECT to_regclass('selfheal.half')"), "NULL");
  EXPECT_TRUE(run(migrate_with(first(migrations().size())))) << "the lock was let go";
}

TEST_F(MigrationsTest, SeveralProcessesMayOpenAnEmptyStoreAtOnce) {
  int ended = 0;
  for (int i = 0; i < 3; ++i)
    asio::co_spawn(loop_.context(), Store::open(options(), soon()),
                   [&](std::exception_ptr thrown, Result<std::unique_ptr<Store>> store) {
                     ++ended;
                     ASSERT_FALSE(thrown);
                     ASSERT_TRUE(store) << store.error().message;
                     stores_.push_back(*std::move(store));
                   });
  loop_.finish([&] { return ended == 3; });
  EXPECT_EQ(stores_.size(), 3u);
  EXPECT_EQ(look("SELECT count(*) FROM selfheal.tenant"), "1");
}

TEST_F(MigrationsTest, NobodyElseMayReadTheStore) {
  open();
  EXPECT_EQ(look("SELECT count(*) FROM information_schema.role_table_grants WHERE table_schema = 'selfheal'"
                 " AND grantee <> 'store_owner'"),
            "0");
  EXPECT_EQ(look("SELECT has_schema_privilege('pg_monitor', 'selfheal', 'usage')"), "f");
}

TEST_F(MigrationsTest, EveryQueryPreparesSaysWhatItDoesAndNamesItsTenant) {
  open();
  ClientSession session(server().conninfo(database_));
  ASSERT_GT(embedded::store_queries().size(), 50u);
  for (const auto& query : embedded::store_queries()) {
    const std::string name(query.name);
    const std::string text(query.text);
    EXPECT_TRUE(text.starts_with("-- ")) << name;
    const bool of_system = text.find("\n-- scope: system\n") != std::string::npos;
    EXPECT_NE(of_system,
              text.find("$1::text") != std::string::npos && text.find("tenant") != std::string::npos)
        << name << " takes the tenant as $1 or says scope: system";
    EXPECT_TRUE(session.exec("SET search_path = pg_catalog").ok);
    const auto prepared = session.exec("PREPARE q AS " + text);
    EXPECT_TRUE(prepared.ok) << name << ": " << prepared.message;
    session.exec("DEALLOCATE ALL");
  }
}

}  // namespace
}  // namespace selfheal::store
