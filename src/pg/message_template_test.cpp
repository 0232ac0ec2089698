#include "pg/message_template.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "pg/internal/slot_text.h"
#include "pg/sql_state.h"

namespace selfheal::pg {
namespace {

struct Case {
  const char* text;
  const char* tmpl;
  ObjectNames names;
};

TEST(MessageTemplates, AreSortedAndWellFormed) {
  const auto templates = message_templates();
  EXPECT_GE(templates.size(), 250u);
  EXPECT_TRUE(std::ranges::is_sorted(templates, {}, &MessageTemplate::text));
  std::set<std::string_view> texts;
  for (const auto& tmpl : templates) {
    EXPECT_TRUE(texts.insert(tmpl.text).second) << "twice: " << tmpl.text;
    EXPECT_TRUE(tmpl.sqlstate.empty() || SqlState::parse(tmpl.sqlstate)) << tmpl.text;
    // Adjacent slots could be divided anywhere.
    EXPECT_FALSE(tmpl.text.contains("}{")) << tmpl.text;
  }
}

TEST(MessageTemplates, NameOnlyKnownSlots) {
  // Sentences of the server's own that show a brace.
  std::set<std::string> unknown;
  for (const auto& tmpl : message_templates()) {
    for (std::size_t open = tmpl.text.find('{'); open != tmpl.text.npos;
         open = tmpl.text.find('{', open + 1)) {
      const std::size_t close = tmpl.text.find('}', open);
      const auto name = tmpl.text.substr(open + 1, close == tmpl.text.npos ? 1 : close - open - 1);
      if (!internal::slot_kind(name)) unknown.insert(std::string(tmpl.text));
    }
  }
  EXPECT_EQ(unknown, std::set<std::string>{"Array value must start with \"{\" or dimension information."});
}

// A row of data each: message, the template it must match, the objects it names.
const std::vector<Case>& named_objects() {
  static const std::vector<Case> cases{
      {"duplicate key value violates unique constraint \"orders_pkey\"",
       "duplicate key value violates unique constraint \"{constraint}\"",
       {.constraint = "orders_pkey"}},
      {"no partition of relation \"ev\" found for row",
       "no partition of relation \"{table}\" found for row",
       {.table = "ev"}},
      {"permission denied for table x", "permission denied for table {table}", {.table = "x"}},
      {"permission denied for table my x", "permission denied for table {table}", {.table = "my x"}},
      {"null value in column \"c\" of relation \"t\" violates not-null constraint",
       "null value in column \"{column}\" of relation \"{table}\" violates not-null constraint",
       {.table = "t", .column = "c"}},
      {"canceling statement due to lock timeout", "canceling statement due to lock timeout", {}},
      {"while updating tuple (0,1) in relation \"acc\"",
       "while updating tuple ({tuple}) in relation \"{table}\"",
       {.table = "acc"}},
      {"relation \"nope\" does not exist", "relation \"{missing}\" does not exist", {}},
      {"column \"nope\" of relation \"t\" does not exist",
       "column \"{missing}\" of relation \"{table}\" does not exist",
       {.table = "t"}},
      {"function nope(integer, \"T y\") does not exist", "function {missing} does not exist", {}},
      {"invalid input syntax for type integer: \"a\": \"b\"",
       "invalid input syntax for type {datatype}: \"{value}\"",
       {.datatype = "integer"}},
      {"invalid value for parameter \"work_mem\": \"x\": \"y\"",
       "invalid value for parameter \"{parameter}\": \"{value}\"",
       {.parameter = "work_mem"}},
      {"nextval: reached maximum value of sequence \"s\" (100)",
       "nextval: reached maximum value of sequence \"{sequence}\" ({number})",
       {.sequence = "s"}},
      {"Key (lower(email), (a)::text)=(x)=(y)) already exists.",
       "Key ({columns})=({value}) already exists.",
       {}},
      {"Key (id)=(5) is still referenced from table \"o\".",
       "Key ({columns})=({value}) is still referenced from table \"{table}\".",
       {.table = "o"}},
      {"PL/pgSQL function cn.f(text) line 3 at SQL statement",
       "PL/pgSQL function {routine} line {number} at {word}",
       {.routine = "cn.f(text)"}},
      {"automatic vacuum of table \"shop.public.orders\"",
       "automatic vacuum of table \"{database}.{schema}.{table}\"",
       {.database = "shop", .schema = "public", .table = "orders"}},
      {"cannot drop table cn.p because other objects depend on it",
       "cannot drop table {table} because other objects depend on it",
       {.schema = "cn", .table = "p"}},
      {"process 12 still waiting for ShareLock on transaction 745 after 1000.123 ms",
       "process {number} still waiting for {word} on transaction {number} after {clock} ms",
       {}},
      {"server closed the connection unexpectedly", "server closed the connection unexpectedly", {}},
      {"connection to server at \"10.0.0.1\", port 5432 failed: Connection refused",
       "connection to server at \"{value}\", port {number} failed: {word}",
       {}},
      {"could not open file \"/var/x\": No such file or directory",
       "could not open file \"{value}\": {word}",
       {}},
  };
  return cases;
}

TEST(MatchMessage, FindsTheNamesOfExistingObjects) {
  for (const auto& [text, tmpl, names] : named_objects()) {
    const auto match = match_message(text);
    ASSERT_TRUE(match) << text;
    EXPECT_EQ(match->tmpl->text, tmpl) << text;
    EXPECT_EQ(match->names(), names) << text;
  }
}

TEST(MatchMessage, KeepsOddNamesWhole) {
  for (const std::string name : {"a \"b\" c", "100% x", "größe", "x\" violates", "..", "a.b", "{table}"}) {
    const std::string text = "duplicate key value violates unique constraint \"" + name + "\"";
    const auto match = match_message(text);
    ASSERT_TRUE(match) << text;
    EXPECT_EQ(match->names().constraint, name);
  }
}

TEST(MatchMessage, EndsAKeysColumnsWhereItsValuesBegin) {
  const auto match = match_message("Key (a, lower(b))=(x)=(y) already exists.");
  ASSERT_TRUE(match);
  EXPECT_EQ(match->slots.front().text, "a, lower(b)");
}

TEST(MatchMessage, RefusesWhatHasTwoReadings) {
  for (const auto* text : {
           "null value in column \"a\" of relation \"b\" of relation \"c\" violates not-null constraint",
           "new row for relation \"a\" violates check constraint \"b\" violates check constraint \"c\"",
           "Key (id)=(1) is not present in table \"a\") is not present in table \"b\".",
           "permission denied for column \"a\" of relation \"b\" of relation \"c\"",
       })
    EXPECT_FALSE(match_message(text)) << text;
}

TEST(MatchMessage, SaysWhenANameCouldBePartOfAnother) {
  const auto column = match_message("column \"a\" of relation \"b\" does not exist");
  ASSERT_TRUE(column);
  EXPECT_FALSE(column->exclusive);
  for (const auto* text :
       {"column \"a\" does not exist", "duplicate key value violates unique constraint \"a\"",
        "null value in column \"a\" of relation \"b\" violates not-null constraint",
        "COPY t, line 1, column a: \"b\"", "deadlock detected"}) {
    const auto match = match_message(text);
    ASSERT_TRUE(match) << text;
    EXPECT_TRUE(match->exclusive) << text;
  }
}

TEST(MatchMessage, RefusesWhatIsNotPostgreSqls) {
  for (const auto* text :
       {"", "x", "order 17 of ann@x.io was refused", "Doppelter Schlüsselwert verletzt Unique-Constraint »a«",
        "duplicate key value violates unique constraint", "relation \"\" does not exist",
        "permission denied for table ", "canceling statement due to lock timeout!", "deadlock detected\n",
        "null value in column \"a\nb\" of relation \"t\" violates not-null constraint"})
    EXPECT_FALSE(match_message(text)) << text;
}

TEST(MatchMessage, GivesUpOnATextWithThousandsOfReadings) {
  std::string text = "null value in column \"";
  for (int i = 0; i < 2000; ++i) text += "\" of relation \"";
  EXPECT_FALSE(match_message(text + "\" violates not-null constraint"));
}

// A stderr log without SQLSTATE: the sentence tells it.
TEST(MatchMessage, TellsTheConditionOfASentenceThatHasOne) {
  const std::pair<const char*, const char*> cases[] = {
      {"deadlock detected", "40P01"},
      {"canceling statement due to lock timeout", "55P03"},
      {"canceling statement due to statement timeout", "57014"},
      {"duplicate key value violates unique constraint \"a\"", "23505"},
      {"sorry, too many clients already", "53300"},
      {"remaining connection slots are reserved for roles with the SUPERUSER attribute", "53300"},
      {"database is not accepting commands that assign new transaction IDs to avoid wraparound data loss in "
       "database \"d\"",
       "54000"},
      {"relation \"a\" does not exist", "42P01"},
      {"permission denied for schema s", "42501"},
      {"division by zero", "22012"},
      {"terminating connection due to administrator command", "57P01"},
      // Raised as 22P02, 22007 and 22023.
      {"invalid input syntax for type date: \"x\"", ""},
  };
  for (const auto& [text, sqlstate] : cases) {
    const auto match = match_message(text);
    ASSERT_TRUE(match) << text;
    EXPECT_EQ(match->tmpl->sqlstate, sqlstate) << text;
  }
}

TEST(MatchMessage, FindsEveryTemplateByASentenceMadeFromIt) {
  int missed = 0;
  for (const auto& tmpl : message_templates()) {
    std::string text;
    for (std::size_t at = 0; at < tmpl.text.size(); ++at) {
      const std::size_t close = tmpl.text.find('}', at);
      const auto kind = tmpl.text[at] == '{' && close != tmpl.text.npos
                            ? internal::slot_kind(tmpl.text.substr(at + 1, close - at - 1))
                            : std::nullopt;
      if (!kind) {
        text += tmpl.text[at];
        continue;
      }
      text += *kind == SlotKind::tuple                                ? "0,1"
              : *kind == SlotKind::number || *kind == SlotKind::clock ? "17"
                                                                      : "Ab";
      at = close;
    }
    const auto match = match_message(text);
    // Another template with more words of its own may fit as well; one must.
    if (!match) {
      ++missed;
      ADD_FAILURE() << tmpl.text << "\n  as: " << text;
    }
  }
  EXPECT_EQ(missed, 0);
}

TEST(TranslatedTemplates, NameTheSameObjects) {
  const std::pair<std::string_view, std::string_view> sentences[] = {
      {"23505", "doppelter Schlüsselwert verletzt Unique-Constraint »a b«"},
      {"23505", "la valeur d'une clé dupliquée rompt la contrainte unique « a b »"},
      {"23505", "重複したキー値は一意性制約\"a b\"違反となります"},
      {"23505", "повторяющееся значение ключа нарушает ограничение уникальности \"a b\""},
      {"23505", "llave duplicada viola restricción de unicidad «a b»"},
  };
  for (const auto& [code, text] : sentences) {
    EXPECT_FALSE(match_message(text)) << text;
    const auto match = match_translated(text, code);
    ASSERT_TRUE(match) << text;
    EXPECT_EQ(match->names().constraint, "a b") << text;
    EXPECT_EQ(match->tmpl->text, "duplicate key value violates unique constraint \"{constraint}\"");
    EXPECT_FALSE(match_translated(text, "42501")) << text;
  }
}

TEST(TranslatedTemplates, AreOfTheEnglishTable) {
  std::set<std::pair<std::string_view, std::string_view>> english;
  for (const auto& tmpl : message_templates()) english.insert({tmpl.sqlstate, tmpl.text});
  EXPECT_GE(translated_templates().size(), 800u);
  for (const auto& row : translated_templates()) {
    EXPECT_TRUE(english.contains({row.english.sqlstate, row.english.text})) << row.english.text;
    EXPECT_TRUE(row.translations.ends_with('\0')) << row.english.text;
  }
}

TEST(RaisedBy, KnowsTheFrameInEveryLanguage) {
  for (const std::string_view context :
       {"PL/pgSQL function \"f g\"(text) line 3 at RAISE",
        "PL/pgSQL-Funktion \"f g\"(text) Zeile 3 bei RAISE",
        "fonction PL/pgSQL \"f g\"(text), ligne 3 à RAISE", "PL/pgSQL関数\"f g\"(text)の3行目 - RAISE",
        "функция PL/pgSQL \"f g\"(text), строка 3, оператор RAISE",
        "PL/pgSQL 函数 \"f g\"(text) 第 3 行的 RAISE 处\nPL/pgSQL 函数 h() 第 1 行的 PERFORM 处"}) {
    EXPECT_EQ(raised_by(context, ""), "\"f g\"(text)") << context;
    EXPECT_EQ(raised_by(context, "int4div"), std::nullopt) << context;
  }
  EXPECT_EQ(
      raised_by("PL/pgSQL function f() line 3 at SQL statement\nPL/pgSQL function g() line 1 at RAISE", ""),
      std::nullopt);
  EXPECT_EQ(raised_by("SQL statement \"RAISE\"", ""), std::nullopt);
  EXPECT_EQ(raised_by("", ""), std::nullopt);
  EXPECT_EQ(raised_by("", "exec_stmt_raise"), "");
}

}  // namespace
}  // namespace selfheal::pg
