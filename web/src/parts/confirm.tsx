import { Dialog } from "radix-ui";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { isProblem } from "../api/client";
import { Button } from "./button";
import styles from "./button.module.css";

export interface Confirmation {
  title: string; // names the object: "End session 4121 on orders?"
  lost: ReactNode; // what is lost or changed, in a line
  answer: string; // the button's words, which name the object again
  look?: "primary" | "danger";
  typed?: string; // must be typed first, for what cannot be taken back
  reason?: string; // label of a field that must be filled
  choice?: { label: string; options: { value: string; words: string }[] };
  run: (reason: string, choice: string | undefined) => Promise<unknown>;
}

// A plan that is not the shown one: pressing again would be refused again.
function isStale(failure: unknown): boolean {
  return isProblem(failure) && failure.problem.type.endsWith("/plan-stale");
}

// Asks before something is done. The safe answer has the focus, and a refusal of the server stays readable.
export function Confirm({ ask, close }: { ask: Confirmation | undefined; close: () => void }) {
  return (
    <Dialog.Root open={ask !== undefined} onOpenChange={(open) => !open && close()}>
      <Dialog.Portal>
        <Dialog.Overlay className={styles.overlay} />
        {ask && <Question ask={ask} close={close} />}
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Question({ ask, close }: { ask: Confirmation; close: () => void }) {
  const cancel = useRef<HTMLButtonElement>(null);
  const [typed, setTyped] = useState("");
  const [reason, setReason] = useState("");
  const [choice, setChoice] = useState(ask.choice?.options[0]?.value);
  const [running, setRunning] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const mounted = useRef(true);
  useEffect(() => {
    mounted.current = true;
    return () => {
      mounted.current = false;
    };
  }, []);
  const ready = (!ask.typed || typed === ask.typed) && (!ask.reason || reason.trim() !== "");
  const run = async () => {
    setRunning(true);
    setFailure(undefined);
    try {
      await ask.run(reason.trim(), choice);
      if (mounted.current) close();
    } catch (error) {
      if (mounted.current) setFailure(error);
    } finally {
      if (mounted.current) setRunning(false);
    }
  };
  return (
    <Dialog.Content
      className={styles.dialog}
      onOpenAutoFocus={(event) => {
        event.preventDefault();
        cancel.current?.focus();
      }}
    >
      <Dialog.Title asChild>
        <h2>{ask.title}</h2>
      </Dialog.Title>
      <Dialog.Description asChild>
        <div>{ask.lost}</div>
      </Dialog.Description>
      {ask.choice && (
        <label className={styles.field}>
          {ask.choice.label}
          <select value={choice} onChange={(event) => setChoice(event.target.value)}>
            {ask.choice.options.map(({ value, words }) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </select>
        </label>
      )}
      {ask.reason && (
        <label className={styles.field}>
          {ask.reason}
          <textarea rows={2} value={reason} maxLength={500} onChange={(event) => setReason(event.target.value)} />
        </label>
      )}
      {ask.typed && (
        <label className={styles.field}>
          Type {ask.typed} to go on
          <input value={typed} autoComplete="off" onChange={(event) => setTyped(event.target.value)} />
        </label>
      )}
      {failure !== undefined && (
        <p role="alert" className={styles.wrong}>
          {isProblem(failure) ? `${failure.problem.title}.\n${failure.problem.detail ?? ""}` : "The server cannot be reached."}
        </p>
      )}
      <div className={styles.answers}>
        <Button ref={cancel} onClick={close}>
          {isStale(failure) ? "Read the new plan" : "Cancel"}
        </Button>
        {!isStale(failure) && (
          <Button look={ask.look ?? "primary"} disabled={!ready || running} onClick={() => void run()}>
            {running ? "Working…" : ask.answer}
          </Button>
        )}
      </div>
    </Dialog.Content>
  );
}
