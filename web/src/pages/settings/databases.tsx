import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { idempotencyKey } from "../../api/act";
import { answered, api, isProblem, type Schemas } from "../../api/client";
import { queries } from "../../api/queries";
import { Button } from "../../parts/button";
import buttons from "../../parts/button.module.css";
import { Confirm, type Confirmation } from "../../parts/confirm";
import parts from "../../parts/parts.module.css";
import { ProblemCard } from "../../parts/problem";
import { useTitle } from "../../parts/title";
import styles from "./settings.module.css";

export function DatabasesPage() {
  useTitle("Databases");
  const databases = useQuery(queries.databases());
  const client = useQueryClient();
  const [ask, setAsk] = useState<Confirmation>();
  const remove = (name: string) =>
    setAsk({
      title: `Stop watching ${name}?`,
      lost: "Its incidents stay. Nothing is changed in the database.",
      answer: `Stop watching ${name}`,
      look: "danger",
      run: async () => {
        await answered(api.DELETE("/api/v1/databases/{name}", { params: { path: { name } } }));
        await client.invalidateQueries({ queryKey: ["databases"] });
      },
    });
  return (
    <>
      <h1>Databases</h1>
      {databases.isError && <ProblemCard error={databases.error} again={() => void databases.refetch()} />}
      <section className={parts.card} aria-label="Watched" aria-busy={databases.isPending}>
        {databases.data?.items.length === 0 && <p className={parts.meta}>No database is watched yet.</p>}
        <ul className={parts.list}>
          {databases.data?.items.map((server) => (
            <li key={server.name} className={parts.row}>
              <div className={parts.grow}>
                <strong>{server.name}</strong> <code>{server.address}</code>
                <p className={parts.meta}>{conditionOf(server)}</p>
              </div>
              <span className={parts.state}>{server.state.replaceAll("_", " ")}</span>
              <Button onClick={() => remove(server.name)} aria-label={`Stop watching ${server.name}`}>
                Remove…
              </Button>
            </li>
          ))}
        </ul>
      </section>
      <AddDatabase />
      <Confirm ask={ask} close={() => setAsk(undefined)} />
    </>
  );
}

function conditionOf(server: Schemas["Server"]): string {
  const facts = [
    server.version && `PostgreSQL ${server.version}`,
    server.state_why,
    server.can_act ? "may act" : `observes only${server.act_why ? `: ${server.act_why}` : ""}`,
    server.log_why ? `log: ${server.log_why}` : server.log_directory && `log: ${server.log_directory}`,
  ];
  return facts.filter(Boolean).join(" · ");
}

// Also the card that a fresh installation shows first.
export function AddDatabase() {
  const client = useQueryClient();
  const [name, setName] = useState("main");
  const [url, setUrl] = useState("");
  const [act, setAct] = useState(true);
  const add = useMutation({
    mutationFn: () =>
      answered(
        api.POST("/api/v1/databases", {
          params: { header: { "Idempotency-Key": idempotencyKey() } },
          body: { name, url, act },
        }),
      ),
    onSuccess: () => {
      setUrl("");
      return client.invalidateQueries({ queryKey: ["databases"] });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate();
  };
  return (
    <section className={parts.card} aria-labelledby="add-database">
      <h2 id="add-database">Watch a database</h2>
      <form className={styles.form} onSubmit={submit}>
        <label className={buttons.field}>
          Name
          <input required value={name} onChange={(event) => setName(event.target.value)} />
        </label>
        <label className={buttons.field}>
          URL
          <input
            required
            value={url}
            autoComplete="off"
            placeholder="postgresql://selfheal@host/shop"
            onChange={(event) => setUrl(event.target.value)}
          />
        </label>
        <label className={styles.check}>
          <input type="checkbox" checked={act} onChange={(event) => setAct(event.target.checked)} /> may act, as far as policy allows
        </label>
        <Button look="primary" type="submit" disabled={add.isPending}>
          {add.isPending ? "Adding…" : "Watch it"}
        </Button>
        {add.isError && (
          <p role="alert" className={buttons.wrong}>
            {isProblem(add.error) ? (add.error.problem.detail ?? add.error.problem.title) : "The server cannot be reached."}
          </p>
        )}
        {add.isSuccess && <p role="status">✓ {add.data.name} is being watched.</p>}
      </form>
      <p className={parts.meta}>
        The rights it needs are printed by <code>selfheal doctor</code>.
      </p>
    </section>
  );
}
