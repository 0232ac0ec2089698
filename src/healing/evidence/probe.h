#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/embedded.h"
#include "base/result.h"
#include "model/evidence.h"

// A probe is one read-only question to the watched server: a .sql file that also runs in psql.
namespace selfheal::healing {

// SQL that cannot write: made from an embedded .sql of this folder (and, later, by the gate over a parse
// tree). No constructor takes a string.
class ReadOnlySql {
 public:
  const std::string& text() const { return text_; }

 private:
  friend class Probe;
  explicit ReadOnlySql(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// What a probe asks about, by name: {"constraint": "orders_pkey"}. A psql variable :'constraint' in the file.
using ProbeParameters = std::map<std::string, std::string>;

class Probe {
 public:
  // The file opens with comment lines: what it answers, then `-- needs:` (rights), `-- since:` (version) and
  // `-- rows:` (limit); `-- scope: server` when the answer is the same in every database, so that it needs no
  // connection of its own when there is none left. CHECKs that the head is complete: the files are part of the program.
  explicit Probe(EmbeddedFile file);

  const std::string& name() const { return name_; }
  const std::string& answers() const { return answers_; }
  const std::string& needs() const { return needs_; }
  int since() const { return since_; }
  std::size_t row_limit() const { return row_limit_; }
  bool is_server_wide() const { return is_server_wide_; }
  const ReadOnlySql& sql() const { return sql_; }  // with $1, $2 … for the psql variables
  const std::vector<std::string>& parameters() const { return parameters_; }  // in the order of $1, $2 …

 private:
  std::string name_;
  std::string answers_;
  std::string needs_;
  int since_ = 0;
  std::size_t row_limit_ = 0;
  bool is_server_wide_ = false;
  ReadOnlySql sql_;
  std::vector<std::string> parameters_;
};

// All probes, sorted by name, read once from the embedded files.
std::span<const Probe> probes();
// The probe of that name; CHECKs that it exists, since names in code are part of the program.
const Probe& probe(std::string_view name);

// Reads the rows of an item into structs, column by column name. See the row headers beside the .sql files.
class RowReader {
 public:
  // `item` must outlive the reader.
  RowReader(const EvidenceItem& item, std::size_t row) : item_(item), row_(row) {}
  // An absent column or a value that does not fit becomes the reader's error; NULL becomes the fallback.
  std::string text(std::string_view column);
  std::int64_t number(std::string_view column, std::int64_t fallback = 0);
  bool boolean(std::string_view column);
  std::optional<bool> optional_boolean(std::string_view column);
  std::optional<std::int64_t> optional_number(std::string_view column);
  Time time(std::string_view column);
  std::vector<std::string> list(std::string_view column);  // a text[] value
  Status status() const { return status_; }

 private:
  const std::optional<std::string>* cell(std::string_view column);
  void fail(std::string_view column, std::string_view what);
  const EvidenceItem& item_;
  std::size_t row_;
  Status status_;
};

// Rows of the probe as structs made by `read`. An item that is missing or failed is an error, never zero
// rows.
template <class Row>
Result<std::vector<Row>> rows_of(const Evidence& evidence, std::string_view name, Row (*read)(RowReader&)) {
  const auto* item = evidence.find(name);
  if (item == nullptr) return failure("probe " + std::string(name) + " was not run");
  if (item->status != ProbeStatus::answered) return failure("probe " + std::string(name) + ": " + item->why);
  std::vector<Row> rows;
  for (std::size_t i = 0; i < item->rows.size(); ++i) {
    RowReader reader(*item, i);
    auto row = read(reader);
    TRY_OK(reader.status());
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace selfheal::healing
