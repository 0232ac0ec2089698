import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { idempotencyKey } from "../api/act";
import { answered, api, isProblem } from "../api/client";
import { Button } from "./button";
import { Confirm, type Confirmation } from "./confirm";
import { counted } from "./format";
import styles from "./incidents.module.css";
import { kMuteEnds, mute } from "./mute";
import { copy, say } from "./toast";

type Verb = "mute" | "resolve";

const kAtOnce = 4; // requests: the rest of the page must get answers, too

// Several incidents, one reason. Each is decided by the server on its own; what it refuses is said by name.
export function BulkBar({ chosen, clear }: { chosen: string[]; clear: () => void }) {
  const [ask, setAsk] = useState<Confirmation>();
  const client = useQueryClient();
  const question = (verb: Verb, title: string, lost: string, reason: string) =>
    setAsk({
      title: `${title} ${counted(chosen.length, "incident")}?`,
      lost: (
        <>
          <p>{lost}</p>
          <p>{chosen.slice(0, 10).join(", ")}{chosen.length > 10 && ` and ${chosen.length - 10} more`}</p>
        </>
      ),
      answer: `${title} ${counted(chosen.length, "incident")}`,
      reason,
      choice: verb === "mute" ? { label: "Until when", options: kMuteEnds } : undefined,
      run: async (why, end) => {
        const refused = await decideAll(chosen, (id) => (verb === "mute" ? mute(id, why, end) : resolve(id, why)));
        await client.invalidateQueries({ queryKey: ["incidents"] });
        clear();
        say(refused.length === 0 ? `${chosen.length} done` : `${chosen.length - refused.length} done. Not done: ${refused.join("; ")}`);
      },
    });
  return (
    <div className={styles.bulk} role="region" aria-label="Selected incidents">
      <strong>{chosen.length} selected</strong>
      <Button onClick={() => question("mute", "Mute", "They are still counted, and nobody is told until the mute ends.", "Why")}>Mute…</Button>
      <Button onClick={() => question("resolve", "Resolve", "Say what helped: it is remembered for the next time.", "What helped")}>
        Resolve…
      </Button>
      <Button onClick={() => void copy(chosen.map((id) => new URL(`/incidents/${id}`, location.href).href).join("\n"), "Links copied")}>
        Copy links
      </Button>
      <Button onClick={clear}>Clear</Button>
      <Confirm ask={ask} close={() => setAsk(undefined)} />
    </div>
  );
}

function resolve(id: string, why: string) {
  return answered(
    api.POST("/api/v1/incidents/{id}/resolve", {
      params: { path: { id }, header: { "Idempotency-Key": idempotencyKey() } },
      body: { why },
    }),
  );
}

// What was refused, with the server's reason.
async function decideAll(ids: string[], decide: (id: string) => Promise<unknown>): Promise<string[]> {
  const refused: string[] = [];
  const left = [...ids];
  const worker = async () => {
    for (let id = left.shift(); id !== undefined; id = left.shift()) {
      try {
        await decide(id);
      } catch (error) {
        refused.push(`${id} (${isProblem(error) ? (error.problem.detail ?? error.problem.title) : "no answer"})`);
      }
    }
  };
  await Promise.all(Array.from({ length: kAtOnce }, worker));
  return refused;
}
