import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { idempotencyKey } from "../../api/act";
import { answered, api } from "../../api/client";
import { queries } from "../../api/queries";
import { Button } from "../../parts/button";
import parts from "../../parts/parts.module.css";
import styles from "./incident.module.css";

export function ExplanationCard({ id }: { id: string }) {
  const client = useQueryClient();
  const { data: explanation } = useQuery(queries.explanation(id));
  const word = useMutation({
    mutationFn: () =>
      answered(
        api.POST("/api/v1/incidents/{id}/explanation", {
          params: { path: { id }, header: { "Idempotency-Key": idempotencyKey() } },
        }),
      ),
    onSuccess: (worded) => client.setQueryData(queries.explanation(id).queryKey, worded),
  });
  if (!explanation) return null;
  const byRules = explanation.worded_by === "templates";
  return (
    <section className={parts.card} aria-labelledby="explanation">
      <h2 id="explanation" className={styles.with_note}>
        In plain words <span className={parts.meta}>{explanation.expert}</span>
      </h2>
      {explanation.sections.map((section) => (
        <div key={section.name}>
          <h3 className={styles.small_head}>{section.title}</h3>
          {section.sentences.map((sentence, at) => (
            <p key={at} className={sentence.proven ? undefined : styles.unproven}>
              {sentence.text}{" "}
              {sentence.evidence_id && <code className={styles.source}>[{sentence.evidence_id}]</code>}
              {!sentence.proven && <span className="visually-hidden"> (unproven)</span>}
            </p>
          ))}
        </div>
      ))}
      <p className={parts.meta}>
        {byRules ? "Written by rules." : `Worded by ${explanation.worded_by}.`} {explanation.notice}{" "}
        {byRules && (
          <Button disabled={word.isPending} onClick={() => word.mutate()}>
            {word.isPending ? "Asking the model…" : "Let the model word it"}
          </Button>
        )}
      </p>
      {word.isError && <p role="alert">{word.error.message}</p>}
    </section>
  );
}
