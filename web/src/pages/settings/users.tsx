import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { idempotencyKey } from "../../api/act";
import { answered, api, isProblem, type Schemas } from "../../api/client";
import { queries } from "../../api/queries";
import { Ago } from "../../parts/ago";
import { Button } from "../../parts/button";
import buttons from "../../parts/button.module.css";
import { Confirm, type Confirmation } from "../../parts/confirm";
import parts from "../../parts/parts.module.css";
import { ProblemCard } from "../../parts/problem";
import { HiddenPage, useMay } from "../../parts/role";
import { useTitle } from "../../parts/title";
import { say } from "../../parts/toast";
import styles from "./users.module.css";

type Person = Schemas["Person"];

const kRoles = [
  { name: "viewer", may: "sees incidents, health and databases, without values of the application, and asks about them" },
  { name: "developer", may: "also approves, mutes and resolves, pauses actions and runs SQL" },
  { name: "admin", may: "also changes policies, databases and people, and reads the audit trail" },
];

export function UsersPage() {
  useTitle("People");
  const may = useMay("administer");
  if (may === undefined) return <p aria-busy="true" />;
  if (!may) return <HiddenPage title="People" permission="administer" what="see and change who may sign in" />;
  return <People />;
}

function People() {
  const people = useQuery({ queryKey: ["people"], queryFn: ({ signal }) => answered(api.GET("/api/v1/people", { signal })) });
  const [ask, setAsk] = useState<Confirmation>();
  const [link, setLink] = useState<Schemas["InvitedPerson"]>();
  return (
    <>
      <h1>People</h1>
      <p className={parts.meta}>
        There are no passwords: a link signs one browser in, once, and stays good for 30 days as long as it is used every week.
      </p>
      {link && <LinkCard key={link.url} invited={link} done={() => setLink(undefined)} />}
      {people.isError && <ProblemCard error={people.error} again={() => void people.refetch()} />}
      <section className={parts.card} aria-label="People" aria-busy={people.isPending}>
        {people.data?.items.length === 0 && (
          <p className={parts.meta}>
            Nobody yet. <code>selfheal sign-in</code> on the server prints the link that makes the first administrator.
          </p>
        )}
        <ul className={parts.list}>
          {people.data?.items.map((person) => (
            <PersonRow key={person.id} person={person} ask={setAsk} show={setLink} />
          ))}
        </ul>
      </section>
      <Invite show={setLink} />
      <Roles />
      <Confirm ask={ask} close={() => setAsk(undefined)} />
    </>
  );
}

interface RowProps {
  person: Person;
  ask: (question: Confirmation) => void;
  show: (link: Schemas["InvitedPerson"]) => void;
}

