import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useRef, useState } from "react";
import { idempotencyKey } from "../../api/act";
import { answered, api, isProblem, type Schemas } from "../../api/client";
import { useShortcuts } from "../../app/shortcuts";
import { AtTime } from "../../parts/ago";
import { Button } from "../../parts/button";
import buttons from "../../parts/button.module.css";
import parts from "../../parts/parts.module.css";
import { copy, copyLink } from "../../parts/toast";
import { entriesOf, handOver, type Part, postMortem } from "./hand_over";
import styles from "./incident.module.css";

type Incident = Schemas["Incident"];

const kParts: { part: Part; words: string }[] = [
  { part: "all", words: "All" },
  { part: "actions", words: "Actions" },
  { part: "people", words: "People" },
];

export function TimelineCard({ incident }: { incident: Incident }) {
  const [part, setPart] = useState<Part>("all");
  const entries = entriesOf(incident.timeline, part);
  const address = new URL(`/incidents/${incident.id}`, location.href).href;
  return (
    <section className={parts.card} aria-labelledby="timeline">
      <h2 id="timeline" className={styles.with_note}>
        Timeline
        <span className={styles.switch}>
          {kParts.map(({ part: each, words }) => (
            <Button key={each} aria-pressed={part === each} onClick={() => setPart(each)}>
              {words}
            </Button>
          ))}
          <Button onClick={() => void copy(handOver(incident, address), "Hand-over copied")}>Copy hand-over</Button>
          <Button onClick={() => save(`${incident.id}.md`, postMortem(incident, address))}>Post-mortem</Button>
        </span>
      </h2>
      {entries.length === 0 && <p className={parts.meta}>Nothing of this kind yet.</p>}
      <ol className={styles.timeline}>
        {entries.map((entry) => (
          <li key={entry.at_number} id={`t${entry.at_number}`} className={styles.entry}>
            <a
              href={`#t${entry.at_number}`}
              title="Copy the link of this entry"
              onClick={() => copyLink(`/incidents/${incident.id}#t${entry.at_number}`)}
            >
              <AtTime at={entry.at} />
            </a>
            <strong>{entry.what.replaceAll("_", " ")}</strong>
            <span>{entry.text}</span>
          </li>
        ))}
      </ol>
      <NoteForm id={incident.id} />
    </section>
  );
}

// A file made here: nothing is sent anywhere.
function save(name: string, text: string) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/markdown" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}

function NoteForm({ id }: { id: string }) {
  const client = useQueryClient();
  const input = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState("");
  const note = useMutation({
    mutationFn: (why: string) =>
      answered(
        api.POST("/api/v1/incidents/{id}/note", {
          params: { path: { id }, header: { "Idempotency-Key": idempotencyKey() } },
          body: { why },
        }),
      ),
    onSuccess: () => {
      setText("");
      return client.invalidateQueries({ queryKey: ["incidents"] });
    },
  });
  useShortcuts({ comment: () => input.current?.focus() });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim()) note.mutate(text.trim());
  };
  return (
    <form className={styles.note} onSubmit={submit}>
      <label className={buttons.field}>
        Note for whoever meets this again
        <textarea
          ref={input}
          rows={2}
          maxLength={2000}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => event.key === "Escape" && input.current?.blur()}
        />
      </label>
      <Button type="submit" disabled={text.trim() === "" || note.isPending}>
        {note.isPending ? "Saving…" : "Add the note"}
      </Button>
      {note.isError && (
        <p role="alert" className={buttons.wrong}>
          {isProblem(note.error) ? (note.error.problem.detail ?? note.error.problem.title) : "The server cannot be reached: the note is still here."}
        </p>
      )}
    </form>
  );
}
