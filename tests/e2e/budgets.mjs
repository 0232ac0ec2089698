// What the pages may weigh and how long they may keep a browser busy.
import { get } from "node:http";
import { gzipSync } from "node:zlib";
import { settled } from "./browser.mjs";
import { until } from "./stage.mjs";
import { cause_lock, end_lock, find_incident, report } from "./trouble.mjs";

const kFirstLoadBytes = 180 * 1024;
const kStylesBytes = 15 * 1024;
const kChunkBytes = 130 * 1024;
const kLiveMs = 8_000;
const kScrollMs = 120_000; // two hundred pages of fifty
const kElementsMost = 3_000;
// What is claimed, which `full` measures; and a fifth of it with slack for sanitizers and a busy machine.
const kClaim = { incidents: 10_000, waiters: 200, live_ms: 50, scroll_ms: 200, graph_ms: 200 };
const kShort = { incidents: 2_000, waiters: 40, live_ms: 250, scroll_ms: 500, graph_ms: 600 };

export default async function budgets(world) {
  const most = world.full ? kClaim : kShort;
  await weights(world);
  const person = await world.arrive();
  await person.context.addInitScript(watch_long_tasks);
  await live_updates(world, person, most);
  await waiters(world, person, most);
  await incidents(world, person, most);
  await person.leave();
}

