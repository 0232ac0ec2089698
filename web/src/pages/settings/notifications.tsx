import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { answered, api, isProblem, type Schemas } from "../../api/client";
import { queries } from "../../api/queries";
import { Ago } from "../../parts/ago";
import { Button } from "../../parts/button";
import buttons from "../../parts/button.module.css";
import parts from "../../parts/parts.module.css";
import { ProblemCard } from "../../parts/problem";
import { useTitle } from "../../parts/title";
import styles from "./settings.module.css";

type Channel = Schemas["NotificationChannel"];

export function NotificationsPage() {
  useTitle("Notifications");
  const { data, error, isPending, refetch } = useQuery(queries.notificationChannels());
  const session = useQuery(queries.session());
  if (error && !data) return <ProblemCard error={error} again={() => void refetch()} />;
  const on = data?.items.filter((channel) => channel.state !== "off") ?? [];
  const mayTest = session.data?.permissions.includes("administer") ?? false;
  return (
    <>
      <h1>Notifications</h1>
      <p className={`${parts.meta} ${styles.intro}`}>
        Who is told outside of this page. Channels are set in the configuration, because their addresses are secrets.
      </p>
      {data && on.length === 0 && <NobodyIsTold />}
      <section className={parts.card} aria-label="Channels" aria-busy={isPending}>
        <h2>Channels</h2>
        {!mayTest && session.data && <p className={parts.meta}>Your role hides the test buttons: an administrator can press them.</p>}
        <ul className={parts.list}>
          {data?.items.map((channel) => <ChannelRow key={channel.name} channel={channel} mayTest={mayTest} />)}
          {data?.heartbeat && <HeartbeatRow beat={data.heartbeat} />}
        </ul>
        {on.length > 1 && (
          <p className={parts.meta}>When one does not work, the next one is told instead, and that is an incident of its own.</p>
        )}
      </section>
      {data && data.given_up.length > 0 && <GivenUp items={data.given_up} />}
      <Deliveries />
    </>
  );
}

function NobodyIsTold() {
  return (
    <section className={parts.card} aria-labelledby="nobody">
      <h2 id="nobody">Nobody is told yet</h2>
      <p>
        Make an incoming webhook in Slack and start Selfheal with its address. A message comes when an incident opens, needs an approval,
        heals or fails.
      </p>
      <pre className={styles.scroll} tabIndex={0} aria-label="How to set it">
        <code>SLACK_WEBHOOK=https://hooks.slack.com/services/… selfheal serve</code>
      </pre>
      <p className={parts.meta}>
        Other programs: <code>SELFHEAL_NOTIFY_WEBHOOK_URL</code> gets a signed CloudEvent for each piece of news. With an address in{" "}
        <code>SELFHEAL_NOTIFY_HEARTBEAT_URL</code> somebody elsewhere notices when Selfheal itself stops.
      </p>
    </section>
  );
}

const kLooks: Record<string, { glyph: string; word: string; style: string | undefined }> = {
  ok: { glyph: "✓", word: "works", style: parts.good },
  failing: { glyph: "✗", word: "does not work", style: parts.bad },
  unknown: { glyph: "–", word: "not used yet", style: undefined },
  off: { glyph: "–", word: "off", style: undefined },
};

function ChannelRow({ channel, mayTest }: { channel: Channel; mayTest: boolean }) {
  const look = kLooks[channel.state] ?? { glyph: "–", word: channel.state, style: undefined };
  const isOn = channel.state !== "off";
  return (
    <li className={parts.row}>
      <div className={parts.grow}>
        <strong>{channel.kind}</strong> {channel.destination && <code>{channel.destination}</code>}
        {channel.why && <p className={channel.state === "failing" ? buttons.wrong : parts.meta}>{channel.why}</p>}
        {isOn && <p className={parts.meta}>{rulesOf(channel)}</p>}
        {isOn && (
          <p className={parts.meta}>
            {channel.last_delivered ? (
              <>
                Last delivered <Ago at={channel.last_delivered} />
              </>
            ) : (
              "Nothing was delivered yet"
            )}
            {channel.waiting > 0 && ` · ${channel.waiting} waiting`}
            {channel.given_up > 0 && ` · ${channel.given_up} given up`}
          </p>
        )}
        {isOn && mayTest && <TestButton channel={channel.name} />}
      </div>
      <span className={parts.state}>
        <span className={look.style}>
          <span aria-hidden="true">{look.glyph}</span> {look.word}
        </span>
      </span>
    </li>
  );
}

function rulesOf(channel: Channel): string {
  const severity = { low: "every incident", medium: "medium and high incidents", high: "high incidents only" }[channel.min_severity];
  return [
    `Hears of ${severity ?? `incidents from ${channel.min_severity}`}`,
    channel.edits ? "one message each, kept up to date" : "a message when one opens, needs an approval, heals or fails",
    `what happens within ${lengthOf(channel.group_wait_s)} is told as one`,
    channel.repeat_after_s > 0 ? `a reminder every ${lengthOf(channel.repeat_after_s)} while it is open` : "no reminders",
  ].join("; ") + ".";
}

function lengthOf(seconds: number): string {
  if (seconds >= 3600 && seconds % 3600 === 0) return `${seconds / 3600} h`;
  if (seconds >= 60 && seconds % 60 === 0) return `${seconds / 60} min`;
  return `${seconds} s`;
}

