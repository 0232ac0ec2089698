// The troubles that a visitor may cause, with the statements that really run.
#include "sample/application.h"

namespace selfheal::sample {
namespace {

constexpr std::string_view kLock =
    "session 1: BEGIN; UPDATE staff.employees SET name = name WHERE email = 'edgar@example.com';";

}  // namespace

std::span<const Trouble> troubles() {
  static const Trouble table[] = {
      {.name = "lock",
       .title = "Cause a lock",
       .what = "One session updates a row and forgets its transaction; another waits for that row.",
       .statements =
           {kLock, "session 1: (nothing more: the transaction stays open)",
            "session 2: UPDATE staff.employees SET name = name WHERE email = 'edgar@example.com';"}},
      {.name = "duplicate",
       .title = "Cause a duplicate",
       .what = "Somebody is added whose e-mail is taken.",
       .statements = {"INSERT INTO staff.employees (name, email, department) "
                      "VALUES ('Ada Byron', 'ada@example.com', 'Engineering');"}},
      {.name = "bad_query",
       .title = "Send a bad query",
       .what = "A release misspelt a column.",
       .statements = {"SELECT name, emial FROM staff.employees ORDER BY name;"}},
      {.name = "sequence",
       .title = "Import with old ids",
       .what = "Rows come in with their ids, as from a restore; the sequence never hears of it, and adding "
               "fails until it is moved.",
       .statements =
           {"INSERT INTO staff.employees (id, name, email, department) SELECT m.id + g, 'Imported ' || "
            "(m.id + g), 'imported-' || (m.id + g) || '@example.com', 'Sales' FROM (SELECT max(id) AS "
            "id FROM staff.employees) m, generate_series(1, 20) g;",
            "INSERT INTO staff.employees (name, email, department) VALUES ('Newcomer', 'newcomer-' || "
            "gen_random_uuid() || '@example.com', 'Sales');"}},
      {.name = "permission",
       .title = "Read without the right",
       .what = "The newest table came without its grants.",
       .statements = {"SELECT sum(amount) FROM staff.salaries;"}},
      {.name = "deadlock",
       .title = "Cause a deadlock",
       .what = "Two sessions take two rows in opposite order; PostgreSQL ends one of them.",
       .statements =
           {"session 1: BEGIN; UPDATE staff.employees SET name = name WHERE email = "
            "'katherine@example.com';",
            "session 2: BEGIN; UPDATE staff.employees SET name = name WHERE email = 'ada@example.com';",
            "session 1: UPDATE staff.employees SET name = name WHERE email = 'ada@example.com';",
            "session 2: UPDATE staff.employees SET name = name WHERE email = "
            "'katherine@example.com';"}},
  };
  return table;
}

}  // namespace selfheal::sample
