import { Link } from "@tanstack/react-router";
import type { Schemas } from "../../api/client";
import parts from "../../parts/parts.module.css";

// The server's clock and this browser's may differ a little.
const kClocksMs = 5000;

interface NoticedProps {
  error: { sqlstate: string; message: string }; // PostgreSQL's own message, or as much of it as is known
  since: number;
  incidents: Schemas["Incident"][];
}

// The incident that Selfheal made of an error, once it is there. A quiet line: the visitor has the answer already.
export function Noticed({ error, since, incidents }: NoticedProps) {
  // One SQLSTATE may stand for several incidents: a constraint's name tells them apart.
  const constraint = /constraint "(\w+)"/.exec(error.message)?.[1] ?? "";
  const its = incidents.find(
    (incident) =>
      incident.sqlstate === error.sqlstate &&
      incident.message.includes(constraint) &&
      Date.parse(incident.last_seen) > since - kClocksMs,
  );
  return (
    <p className={parts.meta} role="status">
      {its ? (
        <>
          Reported as{" "}
          <Link to="/incidents/$id" params={{ id: its.id }}>
            {its.id}
          </Link>{" "}
          ({its.events} {its.events === 1 ? "event" : "events"})
        </>
      ) : (
        "Selfheal reads it in the server's log…"
      )}
    </p>
  );
}
