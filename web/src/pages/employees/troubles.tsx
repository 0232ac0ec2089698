import { useMutation, useQueryClient } from "@tanstack/react-query";
import { idempotencyKey } from "../../api/act";
import { answered, api, isProblem, type Schemas } from "../../api/client";
import { Button } from "../../parts/button";
import buttons from "../../parts/button.module.css";
import parts from "../../parts/parts.module.css";
import styles from "./employees.module.css";
import { Noticed } from "./noticed";
import { Story } from "./story";

interface TroublesProps {
  sample: Schemas["SampleApplication"];
  incidents: Schemas["Incident"][];
  mayOperate: boolean;
}

// Buttons that get the application into trouble, with what each of them really runs.
export function Troubles({ sample, incidents, mayOperate }: TroublesProps) {
  return (
    <section className={parts.card} aria-labelledby="cause-trouble">
      <h2 id="cause-trouble">Cause trouble</h2>
      <ul className={parts.list}>
        {sample.troubles.map((trouble, at) => (
          <li key={trouble.name} className={styles.trouble}>
            <TroubleButton trouble={trouble} isFirst={at === 0} incidents={incidents} mayOperate={mayOperate} />
            {trouble.name === "lock" && <Story sample={sample} incidents={incidents} mayOperate={mayOperate} />}
          </li>
        ))}
      </ul>
    </section>
  );
}

interface TroubleButtonProps {
  trouble: Schemas["SampleTrouble"];
  isFirst: boolean;
  incidents: Schemas["Incident"][];
  mayOperate: boolean;
}

function TroubleButton({ trouble, isFirst, incidents, mayOperate }: TroubleButtonProps) {
  const client = useQueryClient();
  const cause = useMutation({
    mutationFn: () =>
      answered(
        api.POST("/api/v1/sample/troubles/{name}", {
          params: { path: { name: trouble.name }, header: { "Idempotency-Key": idempotencyKey() } },
        }),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: ["sample"] }),
  });
  return (
    <>
      <div className={styles.bar}>
        <Button look={isFirst ? "primary" : "plain"} disabled={cause.isPending || !mayOperate} onClick={() => cause.mutate()}>
          {trouble.title}
        </Button>
        <p>{trouble.what}</p>
      </div>
      <details>
        <summary>What it runs</summary>
        <pre className={styles.sql} tabIndex={0} aria-label={`SQL of: ${trouble.title}`}>
          {trouble.statements.join("\n")}
        </pre>
      </details>
      {cause.data && (cause.data.sqlstate || trouble.name !== "lock") && (
        <p role="status">
          {cause.data.sqlstate ? (
            <>
              The application got <code>{cause.data.sqlstate}</code>: {cause.data.message}
            </>
          ) : (
            cause.data.message
          )}
        </p>
      )}
      {cause.data?.sqlstate && <Noticed error={cause.data} since={cause.submittedAt} incidents={incidents} />}
      {cause.isError && (
        <p role="alert" className={buttons.wrong}>
          {isProblem(cause.error) ? cause.error.message : "The server cannot be reached."}
        </p>
      )}
    </>
  );
}
