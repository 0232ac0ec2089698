// Eight tabs on one stream; a server that is killed and comes back.
import { report } from "./trouble.mjs";
import { until } from "./stage.mjs";

const kTabs = 8;
const kNewsMs = 2_000;
const kNoticedMs = 3_000;
const kLiveMs = 5_000;
const kPatience = 6; // how often a bound is waited for, so that the figure says how late it came

export default async function live(world) {
  const person = await world.arrive();
  const tabs = [await person.sign_in()];
  while (tabs.length < kTabs) tabs.push(await person.open(tabs.length % 2 ? "/incidents" : "/"));
  await all(tabs, "Live", kLiveMs);
  const streams = await world.stage.do("metric", "selfheal_sse_clients");
  world.figure(`streams of events that ${kTabs} tabs of a browser hold`, streams, "1");
  world.check(streams === 1, `${kTabs} tabs hold ${streams} streams`);
  const other = await world.arrive();
  await all([await other.sign_in()], "Live", kLiveMs);
  world.check((await world.stage.do("metric", "selfheal_sse_clients")) === 2, "another browser is not counted as a second stream (control)");
  await other.leave();

  let since = Date.now();
  await report(world, { message: 'relation "letterbox" does not exist', sqlstate: "42P01" });
  await in_time(world, `a new incident stands in all of ${kTabs} tabs`, since, kNewsMs, shows(tabs, "42P01"));

  await tabs[0].close(); // it held the stream: another takes over
  tabs.shift();
  since = Date.now();
  await all(tabs, "Live", kLiveMs);
  await until("another tab holds the stream", kLiveMs, async () => (await world.stage.do("metric", "selfheal_sse_clients")) === 1);

  await world.stage.do("kill");
  since = Date.now();
  await in_time(world, "the server is killed: all tabs say Reconnecting", since, kNoticedMs, all(tabs, "Reconnecting…", kNoticedMs * kPatience));
  await pictures(world, tabs);
  await world.stage.do("session", "meanwhile", "SELECT pen FROM orders");
  await world.stage.do("end_session", "meanwhile");
  await world.stage.do("start_unwatched");
  await until("the server answers again", 60_000, () => answers(world));
  since = Date.now();
  await in_time(world, "it is back: all tabs are live", since, kLiveMs, all(tabs, "Live", kLiveMs * kPatience));
  await in_time(world, "it is back: what happened meanwhile stands in all tabs", since, 3 * kLiveMs, shows(tabs, "42703"));
  world.none(person.thrown, "exceptions in tabs");
  await person.leave();
}

function all(tabs, words, ms) {
  return Promise.all(tabs.map((tab) => tab.getByRole("status").getByText(words, { exact: true }).or(tab.getByText(words, { exact: true })).first().waitFor({ timeout: ms })));
}

function shows(tabs, sqlstate) {
  return Promise.all(tabs.map((tab) => tab.locator("main").getByText(sqlstate).first().waitFor({ timeout: kLiveMs * kPatience })));
}

async function answers(world) {
  try {
    return (await fetch(`${world.stage.url}/api/v1/health`)).ok;
  } catch {
    return false;
  }
}

async function in_time(world, what, since, most_ms, shown) {
  await shown;
  const ms = Date.now() - since;
  world.figure(what, `${(ms / 1000).toFixed(1)} s`, `≤ ${most_ms / 1000} s`);
  world.check(ms <= most_ms, `${what}: after ${ms} ms`);
}

async function pictures(world, tabs) {
  await world.picture(tabs[0], "reconnecting-1280-light");
  await tabs[0].emulateMedia({ colorScheme: "dark" });
  await tabs[0].setViewportSize({ width: 390, height: 844 });
  await world.picture(tabs[0], "reconnecting-390-dark");
}
