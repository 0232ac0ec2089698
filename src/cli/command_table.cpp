// Every command that talks to a server, sorted by name.
#include <algorithm>

#include "cli/internal/commands.h"

namespace selfheal::cli {
namespace {

const Positional kIncident{.name = "INCIDENT", .help = "its id: SH-142"};
const Option kDatabase{.name = "--db", .metavar = "NAME", .help = "of this watched server only"};
const Option kWhy{.name = "--why",
                  .metavar = "TEXT",
                  .help = "stands in the timeline and the audit trail",
                  .required = true};
const Option kYes{.name = "--yes", .help = "agree without being asked", .kind = OptionKind::flag};
const Option kWatch{
    .name = "--watch", .help = "again every two seconds, until Ctrl-C", .kind = OptionKind::flag};
const Option kLimit{.name = "--limit", .metavar = "N", .help = "rows, 1 to 200", .kind = OptionKind::number};
const Option kCursor{.name = "--cursor", .metavar = "CURSOR", .help = "go on where a list ended"};

std::vector<Command> incident_commands() {
  return {
      {.name = "incident list",
       .summary = "incidents, newest first",
       .examples = {"selfheal incident list --open", "selfheal incident list --db acme/prod --severity high",
                    "selfheal incident list --state awaiting_approval --json"},
       .options = {{.name = "--open", .help = "only those that are not over", .kind = OptionKind::flag},
                   {.name = "--state",
                    .metavar = "STATE",
                    .help = "only in this state",
                    .words = {"open", "diagnosing", "awaiting_approval", "applying", "verifying", "healed",
                              "failed", "resolved", "muted", "reopened", "refused"}},
                   {.name = "--severity",
                    .metavar = "SEVERITY",
                    .help = "only of this weight",
                    .words = {"low", "medium", "high"}},
                   {.name = "--category",
                    .metavar = "CATEGORY",
                    .help = "only of this kind: LOCK_CONTENTION"},
                   {.name = "--since", .metavar = "TIME", .help = "seen at or after, RFC 3339"},
                   kDatabase,
                   kLimit,
                   kCursor},
       .run = reporting(incident_list)},
      {.name = "incident mute",
       .summary = "count an incident on, but tell nobody",
       .examples = {"selfheal incident mute SH-142 --why \"known, fixed on Monday\"",
                    "selfheal inc mute SH-142 --why noise"},
       .options = {kWhy},
       .positionals = {kIncident},
       .run = reporting(incident_mute)},
      {.name = "incident refuse",
       .summary = "say that the right answer is not to act",
       .examples = {"selfheal incident refuse SH-142 --why \"the batch may wait\"",
                    "selfheal inc refuse SH-142 --why planned --json"},
       .options = {kWhy},
       .positionals = {kIncident},
       .run = reporting(incident_refuse)},
      {.name = "incident resolve",
       .summary = "close an incident that a person corrected",
       .examples = {"selfheal incident resolve SH-142 --why \"index added by hand\"",
                    "selfheal inc resolve SH-142 --why done --json"},
       .options = {kWhy},
       .positionals = {kIncident},
       .run = reporting(incident_resolve)},
      {.name = "incident search",
       .summary = "past incidents and runbooks that speak of these words",
       .examples = {"selfheal incident search \"too many connections\"", "selfheal inc search 40P01 --json"},
       .options = {kLimit},
       .positionals = {{.name = "WORDS", .help = "a sentence, an error message or an SQLSTATE"}},
       .run = reporting(incident_search)},
      {.name = "incident show",
       .summary = "one incident: cause, checks, plan, timeline, verdict",
       .examples = {"selfheal incident show SH-142", "selfheal incident show SH-142 --evidence",
                    "selfheal incident show SH-142 --raw --json"},
       .options = {{.name = "--evidence",
                    .help = "what was gathered, without values of the application",
                    .kind = OptionKind::flag},
                   {.name = "--raw",
                    .help = "what was gathered, as it came; for administrators",
                    .kind = OptionKind::flag}},
       .positionals = {kIncident},
       .run = reporting(incident_show)},
      {.name = "incident similar",
       .summary = "what resembles an incident, why, and what worked then",
       .examples = {"selfheal incident similar SH-142", "selfheal inc similar SH-142 --limit 3 --json"},
       .options = {kLimit},
       .positionals = {kIncident},
       .run = reporting(incident_similar)},
      {.name = "incident watch",
       .summary = "print incidents as they change, until Ctrl-C",
       .examples = {"selfheal incident watch", "selfheal incident watch SH-142 --json"},
       .positionals = {{.name = "INCIDENT", .help = "only this one", .required = false}},
       .run = reporting(incident_watch)},
  };
}

std::vector<Command> fix_commands() {
  return {
      {.name = "fix apply",
       .summary = "carry out the plan of an incident, after a person agreed to it",
       .examples = {"selfheal fix apply SH-142 --wait", "selfheal fix apply SH-142 --plan HASH --yes",
                    "selfheal fix apply SH-142 --dry-run"},
       .options = {{.name = "--dry-run", .help = "show the plan and do nothing", .kind = OptionKind::flag},
                   {.name = "--plan", .metavar = "HASH", .help = "only if the plan is still this one"},
                   kYes,
                   {.name = "--confirm",
                    .metavar = "NAME",
                    .help = "with --yes, for grave fixes: the server's name"},
                   {.name = "--wait",
                    .help = "until it is verified: exit 0 when relieved or healed, 9 when not",
                    .kind = OptionKind::flag},
                   {.name = "--timeout",
                    .metavar = "TIME",
                    .help = "of --wait",
                    .kind = OptionKind::duration,
                    .default_value = "10m"}},
       .positionals = {kIncident},
       .run = reporting(fix_apply)},
      {.name = "fix show",
       .summary = "the plan of an incident: statements, guards, risk, undo",
       .examples = {"selfheal fix show SH-142", "selfheal fix show SH-142 --json"},
       .positionals = {kIncident},
       .run = reporting(fix_show)},
  };
}

std::vector<Command> database_commands() {
  return {
      {.name = "db add",
       .summary = "watch a server, or watch it under other terms",
       .examples = {"selfheal db add acme/prod --url-env DATABASE_URL",
                    "selfheal db add acme/prod --url-file /run/secrets/prod --observe-only"},
       .options =
           {{.name = "--url-env",
             .metavar = "VARIABLE",
             .help = "environment variable that holds the connection string"},
            {.name = "--url-file", .metavar = "FILE", .help = "file that holds it; - is standard input"},
            {.name = "--act-url-env", .metavar = "VARIABLE", .help = "the same for the role that acts"},
            {.name = "--act-url-file", .metavar = "FILE", .help = "the same for the role that acts"},
            {.name = "--log-directory",
             .metavar = "DIRECTORY",
             .help = "of the server's log; else the server is asked"},
            {.name = "--observe-only",
             .help = "never act, whatever the policy says",
             .kind = OptionKind::flag}},
       .positionals = {{.name = "NAME", .help = "how it is called from now on: acme/prod"}},
       .run = reporting(database_add)},
      {.name = "db list",
       .summary = "watched servers and how watching goes",
       .examples = {"selfheal db list", "selfheal db list --json"},
       .run = reporting(database_list)},
      {.name = "db remove",
       .summary = "stop watching a server; its incidents stay",
       .examples = {"selfheal db remove acme/prod", "selfheal db remove acme/prod --yes"},
       .options = {kYes},
       .positionals = {{.name = "NAME", .help = "of a watched server"}},
       .run = reporting(database_remove)},
      {.name = "db show",
       .summary = "one watched server: state, rights, log",
       .examples = {"selfheal db show acme/prod", "selfheal db show acme/prod --json"},
       .positionals = {{.name = "NAME", .help = "of a watched server"}},
       .run = reporting(database_show)},
  };
}

std::vector<Command> policy_commands() {
  return {
      {.name = "policy get",
       .summary = "what may act: off, suggest, approve or auto for each action",
       .examples = {"selfheal policy get", "selfheal policy get --db acme/prod"},
       .options = {kDatabase},
       .run = reporting(policy_get)},
      {.name = "policy pause",
       .summary = "the kill switch: nothing acts until it is resumed",
       .examples = {"selfheal policy pause",
                    "selfheal policy pause --db acme/prod --why \"migration tonight\""},
       .options = {kDatabase,
                   {.name = "--why",
                    .metavar = "TEXT",
                    .help = "stands in the audit trail",
                    .default_value = "paused from the command line"}},
       .run = reporting(policy_pause)},
      {.name = "policy resume",
       .summary = "let actions run again",
       .examples = {"selfheal policy resume", "selfheal policy resume --db acme/prod"},
       .options = {kDatabase},
       .run = reporting(policy_resume)},
      {.name = "policy set",
       .summary = "set the mode of an action, the default, or a threshold",
       .examples = {"selfheal policy set terminate_session auto --db acme/prod",
                    "selfheal policy set default approve",
                    "selfheal policy set idle_in_transaction_blocker.forgotten_after_s 120"},
       .options = {kDatabase},
       .positionals = {{.name = "NAME", .help = "an action, \"default\", or playbook.threshold"},
                       {.name = "VALUE",
                        .help = "off, suggest, approve, auto, a number; inherit takes it out"}},
       .run = reporting(policy_set)},
  };
}

std::vector<Command> daily_commands() {
  return {
      {.name = "audit list",
       .summary = "who did what, newest first",
       .examples = {"selfheal audit list", "selfheal audit list --limit 200 --json"},
       .options = {kLimit, kCursor},
       .run = reporting(audit_list)},
      {.name = "audit verify",
       .summary = "whether the chain of the audit trail is intact; exit 3 when not",
       .examples = {"selfheal audit verify", "selfheal audit verify --json"},
       .run = reporting(audit_verify)},
      {.name = "check",
       .summary = "health of the watched servers and of Selfheal; exit 3 on problems",
       .examples = {"selfheal check", "selfheal check acme/prod", "selfheal check --nagios"},
       .options = {{.name = "--nagios",
                    .help = "one line and the exit codes 0 to 3 of a monitoring plugin",
                    .kind = OptionKind::flag}},
       .positionals = {{.name = "NAME",
                        .help = "a server, \"incidents\" or \"selfheal\"; all without it",
                        .required = false,
                        .repeated = true}},
       .run = reporting(check)},
      {.name = "locks",
       .summary = "who waits for whom, as a tree",
       .examples = {"selfheal locks", "selfheal locks acme/prod --watch"},
       .options = {kWatch,
                   {.name = "--once", .help = "once, which is the default", .kind = OptionKind::flag}},
       .positionals = {{.name = "DB", .help = "a watched server; all without it", .required = false}},
       .run = reporting(locks)},
      {.name = "report send",
       .summary = "report an error, or a file of them",
       .examples = {"selfheal report send --sqlstate 23505 --message 'duplicate key value violates unique "
                    "constraint \"t_pkey\"'",
                    "selfheal report send errors.ndjson", "my-job 2>&1 | to-json | selfheal report send -"},
       .options = {{.name = "--message", .metavar = "TEXT", .help = "what the driver said"},
                   {.name = "--sqlstate", .metavar = "CODE", .help = "its five characters"},
                   {.name = "--database", .metavar = "NAME", .help = "the database within the server"},
                   {.name = "--detail", .metavar = "TEXT", .help = "the DETAIL line"},
                   {.name = "--statement", .metavar = "SQL", .help = "what was run"},
                   {.name = "--application", .metavar = "NAME", .help = "who ran it"},
                   {.name = "--db", .metavar = "NAME", .help = "the watched server, when there are several"}},
       .positionals = {{.name = "FILE",
                        .help = "one JSON object, or one a line; - is standard input",
                        .required = false}},
       .run = reporting(report_send)},
      {.name = "sql",
       .summary = "run one statement that only reads",
       .examples = {"selfheal sql -c 'SELECT count(*) FROM orders'", "selfheal sql -f report.sql --csv",
                    "selfheal sql --db acme/prod --json -f -"},
       .options = {{.name = "--command,-c", .metavar = "SQL", .help = "the statement"},
                   {.name = "--file,-f", .metavar = "FILE", .help = "where it stands; - is standard input"},
                   {.name = "--csv", .help = "comma-separated, with a heading", .kind = OptionKind::flag},
                   {.name = "--db", .metavar = "NAME", .help = "the watched server, when there are several"}},
       .run = reporting(sql)},
      {.name = "status",
       .summary = "one screen: servers, open incidents, the last heal",
       .examples = {"selfheal status", "selfheal status --watch"},
       .options = {kWatch},
       .run = reporting(status)},
      {.name = "wait",
       .summary = "wait until an incident has come to a state; exit 124 when time runs out",
       .examples = {"selfheal wait SH-142", "selfheal wait SH-142 --for relieved --timeout 60s"},
       .options = {{.name = "--for",
                    .metavar = "STATE",
                    .help = "closed is any end",
                    .default_value = "healed",
                    .words = {"awaiting_approval", "verifying", "relieved", "healed", "resolved", "failed",
                              "refused", "closed"}},
                   {.name = "--timeout",
                    .metavar = "TIME",
                    .help = "how long",
                    .kind = OptionKind::duration,
                    .default_value = "10m"}},
       .positionals = {kIncident},
       .run = reporting(wait)},
  };
}

std::vector<Command> all_commands() {
  std::vector<Command> all;
  for (auto part :
       {daily_commands(), database_commands(), fix_commands(), incident_commands(), policy_commands()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  std::ranges::sort(all, {}, &Command::name);
  return all;
}

}  // namespace

std::span<const Command> api_commands() {
  static const auto commands = all_commands();
  return commands;
}

}  // namespace selfheal::cli
