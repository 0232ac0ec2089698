import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { idempotencyKey } from "../../api/act";
import { answered, api, isProblem, type Schemas } from "../../api/client";
import { Button } from "../../parts/button";
import buttons from "../../parts/button.module.css";
import parts from "../../parts/parts.module.css";
import { copy } from "../../parts/toast";
import styles from "./setup.module.css";

type NewServer = Schemas["NewServer"];

// The name and the URL of a database: looked at first, then watched.
export function AddDatabaseForm() {
  const client = useQueryClient();
  const [name, setName] = useState("main");
  const [url, setUrl] = useState("");
  const [act, setAct] = useState(true);
  const body: NewServer = { name: name.trim(), url: url.trim(), act };
  const test = useMutation({
    mutationFn: (server: NewServer) =>
      answered(api.POST("/api/v1/database-checks", { params: { header: { "Idempotency-Key": idempotencyKey() } }, body: server })),
  });
  const add = useMutation({
    mutationFn: (server: NewServer) =>
      answered(api.POST("/api/v1/databases", { params: { header: { "Idempotency-Key": idempotencyKey() } }, body: server })),
    onSuccess: () => {
      setUrl("");
      test.reset();
      return client.invalidateQueries({ queryKey: ["databases"] });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate(body);
  };
  const changed = () => {
    test.reset();
    add.reset();
  };
  const ready = body.name !== "" && body.url !== "";
  const failure = add.error ?? test.error;
  return (
    <form className={styles.form} onSubmit={submit} onChange={changed}>
      <label className={buttons.field}>
        DATABASE_URL
        <input
          required
          value={url}
          autoComplete="off"
          spellCheck={false}
          placeholder="postgresql://selfheal@host/shop"
          onChange={(event) => setUrl(event.target.value)}
        />
      </label>
      <label className={buttons.field}>
        Name, as it will stand everywhere
        <input required value={name} onChange={(event) => setName(event.target.value)} />
      </label>
      <label className={styles.check}>
        <input type="checkbox" checked={act} onChange={(event) => setAct(event.target.checked)} /> may act, as far as policy allows
      </label>
      <div className={styles.buttons}>
        <Button disabled={!ready || test.isPending} onClick={() => test.mutate(body)}>
          {test.isPending ? "Looking…" : "Test"}
        </Button>
        <Button look="primary" type="submit" disabled={!ready || add.isPending}>
          {add.isPending ? "Adding…" : "Watch it"}
        </Button>
      </div>
      {failure && (
        <p role="alert" className={buttons.wrong}>
          {isProblem(failure) ? (failure.problem.detail ?? failure.problem.title) : "The server cannot be reached."}
        </p>
      )}
      {add.isSuccess && <p role="status">✓ {add.data.name} is being watched.</p>}
      {test.data && <Examination examination={test.data} />}
    </form>
  );
}

const kMarks: Record<string, { glyph: string; word: string }> = {
  right: { glyph: "✓", word: "right" },
  problem: { glyph: "✗", word: "missing" },
  note: { glyph: "–", word: "note" },
};

// What the same look of `selfheal doctor` says, with the statements that put it right.
function Examination({ examination }: { examination: Schemas["Examination"] }) {
  const fixes = examination.checks.map((check) => check.fix).filter(Boolean);
  const problems = examination.checks.filter((check) => check.finding === "problem").length;
  return (
    <section className={styles.examination} aria-labelledby="examination">
      <h3 id="examination" role="status">
        {!examination.can_connect && "It cannot be reached like this"}
        {examination.can_connect && problems === 0 && "✓ All is right"}
        {examination.can_connect && problems > 0 && `Connected, and ${problems === 1 ? "one right is" : `${problems} things are`} missing`}
      </h3>
      <ul className={styles.checks}>
        {examination.checks.map((check) => (
          <li key={check.name} data-finding={check.finding}>
            <span aria-hidden="true" className={styles.mark}>
              {kMarks[check.finding]?.glyph}
            </span>
            <div>
              <span className="visually-hidden">{kMarks[check.finding]?.word}: </span>
              <strong>{check.name}</strong> {check.detail}
              {check.fix && <pre className={styles.fix}>{check.fix}</pre>}
            </div>
          </li>
        ))}
      </ul>
      {fixes.length > 0 && (
        <p className={parts.meta}>
          Run these as an administrator of the database, then test again.{" "}
          <Button onClick={() => void copy(fixes.join("\n"), "Statements copied")}>Copy all statements</Button>
        </p>
      )}
    </section>
  );
}