// --- What is sent, as the server compresses it.
async function weights(world) {
  const document = await fetched(world, "/");
  const files = new Map();
  const names = (text) => [...text.matchAll(/\bassets\/[\w.-]+\.(?:js|css)\b|(?<=["'`]\.\/)[\w.-]+\.(?:js|css)\b/g)].map(([name]) => `/assets/${name.replace("assets/", "")}`);
  const queue = names(document.text);
  const first = new Set(queue);
  for (const name of queue) {
    if (files.has(name)) continue;
    files.set(name, await fetched(world, name));
    if (name.endsWith(".js")) queue.push(...names(files.get(name).text));
  }
  const sum = (list) => list.reduce((bytes, name) => bytes + files.get(name).bytes, 0);
  const eager = await loaded_at_first(world);
  const scripts = eager.filter((name) => name.endsWith(".js"));
  const styles = eager.filter((name) => name.endsWith(".css"));
  const lazy = [...files.keys()].filter((name) => !eager.includes(name) && name.endsWith(".js"));
  const heaviest = lazy.reduce((a, b) => (files.get(a).bytes > files.get(b).bytes ? a : b));
  budget(world, "first load of the dashboard: scripts, gzip", sum(scripts), kFirstLoadBytes);
  budget(world, "its styles, gzip", sum(styles), kStylesBytes);
  budget(world, `the heaviest of ${lazy.length} lazy chunks (${heaviest.split("/").at(-1)}), gzip`, files.get(heaviest).bytes, kChunkBytes);
  world.check(first.size > 0 && scripts.length > 0 && styles.length > 0 && lazy.length > 10, "the pages' files were not found");
}

async function loaded_at_first(world) {
  const person = await world.arrive();
  const page = await person.sign_in();
  await page.close();
  const again = await person.open("/");
  const names = await again.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname));
  await person.leave();
  return [...new Set(names)].filter((name) => name.startsWith("/assets/"));
}

// Without a cache or a decoder between. What `--ui-dir` serves is not compressed: then we do it.
function fetched(world, path) {
  return new Promise((resolve, reject) => {
    get(world.stage.url + path, { headers: { "Accept-Encoding": "gzip" } }, async (answer) => {
      const raw = Buffer.concat(await answer.toArray());
      if (answer.headers["content-encoding"] !== "gzip") return resolve({ text: String(raw), bytes: gzipSync(raw, { level: 9 }).length });
      resolve({ text: String((await import("node:zlib")).gunzipSync(raw)), bytes: raw.length });
    }).on("error", reject);
  });
}

function budget(world, what, bytes, most) {
  world.figure(what, kb(bytes), `≤ ${kb(most)}`);
  world.check(bytes <= most, `${what}: ${kb(bytes)}`);
}

function kb(bytes) {
  return `${(bytes / 1024).toFixed(1)} KB`;
}

// --- How long the browser is kept busy.
function watch_long_tasks() {
  globalThis.long_tasks = [];
  new PerformanceObserver((list) => globalThis.long_tasks.push(...list.getEntries().map(({ duration }) => Math.round(duration)))).observe({ type: "longtask" });
}

// The long tasks of the page while `what` is done.
async function long_tasks(page, what) {
  await page.evaluate(() => globalThis.long_tasks.splice(0));
  await what();
  return page.evaluate(() => globalThis.long_tasks.splice(0));
}

async function live_updates(world, person, { live_ms }) {
  const page = await person.sign_in();
  const control = await long_tasks(page, () => page.evaluate(() => new Promise((resolve) => {
    setTimeout(() => { for (const end = performance.now() + 300; performance.now() < end; ) {} setTimeout(resolve, 100); });
  })));
  world.check(control.some((ms) => ms >= 290), `a task of 300 ms is seen as ${control} (control)`);
  let told = 0;
  const tasks = await long_tasks(page, async () => {
    for (const end = Date.now() + kLiveMs; Date.now() < end; ++told) await report(world, { message: `relation "box_${told}" does not exist`, sqlstate: "42P01", table_name: `box_${told % 20}` });
  });
  const long = tasks.filter((ms) => ms > live_ms);
  world.figure(`tasks over ${live_ms} ms in ${kLiveMs / 1000} s of live updates (${told} reports)`, long.length, "0");
  world.none(long, `tasks over ${live_ms} ms in live updates`);
  await page.close();
}

async function incidents(world, person, { incidents: count, scroll_ms }) {
  await world.stage.do("store_sql", `INSERT INTO selfheal.incident
    SELECT (jsonb_populate_record(NULL::selfheal.incident, to_jsonb(i) || jsonb_build_object('number', 1000000 + g, 'fingerprint', 'filled ' || g, 'state', 'resolved',
      'first_seen', '2020-01-01Z'::timestamptz + g * interval '1 minute', 'last_seen', '2020-01-01Z'::timestamptz + g * interval '1 minute'))).*
    FROM (SELECT * FROM selfheal.incident ORDER BY number LIMIT 1) i, generate_series(1, ${count}) g`);
  const page = await person.open("/incidents");
  let elements = 0;
  const tasks = await long_tasks(page, () => until(`the list scrolls through ${count}`, kScrollMs, async () => {
    const seen = await page.evaluate(scroll_on);
    elements = Math.max(elements, seen.elements);
    return seen.size >= count && seen.at === seen.size;
  }));
  await settled(page);
  await world.picture(page, "incidents-very-many-1280-light", false); // taller than a picture can be
  world.figure(`${count} incidents scrolled to the last: tasks over ${scroll_ms} ms`, tasks.filter((ms) => ms > scroll_ms).length, "0");
  world.figure("elements of that page then", elements, `≤ ${kElementsMost}`);
  world.none(tasks.filter((ms) => ms > scroll_ms), `tasks over ${scroll_ms} ms while scrolling`);
  world.check(elements <= kElementsMost, `the page of ${count} incidents has ${elements} elements`);
}

// As far as there are rows; more are fetched as the end comes near.
function scroll_on() {
  scrollTo(0, document.scrollingElement.scrollHeight);
  const row = [...document.querySelectorAll("main li[aria-posinset]")].at(-1);
  const number = (name) => Number(row?.getAttribute(name) ?? 0);
  return { at: number("aria-posinset"), size: number("aria-setsize"), elements: document.querySelectorAll("*").length };
}

async function waiters(world, person, { waiters: count, graph_ms }) {
  await cause_lock(world);
  await world.stage.do("crowd", count - 1, "UPDATE orders SET reference = reference WHERE id = 1;");
  const enough = ({ blocking }) => blocking?.nodes.length > count;
  const found = await until(`an incident shows ${count} waiting sessions`, 60_000, async () => {
    const lock = await find_incident(world, ({ category, state }) => category === "LOCK_CONTENTION" && state !== "healed");
    return lock && enough(await world.stage.get(`/incidents/${lock.id}`)) && lock;
  });
  const page = await person.open(`/incidents/${found.id}`);
  const graph = page.getByRole("region", { name: "Graph of who blocks whom" });
  await graph.waitFor();
  const toggle = page.getByRole("button", { name: /^Show as/ });
  await toggle.click();
  const ms = await toggle.evaluate((button) => new Promise((resolve) => {
    const began = performance.now();
    button.click();
    const look = () => (document.querySelector('main [role="region"] svg g') ? requestAnimationFrame(() => resolve(performance.now() - began)) : requestAnimationFrame(look));
    look();
  }));
  world.figure(`a graph of ${count} sessions that really wait is drawn`, `${Math.round(ms)} ms`, `≤ ${graph_ms} ms`);
  world.check(ms <= graph_ms, `a graph of ${count} waiters takes ${Math.round(ms)} ms`);
  await world.picture(page, "waiters-1280-light");
  await world.stage.do("end_crowd");
  await end_lock(world);
}
