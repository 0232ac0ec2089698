#pragma once

#include "cli/internal/api.h"
#include "contract/incident.h"

// What the rows of the table run, one function a command; grouped as the files are.
namespace selfheal::cli {

Answer<int> ask(Invocation& invocation);
Answer<int> mcp(Invocation& invocation);
Answer<int> status(Invocation& invocation);
Answer<int> check(Invocation& invocation);
Answer<int> locks(Invocation& invocation);
Answer<int> report_send(Invocation& invocation);
Answer<int> sign_in(Invocation& invocation);
Answer<int> sql(Invocation& invocation);

Answer<int> incident_list(Invocation& invocation);
Answer<int> incident_search(Invocation& invocation);
Answer<int> incident_explain(Invocation& invocation);
Answer<int> incident_show(Invocation& invocation);
Answer<int> incident_similar(Invocation& invocation);
Answer<int> incident_watch(Invocation& invocation);
Answer<int> incident_mute(Invocation& invocation);
Answer<int> incident_note(Invocation& invocation);
Answer<int> incident_refuse(Invocation& invocation);
Answer<int> incident_resolve(Invocation& invocation);
Answer<int> wait(Invocation& invocation);

Answer<int> audit_list(Invocation& invocation);
Answer<int> audit_verify(Invocation& invocation);

Answer<int> fix_apply(Invocation& invocation);
Answer<int> fix_show(Invocation& invocation);

Answer<int> notify_deliveries(Invocation& invocation);
Answer<int> notify_list(Invocation& invocation);
Answer<int> notify_test(Invocation& invocation);

Answer<int> policy_get(Invocation& invocation);
Answer<int> policy_pause(Invocation& invocation);
Answer<int> policy_resume(Invocation& invocation);
Answer<int> policy_set(Invocation& invocation);

Answer<int> user_add(Invocation& invocation);
Answer<int> user_disable(Invocation& invocation);
Answer<int> user_enable(Invocation& invocation);
Answer<int> user_invite(Invocation& invocation);
Answer<int> user_list(Invocation& invocation);
Answer<int> user_remove(Invocation& invocation);
Answer<int> user_role(Invocation& invocation);
Answer<int> user_slack(Invocation& invocation);

Answer<int> database_add(Invocation& invocation);
Answer<int> database_list(Invocation& invocation);
Answer<int> database_remove(Invocation& invocation);
Answer<int> database_show(Invocation& invocation);

class Document;
// A past trouble or a runbook as a section of its own.
void add_similar(Document& document, const contract::SimilarCase& similar, const Style& style);
// "confirmed, 3 of 3 checks".
std::string how_sure(const contract::Incident& incident);
// A state that ends an incident's story: healed, resolved, refused, muted, failed.
bool is_final(const std::string& state);
Tone tone_of_state(const std::string& state);
// The plan, as `fix show` and `fix apply` show it before anything is done.
std::string plan_text(const contract::Incident& incident, const Style& style);
// Who waits for whom as it was at that moment, drawn on a terminal; in a pipe one row an edge.
std::string blocking_text(const contract::Blocking& blocking, const Style& style, Time at);
// Runs `once` every two seconds, on a terminal over the same screen, until Ctrl-C; only once without --watch.
Answer<int> repeated(Invocation& invocation, Answer<int> (*once)(Invocation&));

struct Question {
  std::string text;           // "End session 4121 on acme/prod?"
  std::string must_type;      // "y", or the name of what it is about when much is at stake
  std::string exact_command;  // what to run where nobody can be asked
};
// Nothing with --yes or the right answer; Trouble when refused, and with the exact command when nobody can be
// asked.
Answer<void> confirm(const Invocation& invocation, const Question& question);

}  // namespace selfheal::cli
