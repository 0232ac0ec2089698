// What one person tells the next, as Markdown.
import type { Schemas } from "../../api/client";

type Incident = Schemas["Incident"];

// Text of a database stands in these lines: it must not become a heading, a link or a picture of its own.
function plain(text: string): string {
  return text.replace(/\s+/g, " ").replace(/[\\`*_[\]<>#|!]/g, "\\$&");
}

export function handOver(incident: Incident, address: string): string {
  const done = incident.treatments.map((each) => `- ${each.action} ${plain(each.target)}: ${each.verdict ?? each.state}`);
  const lines = [
    `## ${incident.id} ${plain(incident.title)}`,
    `State: ${incident.state} · ${incident.severity} · ${incident.category} ${incident.sqlstate} · ${incident.server}`,
    `Cause: ${incident.cause || "not found"} (${incident.confidence})`,
    `Seen ${incident.events} times, first ${incident.first_seen}, last ${incident.last_seen}`,
    ...incident.explanation.map((sentence) => `- ${plain(sentence.text)} (${sentence.evidence_id})`),
    "",
    "Done:",
    ...(done.length > 0 ? done : ["- nothing yet"]),
    `Open: ${openPoint(incident)}`,
    `Next look: ${incident.watched_until ?? incident.remedy?.expires_at ?? "when it is seen again"}`,
    address,
  ];
  return lines.join("\n");
}

function openPoint(incident: Incident): string {
  if (incident.state === "awaiting_approval") return `approve or refuse: ${plain(incident.remedy?.title ?? "")}`;
  if (incident.state === "verifying") return "whether it stays away";
  if (["healed", "resolved"].includes(incident.state)) return "nothing";
  return incident.remedy ? plain(incident.remedy.title) : "the cause";
}

export function postMortem(incident: Incident, address: string): string {
  return [
    `# Post-mortem: ${incident.id} ${plain(incident.title)}`,
    "",
    handOver(incident, address).split("\n").slice(1).join("\n"),
    "",
    "## What was checked",
    ...incident.checks.map((check) => `- ${check.status}: ${plain(check.title)} (${check.evidence_id})`),
    ...incident.ruled_out.map((other) => `- ruled out ${other.cause}: ${plain(other.why)}`),
    "",
    "## What was run",
    ...incident.treatments.flatMap((each) => [
      `- ${each.acted_at ?? each.at}, approved by ${plain(each.approved_by)}: ${plain(each.report)}`,
      ...each.statements.map((sql) => `      ${sql.replace(/\s+/g, " ")}`),
    ]),
    "",
    "## Timeline",
    ...incident.timeline.map((entry) => `- ${entry.at} ${entry.what}: ${plain(entry.text)}`),
    "",
    "## What we learned",
    "",
  ].join("\n");
}

// Which entries of the timeline a person asked for.
export type Part = "all" | "actions" | "people";
const kActions = ["proposed", "approved", "applying", "applied", "relieved", "healed", "failed", "unknown", "reverted"];
const kPeople = ["approved", "taken", "noted", "muted", "refused", "resolved"];

export function entriesOf(timeline: Incident["timeline"], part: Part) {
  const wanted = { all: undefined, actions: kActions, people: kPeople }[part];
  return timeline.map((entry, at) => ({ ...entry, at_number: at })).filter((entry) => !wanted || wanted.includes(entry.what));
}
