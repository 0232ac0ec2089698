import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answered, api, isProblem, type Schemas } from "../../api/client";
import { queries } from "../../api/queries";
import { PauseButton } from "../../app/kill_switch";
import { Button } from "../../parts/button";
import buttons from "../../parts/button.module.css";
import parts from "../../parts/parts.module.css";
import { ProblemCard } from "../../parts/problem";
import { ReadOnlyFor, RoleHides } from "../../parts/role";
import { useTitle } from "../../parts/title";
import styles from "./settings.module.css";

type PolicyView = Schemas["PolicyView"];
type PolicyEdit = Schemas["PolicyEdit"];

const kModes = ["off", "suggest", "approve", "auto"] as const;
const kModeWords: Record<(typeof kModes)[number], string> = {
  off: "nothing is proposed",
  suggest: "a person runs the statement",
  approve: "a person presses the button",
  auto: "Selfheal acts when its proof is complete",
};

export function PoliciesPage() {
  useTitle("Policies");
  const { data, error, refetch } = useQuery(queries.policies());
  if (error && !data) return <ProblemCard error={error} again={() => void refetch()} />;
  if (!data) return <p aria-busy="true" />;
  const all = data.items.find((policy) => policy.server == null);
  return (
    <>
      <h1>Policies</h1>
      <p className={parts.meta}>The server keeps to these, whatever a page shows: an act that policy forbids is refused.</p>
      <dl className={styles.modes}>
        {kModes.map((mode) => (
          <div key={mode}>
            <dt>{mode}</dt>
            <dd>{kModeWords[mode]}</dd>
          </div>
        ))}
      </dl>
      {!all?.paused && (
        <section className={`${parts.card} ${styles.kill}`} aria-label="Kill switch">
          <p>Actions may run as far as policy allows. One press stops all of them, here and in the bar at the top.</p>
          <RoleHides permission="operate" what="pause all actions">
            <PauseButton />
          </RoleHides>
        </section>
      )}
      <ReadOnlyFor permission="administer" what="change a policy">
        {data.items.map((policy) => (
          <PolicyCard key={policy.server ?? ""} policy={policy} above={policy === all ? undefined : all} known={data} />
        ))}
      </ReadOnlyFor>
    </>
  );
}

interface PolicyCardProps {
  policy: PolicyView;
  above: PolicyView | undefined; // what holds where this one says nothing
  known: Schemas["Policies"];
}

function PolicyCard({ policy, above, known }: PolicyCardProps) {
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: (edit: PolicyEdit) =>
      answered(api.PUT("/api/v1/policies", { params: { header: { "If-Match": `"${policy.version}"` } }, body: edit })),
    onSettled: () => client.invalidateQueries({ queryKey: ["policies"] }),
  });
  const modes = policy.modes as Record<string, string>;
  const edit = (change: Partial<PolicyEdit>) =>
    save.mutate({ server: policy.server, default_mode: policy.default_mode, modes: policy.modes, values: policy.values, ...change });
  const name = policy.server ?? "all databases";
  const otherwise = policy.default_mode ?? above?.default_mode ?? "approve";
  return (
    <section className={parts.card} aria-label={`Policy of ${name}`}>
      <h2>{name}</h2>
      <p role="status" className={save.isError ? buttons.wrong : parts.meta}>
        {save.isPending && "Saving…"}
        {save.isSuccess && "✓ Saved"}
        {save.isError && refusalOf(save.error)}
      </p>
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
                  otherwise={above?.default_mode ?? "approve"}
                  change={(mode) => edit({ default_mode: (mode || null) as PolicyEdit["default_mode"] })}
                />
              </td>
            </tr>
            {known.actions.map((action) => (
              <tr key={action.name}>
                <th scope="row">
                  <details>
                    <summary>{action.title}</summary>
                    <p className={parts.meta}>
                      <code>{action.name}</code> · Risk: {action.risk}
                      {action.undo && ` · Undo: ${action.undo}`}
                    </p>
                  </details>
                </th>
                <td>{action.level}</td>
                <td>
                  <ModeSelect
                    label={`Mode of ${action.title} on ${name}`}
                    value={modes[action.name] ?? ""}
                    otherwise={(above?.modes as Record<string, string> | undefined)?.[action.name] ?? otherwise}
                    change={(mode) => {
                      const { [action.name]: _, ...rest } = modes;
                      edit({ modes: (mode ? { ...rest, [action.name]: mode } : rest) as PolicyEdit["modes"] });
                    }}
                  />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Thresholds policy={policy} above={above} known={known} change={(values) => edit({ values })} />
    </section>
  );
}

function refusalOf(error: Error): string {
  if (!isProblem(error)) return "The server cannot be reached: nothing was changed.";
  if (error.status === 409 || error.status === 412) return "Somebody else changed it meanwhile. This is how it is now: change it again if you still want to.";
  return `${error.problem.title}. ${error.problem.detail ?? ""}`;
}

interface ModeSelectProps {
  label: string;
  value: string;
  otherwise: string;
  change: (mode: string) => void;
}

function ModeSelect({ label, value, otherwise, change }: ModeSelectProps) {
  return (
    <select aria-label={label} value={value} onChange={(event) => change(event.target.value)}>
      <option value="">as set above: {otherwise}</option>
      {kModes.map((mode) => (
        <option key={mode}>{mode}</option>
      ))}
    </select>
  );
}

interface ThresholdsProps extends PolicyCardProps {
  change: (values: PolicyEdit["values"]) => void;
}

function Thresholds({ policy, above, known, change }: ThresholdsProps) {
  const own = policy.values as Record<string, number>;
  const inherited = (above?.values ?? {}) as Record<string, number>;
  return (
    <details className={styles.thresholds}>
      <summary>Thresholds ({Object.keys(own).length} of {known.thresholds.length} set here)</summary>
      <ul>
        {known.thresholds.map(({ name, value, why }) => (
          <li key={name}>
            <Threshold
              name={name}
              why={why}
              value={own[name]}
              otherwise={inherited[name] ?? value}
              change={(next) => {
                const { [name]: _, ...rest } = own;
                change(next === undefined ? rest : { ...rest, [name]: next });
              }}
            />
          </li>
        ))}
      </ul>
    </details>
  );
}

interface ThresholdProps {
  name: string;
  why: string;
  value: number | undefined;
  otherwise: number;
  change: (value: number | undefined) => void;
}

// Saved by its button: half a number must never hold.
function Threshold({ name, why, value, otherwise, change }: ThresholdProps) {
  const [typed, setTyped] = useState(value === undefined ? "" : String(value));
  const number = typed.trim() === "" ? undefined : Number(typed);
  const isNumber = number === undefined || Number.isFinite(number);
  return (
    <form
      className={styles.threshold}
      onSubmit={(event) => {
        event.preventDefault();
        if (isNumber) change(number);
      }}
    >
      <label>
        <code>{name}</code>
        <span className={parts.meta}> {why}</span>
        <input inputMode="decimal" value={typed} placeholder={String(otherwise)} onChange={(event) => setTyped(event.target.value)} />
      </label>
      {number !== value && (
        <Button type="submit" disabled={!isNumber}>
          {number === undefined ? "Use the default" : "Save"}
        </Button>
      )}
    </form>
  );
}