function PersonRow({ person, ask, show }: RowProps) {
  const client = useQueryClient();
  const session = useQuery(queries.session());
  const myself = session.data?.name === person.name;
  const path = { id: String(person.id) };
  const changed = async () => {
    await client.invalidateQueries({ queryKey: ["people"] });
    await client.invalidateQueries({ queryKey: ["session"] });
  };
  const change = (body: Schemas["PersonChange"]) =>
    answered(api.PATCH("/api/v1/people/{id}", { params: { path }, body })).finally(changed);
  const invite = useMutation({
    mutationFn: () =>
      answered(
        api.POST("/api/v1/people/{id}/invitation", { params: { path, header: { "Idempotency-Key": idempotencyKey() } } }),
      ),
    onSuccess: show,
    onError: (error) => say(error.message),
  });
  const askRole = (role: string) =>
    ask({
      title: `Make ${person.name} ${role === "admin" ? "an admin" : `a ${role}`}?`,
      lost: `${myself ? "You are" : `${person.name} is`} ${person.role} now. It counts at once, in open pages too.`,
      answer: `Make ${person.name} ${role}`,
      look: role === "admin" ? "danger" : "primary",
      run: () => change({ role }),
    });
  const askDisabled = () =>
    ask({
      title: `Disable ${person.name}?`,
      lost: "Their sessions and links end at once. What they did stays in the audit trail, and they can be enabled again.",
      answer: `Disable ${person.name}`,
      look: "danger",
      run: () => change({ disabled: true }),
    });
  const askRemoved = () =>
    ask({
      title: `Remove ${person.name}?`,
      lost: "They are forgotten, with their links and sessions. What they did stays in the audit trail.",
      answer: `Remove ${person.name}`,
      look: "danger",
      run: () => answered(api.DELETE("/api/v1/people/{id}", { params: { path } })).finally(changed),
    });
  return (
    <li className={`${parts.row} ${styles.person}`}>
      <div className={parts.grow}>
        <strong>{person.name}</strong> {myself && "(you)"}
        <p className={parts.meta}>
          {person.disabled ? "disabled" : person.seen_at ? <>last seen <Ago at={person.seen_at} /></> : "invited, never signed in"}
          {person.slack_user && ` · Slack ${person.slack_user}`}
        </p>
      </div>
      <select
        aria-label={`Role of ${person.name}`}
        className={styles.role}
        value={person.role}
        disabled={person.disabled}
        onChange={(event) => askRole(event.target.value)}
      >
        {kRoles.map(({ name }) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <div className={styles.actions}>
        <SlackButton person={person} ask={ask} change={change} />
        {person.disabled ? (
          <>
            <Button onClick={() => void change({ disabled: false }).catch((error: Error) => say(error.message))} aria-label={`Enable ${person.name}`}>
              Enable
            </Button>
            <Button onClick={askRemoved} aria-label={`Remove… ${person.name}`}>
              Remove…
            </Button>
          </>
        ) : (
          <>
            <Button disabled={invite.isPending} onClick={() => invite.mutate()} aria-label={`New link for ${person.name}`}>
              New link
            </Button>
            <Button onClick={askDisabled} aria-label={`Disable… ${person.name}`}>
              Disable…
            </Button>
          </>
        )}
      </div>
    </li>
  );
}

interface SlackProps {
  person: Person;
  ask: (question: Confirmation) => void;
  change: (body: Schemas["PersonChange"]) => Promise<unknown>;
}

// Whose presses in Slack count as theirs.
function SlackButton({ person, ask, change }: SlackProps) {
  const unlink = () =>
    ask({
      title: `Unlink ${person.name} from Slack?`,
      lost: `${person.slack_user} can no longer approve in their name.`,
      answer: `Unlink ${person.name}`,
      run: () => change({ slack_user: "" }),
    });
  const link = () =>
    ask({
      title: `Link ${person.name} to Slack?`,
      lost: "Whoever has this Slack account may then decide in Slack as this person.",
      reason: "Slack member id, from their profile: U024BE7LH",
      answer: `Link ${person.name}`,
      run: (member) => change({ slack_user: member }),
    });
  return (
    <Button onClick={person.slack_user ? unlink : link} aria-label={`${person.slack_user ? "Unlink" : "Link"} Slack… of ${person.name}`}>
      {person.slack_user ? "Unlink Slack…" : "Link Slack…"}
    </Button>
  );
}

function Invite({ show }: { show: (link: Schemas["InvitedPerson"]) => void }) {
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [role, setRole] = useState("viewer");
  const add = useMutation({
    mutationFn: () =>
      answered(
        api.POST("/api/v1/people", {
          params: { header: { "Idempotency-Key": idempotencyKey() } },
          body: { name, role, slack_user: "" },
        }),
      ),
    onSuccess: async (invited) => {
      setName("");
      show(invited);
      await client.invalidateQueries({ queryKey: ["people"] });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate();
  };
  return (
    <section className={parts.card} aria-labelledby="invite">
      <h2 id="invite">Invite somebody</h2>
      <form className={parts.narrow} onSubmit={submit}>
        <label className={buttons.field}>
          Name, as the audit trail shows it
          <input required maxLength={80} autoComplete="off" value={name} onChange={(event) => setName(event.target.value)} />
        </label>
        <label className={buttons.field}>
          Role
          <select value={role} onChange={(event) => setRole(event.target.value)}>
            {kRoles.map((each) => (
              <option key={each.name}>{each.name}</option>
            ))}
          </select>
        </label>
        <Button look="primary" type="submit" disabled={add.isPending}>
          {add.isPending ? "Inviting…" : "Make a link"}
        </Button>
        {add.isError && (
          <p role="alert" className={buttons.wrong}>
            {isProblem(add.error) ? (add.error.problem.detail ?? add.error.problem.title) : "The server cannot be reached."}
          </p>
        )}
      </form>
    </section>
  );
}

// The link is told once: the server keeps only its hash.
function LinkCard({ invited, done }: { invited: Schemas["InvitedPerson"]; done: () => void }) {
  const [copied, setCopied] = useState<boolean>();
  const copy = () =>
    navigator.clipboard.writeText(invited.url).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  return (
    <section className={`${parts.card} ${styles.link}`} role="status" aria-label={`Link for ${invited.person.name}`}>
      <h2>A link for {invited.person.name}</h2>
      <p>
        Shown once. It signs one browser in as {invited.person.name} ({invited.person.role}), until{" "}
        <time dateTime={invited.expires_at}>{new Date(invited.expires_at).toLocaleString()}</time>. Send it to nobody else.
      </p>
      <input readOnly aria-label="Link" value={invited.url} onFocus={(event) => event.target.select()} />
      <div className={styles.actions}>
        <Button look="primary" onClick={() => void copy()}>
          Copy
        </Button>
        <Button onClick={done}>Done</Button>
        {copied === true && <span>✓ copied</span>}
        {copied === false && <span>The browser did not allow it: select the link and copy it.</span>}
      </div>
    </section>
  );
}

function Roles() {
  return (
    <section className={parts.card} aria-labelledby="roles">
      <h2 id="roles">What a role may</h2>
      <dl className={styles.roles}>
        {kRoles.map(({ name, may }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{may}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
