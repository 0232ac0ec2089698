#pragma once

#include <string_view>

#include "model/error_event.h"
#include "model/sighting.h"

// The same trouble gets the same name: from the log, the wire and the API, in every language of the server.
namespace selfheal::healing {

// Fills in from the message, in any language PostgreSQL ships, what the intake did not give: names of
// existing objects, and the SQLSTATE (a log without %e). Takes nothing from what an application raised,
// because that only poses as the server's. Any thread.
void complete_from_message(ErrorEvent& event);

// `statement_fingerprint` is pg::statement_fingerprint of the event's statement, which the caller computes on
// a worker; empty when the statement is unknown. Values and words of messages never take part; names of
// existing objects do, as far as every intake can know them: no schema (logs do not have it) and no database
// (an incident has it beside its name), unless the error names nothing else. What RAISE made is named by the function it stands in, what no
// session made also by the kind of process. Any thread.
Fingerprint fingerprint_of(const ErrorEvent& event, std::string_view statement_fingerprint);

}  // namespace selfheal::healing
