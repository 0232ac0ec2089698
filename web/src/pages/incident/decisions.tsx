import { useQueryClient } from "@tanstack/react-query";
import { idempotencyKey } from "../../api/act";
import { answered, api, type Schemas } from "../../api/client";
import { Button } from "../../parts/button";
import type { Confirmation } from "../../parts/confirm";
import styles from "./incident.module.css";

type Verb = "mute" | "refuse" | "resolve";

const kVerbs: { verb: Verb; button: string; title: string; lost: string; reason: string }[] = [
  {
    verb: "mute",
    button: "Mute…",
    title: "Mute",
    lost: "It is still counted, and nobody is told.",
    reason: "Why, and until when",
  },
  {
    verb: "refuse",
    button: "Refuse…",
    title: "Refuse",
    lost: "The right answer is not to act. The proposal goes.",
    reason: "Why not",
  },
  {
    verb: "resolve",
    button: "Resolve…",
    title: "Resolve",
    lost: "Say what helped: it is remembered for the next time.",
    reason: "What helped",
  },
];

const kOver = ["healed", "failed", "resolved"];

export function Decisions({ incident, ask }: { incident: Schemas["Incident"]; ask: (question: Confirmation) => void }) {
  const client = useQueryClient();
  if (kOver.includes(incident.state)) return null;
  return (
    <div className={styles.decisions}>
      {kVerbs.map(({ verb, button, title, lost, reason }) => (
        <Button
          key={verb}
          onClick={() =>
            ask({
              title: `${title} ${incident.id}?`,
              lost,
              reason,
              answer: `${title} ${incident.id}`,
              run: async (why) => {
                try {
                  await answered(
                    api.POST(`/api/v1/incidents/{id}/${verb}`, {
                      params: { path: { id: incident.id }, header: { "Idempotency-Key": idempotencyKey() } },
                      body: { why },
                    }),
                  );
                } finally {
                  await client.invalidateQueries({ queryKey: ["incidents"] });
                }
              },
            })
          }
        >
          {button}
        </Button>
      ))}
    </div>
  );
}
