import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { idempotencyKey } from "../../api/act";
import { answered, api, type Schemas } from "../../api/client";
import { queries } from "../../api/queries";
import { Button } from "../../parts/button";
import parts from "../../parts/parts.module.css";
import { ProblemCard } from "../../parts/problem";
import { useTitle } from "../../parts/title";
import styles from "./settings.module.css";

const kModes = ["off", "suggest", "approve", "auto"] as const;

export function PoliciesPage() {
  useTitle("Policies");
  const { data, error, refetch } = useQuery(queries.policies());
  if (error && !data) return <ProblemCard error={error} again={() => void refetch()} />;
  if (!data) return <p aria-busy="true" />;
  const all = data.items.find((policy) => policy.server == null);
  return (
    <>
      <h1>Policies</h1>
      <p className={parts.meta}>
        off: nothing is proposed · suggest: a person runs the statement · approve: a person presses the button · auto: Selfheal acts
        when its proof is complete
      </p>
      <KillSwitch policy={all} />
      {data.items.map((policy) => (
        <PolicyCard key={policy.server ?? ""} policy={policy} actions={data.actions} />
      ))}
    </>
  );
}

export function KillSwitch({ policy }: { policy?: Schemas["PolicyView"] }) {
  const client = useQueryClient();
  const paused = policy?.paused ?? false;
  const change = useMutation({
    mutationFn: () => {
      const params = { header: { "Idempotency-Key": idempotencyKey() } };
      return paused
        ? answered(api.POST("/api/v1/policies/resume", { params, body: {} }))
        : answered(api.POST("/api/v1/policies/pause", { params, body: { why: "pressed on the page" } }));
    },
    onSettled: () => client.invalidateQueries({ queryKey: ["policies"] }),
  });
  return (
    <section className={`${parts.card} ${paused ? parts.problem : ""}`} aria-label="Kill switch">
      <h2>{paused ? "All actions are paused" : "Actions may run as far as policy allows"}</h2>
      {paused && policy?.paused_why && <p className={parts.meta}>{policy.paused_why}</p>}
      <Button look={paused ? "primary" : "danger"} disabled={change.isPending} onClick={() => change.mutate()}>
        {paused ? "Let actions run again" : "Pause all actions"}
      </Button>
      {change.isError && <p role="alert">{change.error.message}</p>}
    </section>
  );
}

function PolicyCard({ policy, actions }: { policy: Schemas["PolicyView"]; actions: Schemas["ActionView"][] }) {
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: (edit: Schemas["PolicyEdit"]) =>
      answered(api.PUT("/api/v1/policies", { params: { header: { "If-Match": `"${policy.version}"` } }, body: edit })),
    onSettled: () => client.invalidateQueries({ queryKey: ["policies"] }),
  });
  const modes = policy.modes as Record<string, string>;
  const edit = (change: Partial<Schemas["PolicyEdit"]>) =>
    save.mutate({ server: policy.server, default_mode: policy.default_mode, modes: policy.modes, values: policy.values, ...change });
  const name = policy.server ?? "all databases";
  return (
    <section className={parts.card} aria-label={`Policy of ${name}`}>
      <h2>{name}</h2>
      <div className={styles.scroll} tabIndex={0} role="region" aria-label={`Actions of ${name}`}>
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">Action</th>
              <th scope="col">Level</th>
              <th scope="col">Mode</th>
            </tr>
          </thead>
          <tbody>
            <tr>
              <th scope="row">everything else</th>
              <td />
              <td>
                <ModeSelect
                  label={`Default mode of ${name}`}
                  value={policy.default_mode ?? ""}
                  change={(mode) => edit({ default_mode: mode || null })}
                />
              </td>
            </tr>
            {actions.map((action) => (
              <tr key={action.name}>
                <th scope="row">
                  <code>{action.name}</code> <span className={parts.meta}>{action.title}</span>
                </th>
                <td>{action.level}</td>
                <td>
                  <ModeSelect
                    label={`Mode of ${action.name} on ${name}`}
                    value={modes[action.name] ?? ""}
                    change={(mode) => {
                      const { [action.name]: _, ...rest } = modes;
                      edit({ modes: (mode ? { ...rest, [action.name]: mode } : rest) as Schemas["PolicyEdit"]["modes"] });
                    }}
                  />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {save.isError && <p role="alert">{save.error.message}</p>}
    </section>
  );
}

function ModeSelect({ label, value, change }: { label: string; value: string; change: (mode: string) => void }) {
  return (
    <select aria-label={label} value={value} onChange={(event) => change(event.target.value)}>
      <option value="">as set above</option>
      {kModes.map((mode) => (
        <option key={mode}>{mode}</option>
      ))}
    </select>
  );
}
