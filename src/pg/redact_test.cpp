#include "pg/redact.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/limits.h"
#include "base/random.h"

namespace selfheal::pg {
namespace {

struct Case {
  const char* text;
  const char* redacted;
};

TEST(Redact, KeepsObjectsAndDropsValues) {
  const Case cases[] = {
      {"duplicate key value violates unique constraint \"orders_pkey\"",
       "duplicate key value violates unique constraint \"orders_pkey\""},
      {"Key (email)=(ann@x.io) already exists.", "Key (email)=(‹value›) already exists."},
      {"Key (lower(email), 'pepper'::text)=(ann, x)=() already exists.",
       "Key (lower(email), ?::text)=(‹value›) already exists."},
      {"Failing row contains (1, ann@x.io, null).", "Failing row contains (‹value›)."},
      {"invalid input syntax for type integer: \"4111\"",
       "invalid input syntax for type integer: \"‹value›\""},
      {"relation \"s3cret\" does not exist", "relation \"‹name›\" does not exist"},
      {"column \"s3cret\" of relation \"orders\" does not exist",
       "column \"‹name›\" of relation \"‹name›\" does not exist"},
      {"syntax error at or near \"s3cret\"", "syntax error at or near \"‹value›\""},
      {"could not open file \"/home/ann/x\": No such file or directory",
       "could not open file \"‹value›\": No such file or directory"},
      {"Process 17 waits for ShareLock on transaction 745; blocked by process 18.\n"
       "Process 18 waits for ShareLock on transaction 746; blocked by process 17.\n"
       "Process 17: update acc set n = 7 where owner = 'ann'\n"
       "Process 18: update acc\nset n = 8 where owner = 'bob'",
       "Process 17 waits for ShareLock on transaction 745; blocked by process 18.\n"
       "Process 18 waits for ShareLock on transaction 746; blocked by process 17.\n"
       "Process 17: update acc set n = ? where owner = ?\n"
       "Process 18: update acc\n‹message withheld›"},
      {"duration: 12.3 ms  execute <unnamed>: select 'x' from t",
       "duration: 12.3 ms  execute ‹value›: select ? from t"},
  };
  for (const auto& [text, redacted] : cases) EXPECT_EQ(redact_message(text).text(), redacted) << text;
}

TEST(Redact, DropsAMessageItDoesNotKnow) {
  for (const std::string& text :
       {std::string("order 17 of ann was refused"), std::string("Relation »s3cret« existiert nicht"),
        std::string("bad \xff utf-8"), std::string("deadlock detected\0 s3cret", 25),
        "invalid input syntax for type integer: \"" + std::string(kFieldBytes, 'x') + "\""})
    EXPECT_EQ(redact_message(text).text(), kWithheld) << text;
}

TEST(Redact, KeepsTheFramesOfContext) {
  const ErrorFields fields{.message = "deadlock detected",
                           .context =
                               "SQL statement \"update acc\nset n = 7\nwhere owner = 'ann \"x\"'\"\n"
                               "PL/pgSQL function shop.pay(integer) line 3 at SQL statement\n"
                               "while updating tuple (0,1) in relation \"acc\"\n"
                               "frame of an extension with s3cret\n"
                               "another one"};
  EXPECT_EQ(redact(fields).context.text(),
            "SQL statement \"update acc set n = ? where owner = ?\"\n"
            "PL/pgSQL function shop.pay(integer) line 3 at SQL statement\n"
            "while updating tuple (0,1) in relation \"acc\"\n"
            "‹message withheld›");
}

TEST(Redact, WithholdsWhatRaiseSaysInEveryLanguage) {
  for (const std::string context :
       {"PL/pgSQL-Funktion f() Zeile 3 bei RAISE", "PL/pgSQL関数f()の3行目 - RAISE",
        "PL/pgSQL ფუნქცია f() ხაზზე 3 RAISE-სთან"}) {
    const ErrorFields fields{.sqlstate = "23505",
                             .message = "duplicate key value violates unique constraint \"s3cret\"",
                             .context = context};
    const auto redacted = redact(fields);
    EXPECT_EQ(redacted.message.text(), kWithheld) << context;
    EXPECT_EQ(redacted.objects, ObjectNames{}) << context;
  }
}

TEST(Redact, DoesNotTakeAFrameInsideAValueForAFrame) {
  const ErrorFields inside_statement{
      .message = "deadlock detected",
      .context = "SQL statement \"select 'a\nPL/pgSQL function s3cret() line 1 at RETURN\n'\""};
  EXPECT_EQ(redact(inside_statement).context.text(), "SQL statement \"select ?\"");
  const ErrorFields inside_value{
      .message =
          "invalid input syntax for type integer: \"x\"\nwhile updating tuple (0,1) in relation \"s3cret\"",
      .context = "COPY t, line 1, column a: \"x\"\nwhile updating tuple (0,1) in relation \"s3cret\""};
  const auto redacted = redact(inside_value);
  EXPECT_EQ(redacted.message.text(), "invalid input syntax for type integer: \"‹value›\"");
  EXPECT_EQ(redacted.context.text(), "COPY t, line 1, column a: \"‹value›\"\n‹message withheld›");
}

// A fuzzer's find: the name of a prepared statement that holds a line break.
TEST(Redact, DoesNotTakeHalfAValueForAStatement) {
  EXPECT_EQ(redact_message("duration: 1.5 ms  parse x: s3cret\ny: select 1").text(), kWithheld);
}

TEST(Redact, RemovesAMissingNameFromTheStatementToo) {
  const ErrorFields fields{.message = "column \"s3cret\" does not exist",
                           .hint = "Perhaps you meant to reference the column \"S3alias.n\".",
                           .statement = "select S3CRET, 'x' from cn.p as \"S3alias\" where n = 1",
                           .internal_query = "select s3cret",
                           .user = "s3cret"};
  const auto redacted = redact(fields);
  EXPECT_EQ(redacted.statement.text(), "select ‹name›, ? from cn.p as ‹name› where n = ?");
  EXPECT_EQ(redacted.internal_query.text(), "select ‹name›");
  EXPECT_EQ(redacted.hint.text(), "Perhaps you meant to reference the column \"‹name›.n\".");
  EXPECT_EQ(redacted.user.text(), "‹name›");

  const ErrorFields function{.message = "function s3cret(integer) does not exist",
                             .statement = "select \"S3CRET\"(a::integer)"};
  EXPECT_EQ(redact(function).statement.text(), "select ‹name›(a::integer)");
}

// A column called `a" of relation "s3cret` reads like a column of a table.
TEST(Redact, ShowsANameThatMayBeTwoOnlyWhenTheStatementSaysOtherwise) {
  const std::string message = "column \"a\" of relation \"orders\" does not exist";
  const auto plain = redact({.message = message, .statement = "insert into orders(a) values (1)"});
  EXPECT_EQ(plain.message.text(), "column \"‹name›\" of relation \"orders\" does not exist");
  EXPECT_EQ(plain.objects.table, "orders");
  const auto alone = redact({.message = message});
  EXPECT_EQ(alone.message.text(), "column \"‹name›\" of relation \"‹name›\" does not exist");
  EXPECT_EQ(alone.objects, ObjectNames{});
  const auto posing =
      redact({.message = message, .statement = "select \"a\"\" of relation \"\"orders\" from t"});
  EXPECT_EQ(posing.message.text(), kWithheld);
  EXPECT_EQ(posing.objects, ObjectNames{});
}

// One quote too many turns strings into names: the server complains, and nobody can tell which is which.
TEST(Redact, TrustsNoNameOfAStatementThatDidNotParse) {
  const ErrorFields fields{.message = "syntax error at or near \"s\"",
                           .statement = "select id from people where name = 'it's SECRET' and x = 'y'"};
  EXPECT_EQ(redact(fields).statement.text(),
            "select ‹name› from ‹name› where ‹name› = ?‹name› ‹name›?‹name› ‹…›");
}

TEST(Redact, WithholdsWhatTheApplicationRaised) {
  ErrorFields fields{.sqlstate = "23505",
                     .message = "permission denied for table s3cret",
                     .detail = "Key is not present in table \"s3cret\".",
                     .context = "PL/pgSQL function shop.pay(integer) line 3 at RAISE",
                     .statement = "select shop.pay(1) as \"s3cret\"",
                     .objects = {.table = "s3cret"}};
  const auto redacted = redact(fields);
  EXPECT_EQ(redacted.message.text(), kWithheld);
  EXPECT_EQ(redacted.detail.text(), kWithheld);
  EXPECT_EQ(redacted.context.text(), "PL/pgSQL function shop.pay(integer) line 3 at RAISE");
  EXPECT_EQ(redacted.statement.text(), "select shop.pay(?) as ‹name›");
  EXPECT_EQ(redacted.objects, (ObjectNames{.routine = "shop.pay(integer)"}));
  fields.context.clear();
  fields.sqlstate = "P0001";
  EXPECT_EQ(redact(fields).message.text(), kWithheld);
}

TEST(Redact, KeepsWhatTheProtocolNamesInEveryLanguage) {
  const ErrorFields fields{.sqlstate = "23505",
                           .message = "doppelter Schlüsselwert verletzt Unique-Constraint »orders_pkey«",
                           .objects = {.schema = "public", .table = "orders", .constraint = "orders_pkey"}};
  const auto redacted = redact(fields);
  EXPECT_EQ(redacted.message.text(), kWithheld);
  EXPECT_EQ(redacted.objects, fields.objects);
}

TEST(Redact, KeepsPlainNamesOfPeopleAndProgramsOnly) {
  const ErrorFields fields{.message = "deadlock detected",
                           .database = "shop",
                           .user = "ann@x.io",
                           .application = "PostgreSQL JDBC Driver",
                           .client_host = "10.1.2.3"};
  const auto redacted = redact(fields);
  EXPECT_EQ(redacted.database.text(), "shop");
  EXPECT_EQ(redacted.user.text(), "‹name›");
  EXPECT_EQ(redacted.application.text(), "PostgreSQL JDBC Driver");
  EXPECT_EQ(redacted.client_host.text(), "‹address›");
  EXPECT_EQ(redact({.client_host = "[local]"}).client_host.text(), "[local]");
  EXPECT_EQ(redact({.application = "job password=hunter2"}).application.text(), "‹name›");
}

TEST(RedactOwnText, SweepsSecretsAndKeepsWords) {
  const Case cases[] = {
      {"table public.orders of shop", "table public.orders of shop"},
      {"at 12:34:56 on 2026-11-25, xid 745, lsn 0/16B3748, relation 16384",
       "at 12:34:56 on 2026-11-25, xid 745, lsn 0/16B3748, relation 16384"},
      {"idx_orders_2024_01_customer_id_created_at", "idx_orders_2024_01_customer_id_created_at"},
      {"WAL file 000000010000000000000012", "WAL file 000000010000000000000012"},
      {"mail ann.lee+x@mail.example.org now", "mail ‹address› now"},
      {"from 10.0.0.1:5432 and ::1 and fe80::1ff:fe23:4567:890a, 2001:db8:0:0:0:0:2:1",
       "from ‹address› and ‹address› and ‹address›, ‹address›"},
      {"postgresql://app:hunter2@db/shop is down", "postgresql://‹url› is down"},
      {"host=db password='hun ter2' sslmode=require", "host=‹secret› password=‹secret› sslmode=require"},
      {"Authorization: Bearer abc.def", "Authorization=‹secret›"},
      {"card 4111 1111 1111 1111 and 4111111111111111", "card ‹number› and ‹number›"},
      {"key -----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY----- done", "key ‹secret› done"},
      {"key -----BEGIN RSA PRIVATE KEY-----\nMIIE", "key ‹secret›"},
  };
  for (const auto& [text, redacted] : cases) {
    EXPECT_EQ(redact_own_text(text).text(), redacted) << text;
    EXPECT_EQ(redact_own_text(redacted).text(), redacted);
  }
}

std::string random_of(SeededRandom& random, std::string_view alphabet, std::size_t length) {
  std::string text;
  for (std::size_t i = 0; i < length; ++i) text += alphabet[random.below(alphabet.size())];
  return text;
}

std::string card_of(SeededRandom& random) {
  std::string digits = "4" + random_of(random, "0123456789", 14);
  for (char last = '0'; last <= '9'; ++last) {
    int sum = 0;
    const std::string card = digits + last;
    for (std::size_t i = 0; i < card.size(); ++i) {
      int digit = card[card.size() - 1 - i] - '0';
      if (i % 2 == 1) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
      sum += digit;
    }
    if (sum % 10 == 0) return card;
  }
  return digits;
}

std::vector<std::string> secrets_of(SeededRandom& random) {
  constexpr std::string_view kDigits = "0123456789", kHex = "0123456789abcdef",
                             kLower = "abcdefghijklmnopqrstuvwxyz",
                             kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
                             kAll = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
                             kUrl = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const auto group = [&] { return std::to_string(random.below(256)); };
  return {
      "AKIA" + random_of(random, kUpper, 16),
      "sk_live_" + random_of(random, kAll, 24),
      "sk-" + random_of(random, kAll, 48),
      "ghp_" + random_of(random, kAll, 36),
      "xoxb-" + random_of(random, kDigits, 11) + "-" + random_of(random, kAll, 24),
      "eyJ" + random_of(random, kUrl, 33) + "." + random_of(random, kUrl, 60) + "." +
          random_of(random, kUrl, 43),
      random_of(random, kHex, 32 + random.below(33)),
      random_of(random, kAll, 32 + random.below(33)),
      random_of(random, kUrl, 43),
      random_of(random, kAll, 40) + "/+" + random_of(random, kAll, 22) + "==",
      random_of(random, kLower, 3 + random.below(9)) + "." + random_of(random, kAll, 4) + "@" +
          random_of(random, kLower, 6) + ".org",
      group() + "." + group() + "." + group() + "." + group(),
      "2001:db8:" + random_of(random, kHex, 4) + "::" + random_of(random, kHex, 4),
      card_of(random),
      "postgresql://app:" + random_of(random, kAll, 12) + "@db.example:5432/shop",
      "password=" + random_of(random, kAll, 12),
  };
}

TEST(RedactOwnText, RemovesGeneratedSecrets) {
  SeededRandom random(20261125);
  int total = 0, kept = 0;
  for (int round = 0; round < 250; ++round) {
    for (const auto& secret : secrets_of(random)) {
      ++total;
      const auto redacted = redact_own_text("the value (" + secret + "), given").text();
      if (redacted.find(secret) == std::string::npos) continue;
      ++kept;
      std::printf("kept: %s\n", secret.c_str());
    }
  }
  EXPECT_GE(total, 2000);
  EXPECT_LE(kept * 1000, total * 5) << kept << " of " << total;
}

TEST(Redact, RemovesGeneratedSecretsFromEveryField) {
  SeededRandom random(7);
  for (int round = 0; round < 40; ++round) {
    for (const auto& secret : secrets_of(random)) {
      const ErrorFields fields{
          .message = "invalid input syntax for type integer: \"" + secret + "\"",
          .detail = "Key (email)=(" + secret + ") already exists.",
          .hint = "use " + secret,
          .context =
              "SQL statement \"select '" + secret + "'\"\nPL/pgSQL function f() line 1 at SQL statement",
          .statement = fmt::format("select '{0}', $${0}$$ -- {0}", secret),
          .internal_query = "select E'" + secret + "'",
          .user = secret,
          .application = "app " + secret,
          .client_host = secret,
      };
      const auto r = redact(fields);
      for (const auto* text : {&r.message, &r.detail, &r.hint, &r.context, &r.statement, &r.internal_query,
                               &r.user, &r.application, &r.client_host})
        EXPECT_EQ(text->text().find(secret), std::string::npos) << text->text();
    }
  }
}

TEST(Redact, KeepsAQuotedNameOnlyWhereAStatementLooksItUp) {
  const auto shown = [](const char* sqlstate, const char* message, const char* sql) {
    return redact({.sqlstate = sqlstate, .message = message, .statement = sql}).statement.text();
  };
  const char* duplicate = "duplicate key value violates unique constraint \"Order_pkey\"";
  EXPECT_EQ(shown("23505", duplicate, "insert into \"Order\" (\"createdAt\") values (1)"),
            "insert into \"Order\" (\"createdAt\") values (?)");
  const char* zero = "division by zero";
  for (const auto& [sql, shape] :
       {Case{"prepare \"s3cret\" as select 1", "prepare ‹name› as select ?"},
        {"begin; create view \"s3cret\" as table t", "begin; create view ‹name› as table t"},
        {"select sum(a) over \"s3cret\" from t", "select sum(a) over ‹name› from t"},
        {"select f(\"s3cret\" => 1)", "select f(‹name› => ?)"},
        {"select (j).\"s3cret\" from t", "select (j).‹name› from t"},
        {"select * from \"s3cret\".m.t", "select * from ‹name›.m.t"},
        {"select a into \"s3cret\" from t", "select a into ‹name› from t"},
        {"explain (format \"s3cret\") select \"a\" from t", "explain (format ‹name›) select \"a\" from t"},
        // Before names are looked up only what an ORM writes is kept.
        {"select \"t\".\"a\", \"S3cret 7b\" from \"t\"", "select \"t\".\"a\", ‹name› from \"t\""},
        {"select $7719203344$x", "select $? ‹…›"}})
    EXPECT_EQ(shown("22012", zero, sql), shape) << sql;
  // What the server itself names exists.
  EXPECT_EQ(shown("42P07", "relation \"Order\" already exists", "create table \"Order\" (\"s3cret\" int)"),
            "create table \"Order\" (‹name› int)");
}

}  // namespace
}  // namespace selfheal::pg
