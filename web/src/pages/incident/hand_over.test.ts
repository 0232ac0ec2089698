import { describe, expect, it } from "vitest";
import type { Schemas } from "../../api/client";
import { entriesOf, handOver, postMortem } from "./hand_over";
import { differences } from "./plan_change";

type Incident = Schemas["Incident"];

const kIncident = {
  id: "SH-142",
  title: "Idle transaction ![x](https://evil.example/a.png) <b>",
  state: "awaiting_approval",
  severity: "high",
  category: "LOCK_CONTENTION",
  sqlstate: "55P03",
  server: "shop",
  cause: "idle_in_transaction_blocker",
  confidence: "confirmed",
  events: 37,
  first_seen: "2026-11-25T14:02:11Z",
  last_seen: "2026-11-25T14:07:11Z",
  explanation: [{ text: "Session 4121\n# is idle", evidence_id: "E2" }],
  checks: [{ id: "c", title: "only root", status: "passed", evidence_id: "E1" }],
  ruled_out: [],
  treatments: [],
  timeline: [
    { at: "1", what: "filed", text: "first" },
    { at: "2", what: "taken", text: "Ann is on it" },
    { at: "3", what: "applied", text: "the guard held" },
  ],
  remedy: { title: "End session 4121", statements: ["SELECT pg_terminate_backend(4121)"], risk: "rolls back", guards: ["idle"] },
} as unknown as Incident;

describe("what is handed over", () => {
  it("says state, cause, what is done, open and next", () => {
    const text = handOver(kIncident, "http://here/incidents/SH-142");
    for (const part of ["SH-142", "confirmed", "37 times", "nothing yet", "approve or refuse: End session 4121", "http://here/"])
      expect(text).toContain(part);
  });
  it("makes no picture, link or heading of a database's text", () => {
    for (const text of [handOver(kIncident, "x"), postMortem(kIncident, "x")]) {
      expect(text).not.toContain("![x](");
      expect(text).not.toMatch(/<b>/);
      expect(text).not.toMatch(/\n# is idle/);
    }
  });
  it("tells the parts of a timeline apart and keeps their links", () => {
    expect(entriesOf(kIncident.timeline, "people").map(({ at_number }) => at_number)).toEqual([1]);
    expect(entriesOf(kIncident.timeline, "actions").map(({ what }) => what)).toEqual(["applied"]);
    expect(entriesOf(kIncident.timeline, "all")).toHaveLength(3);
  });
});

describe("a plan that changed", () => {
  it("is told line by line", () => {
    const now = { ...kIncident.remedy!, statements: ["SELECT pg_terminate_backend(4122)"] };
    expect(differences(kIncident.remedy, now)).toEqual([
      "Statements: was “SELECT pg_terminate_backend(4121)”, is now “SELECT pg_terminate_backend(4122)”.",
    ]);
    expect(differences(kIncident.remedy, null)).toEqual(["There is no plan any more."]);
    expect(differences(kIncident.remedy, kIncident.remedy)).toEqual([]);
  });
});