function TestButton({ channel }: { channel: string }) {
  const client = useQueryClient();
  const test = useMutation({
    mutationFn: () => answered(api.POST("/api/v1/notifications/channels/{name}/test", { params: { path: { name: channel } } })),
    onSettled: () => client.invalidateQueries({ queryKey: ["notifications"] }),
  });
  const arrived = test.data?.outcome === "delivered";
  return (
    <p className={`${styles.check} ${styles.press}`}>
      <Button onClick={() => test.mutate()} disabled={test.isPending} aria-label={`Send a test to ${channel}`}>
        Send a test
      </Button>
      <span role="status" className={test.isError || (test.data && !arrived) ? buttons.wrong : parts.meta}>
        {test.isPending && "Sending…"}
        {test.data && arrived && `✓ It arrived (${test.data.answer})`}
        {test.data && !arrived && `✗ It did not get through: ${test.data.answer}`}
        {test.isError && refusalOf(test.error)}
      </span>
    </p>
  );
}

function refusalOf(error: Error): string {
  return isProblem(error) ? `${error.problem.title}. ${error.problem.detail ?? ""}` : "The server cannot be reached: nothing was sent.";
}

function HeartbeatRow({ beat }: { beat: Schemas["Heartbeat"] }) {
  return (
    <li className={parts.row}>
      <div className={parts.grow}>
        <strong>Heartbeat</strong> <code>{beat.destination}</code>
        {beat.why && <p className={buttons.wrong}>Silent: {beat.why}</p>}
        <p className={parts.meta}>
          Once a minute while all is well with Selfheal.{" "}
          {beat.last_beat ? (
            <>
              Last <Ago at={beat.last_beat} />
            </>
          ) : (
            "None got through yet."
          )}
        </p>
      </div>
      <span className={parts.state}>
        <span className={beat.why ? parts.bad : parts.good}>
          <span aria-hidden="true">{beat.why ? "✗" : "✓"}</span> {beat.why ? "silent" : "beats"}
        </span>
      </span>
    </li>
  );
}

function GivenUp({ items }: { items: Schemas["NotificationGivenUp"][] }) {
  return (
    <section className={parts.card} aria-labelledby="given-up">
      <h2 id="given-up">Given up</h2>
      <p className={parts.meta}>
        Rejected, or not delivered for a day. It is sent when the incident changes, or when the channel works again: a test that arrives
        is enough.
      </p>
      <ul className={parts.list}>
        {items.map((one) => (
          <li key={`${one.channel} ${one.incident}`} className={parts.row}>
            <div className={parts.grow}>
              <Link to="/incidents/$id" params={{ id: one.incident }}>
                {one.incident}
              </Link>{" "}
              to {one.channel}
              <p className={parts.meta}>{one.answer}</p>
            </div>
            <Ago at={one.at} />
          </li>
        ))}
      </ul>
    </section>
  );
}

const kOutcomes: Record<string, string> = { "": "all", delivered: "delivered", try_later: "tried again later", rejected: "rejected" };

function Deliveries() {
  const [outcome, setOutcome] = useState("");
  const { data, error, isPending, refetch } = useQuery(queries.notificationDeliveries(outcome));
  return (
    <section className={parts.card} aria-labelledby="deliveries" aria-busy={isPending}>
      <h2 id="deliveries">Deliveries</h2>
      <p className={styles.check}>
        <label htmlFor="outcome">Show</label>
        <select id="outcome" value={outcome} onChange={(event) => setOutcome(event.target.value)}>
          {Object.entries(kOutcomes).map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </select>
      </p>
      {error && !data && <ProblemCard error={error} again={() => void refetch()} />}
      {data?.items.length === 0 && (
        <p className={parts.meta}>{outcome ? `None ended as “${kOutcomes[outcome]}”.` : "Nothing was sent yet."}</p>
      )}
      {data && data.items.length > 0 && (
        <div className={styles.scroll} tabIndex={0} role="region" aria-label="Table of deliveries">
          <table className={`${styles.table} ${styles.log}`}>
            <thead>
              <tr>
                <th scope="col">When</th>
                <th scope="col">Channel</th>
                <th scope="col">About</th>
                <th scope="col">News</th>
                <th scope="col">Outcome</th>
                <th scope="col">Answer</th>
              </tr>
            </thead>
            <tbody>
              {data.items.map((one) => (
                <tr key={one.number}>
                  <td>
                    <Ago at={one.at} />
                  </td>
                  <td>{one.channel}</td>
                  <td>
                    {one.incident ? (
                      <Link to="/incidents/$id" params={{ id: one.incident }}>
                        {one.incident}
                      </Link>
                    ) : (
                      "a test"
                    )}
                  </td>
                  <td>{one.change.replaceAll("_", " ")}</td>
                  <td className={one.outcome === "delivered" ? parts.good : parts.bad}>
                    <span aria-hidden="true">{one.outcome === "delivered" ? "✓" : "✗"}</span> {kOutcomes[one.outcome] ?? one.outcome}
                    {one.attempt > 1 && `, try ${one.attempt}`}
                  </td>
                  <td>
                    {one.answer} <span className={parts.meta}>{one.took_ms} ms</span>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
