#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/words.h"
#include "pg/connection_string.h"

// What keeps Selfheal from seeing or acting on a server, with the exact statements that put it right.
namespace selfheal::server {

enum class Finding { right, problem, note };
BOOST_DESCRIBE_ENUM(Finding, right, problem, note)

struct Examined {
  std::string name;  // connect, version, sessions, data, log, signal, sequences, partitions …
  Finding finding = Finding::right;
  std::string detail;  // what was seen, a sentence
  std::string fix;     // statements to run as an administrator, or empty
};

struct Examination {
  std::string server;
  std::vector<Examined> checks;

  int problems() const;
  // What can be done as it stands: "watch and advise, not act", in a sentence.
  std::string summary() const;
};

struct ExaminedRoles {
  pg::ConnectionTarget observe;
  std::optional<pg::ConnectionTarget> act;  // nothing: it only watches
  std::optional<pg::ConnectionTarget> ask;  // of SQL that people write; nothing: the observing role runs it
};

// Connects as these roles and looks. Never changes anything. Blocks, on an io_context of its own.
Examination examine(const std::string& name, const ExaminedRoles& roles, const Clock& clock);

// The statements that make the table error_logs of a database ready for the role of `working` (see
// watch/error_logs.h). Connects to learn that role's name. Blocks.
Result<std::string> error_logs_statements(const std::string& name, const pg::ConnectionTarget& working,
                                          const Clock& clock);
// Runs them as the owner of the database, in one transaction. Blocks.
Status create_error_logs(const std::string& name, const pg::ConnectionTarget& working,
                         const pg::ConnectionTarget& owner, const Clock& clock);

}  // namespace selfheal::server
