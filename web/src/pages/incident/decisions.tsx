import { useMutation, useQueryClient } from "@tanstack/react-query";
import { idempotencyKey } from "../../api/act";
import { answered, api, type Schemas } from "../../api/client";
import { useShortcuts } from "../../app/shortcuts";
import { Button } from "../../parts/button";
import type { Confirmation } from "../../parts/confirm";
import { RoleHides, useMay } from "../../parts/role";
import { kMuteEnds, mute } from "../../parts/mute";
import { say } from "../../parts/toast";
import styles from "./incident.module.css";

type Verb = "mute" | "refuse" | "resolve";

const kVerbs: { verb: Verb; button: string; key?: string; title: string; lost: string; reason: string }[] = [
  {
    verb: "mute",
    button: "Mute…",
    key: "m",
    title: "Mute",
    lost: "It is still counted, and nobody is told until the mute ends.",
    reason: "Why",
  },
  {
    verb: "resolve",
    button: "Resolve…",
    key: "e",
    title: "Resolve",
    lost: "Say what helped: it is remembered for the next time.",
    reason: "What helped",
  },
  {
    verb: "refuse",
    button: "Refuse…",
    title: "Refuse",
    lost: "The right answer is not to act. The proposal goes.",
    reason: "Why not",
  },
];

const kOver = ["healed", "failed", "resolved"];

export function Decisions({ incident, ask }: { incident: Schemas["Incident"]; ask: (question: Confirmation) => void }) {
  const client = useQueryClient();
  const question = ({ verb, title, lost, reason }: (typeof kVerbs)[number]) =>
    ask({
      title: `${title} ${incident.id}?`,
      lost,
      reason,
      answer: `${title} ${incident.id}`,
      choice: verb === "mute" ? { label: "Until when", options: kMuteEnds } : undefined,
      run: async (why, end) => {
        try {
          if (verb === "mute") await mute(incident.id, why, end);
          else
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
    });
  const isOver = kOver.includes(incident.state);
  const may = useMay("operate");
  useShortcuts(isOver || !may ? {} : Object.fromEntries(kVerbs.filter(({ key }) => key).map((each) => [each.verb, () => question(each)])));
  if (isOver) return null;
  return (
    <RoleHides permission="operate" what="decide about an incident">
      <div className={styles.decisions}>
        <Take incident={incident} />
        {kVerbs.map((each) => (
          <Button key={each.verb} aria-keyshortcuts={each.key} onClick={() => question(each)}>
            {each.button} {each.key && <kbd className={styles.key}>{each.key}</kbd>}
          </Button>
        ))}
      </div>
    </RoleHides>
  );
}

function Take({ incident }: { incident: Schemas["Incident"] }) {
  const client = useQueryClient();
  const take = useMutation({
    mutationFn: () =>
      answered(
        api.POST("/api/v1/incidents/{id}/take", {
          params: { path: { id: incident.id }, header: { "Idempotency-Key": idempotencyKey() } },
        }),
      ),
    onError: (error) => say(error.message),
    onSettled: () => client.invalidateQueries({ queryKey: ["incidents"] }),
  });
  return (
    <Button disabled={take.isPending} onClick={() => take.mutate()}>
      I'm on it
    </Button>
  );
}
