// From nothing to healed, in a browser.
import { until } from "./stage.mjs";
import { lock_incident } from "./trouble.mjs";

const kVisibleMs = 5_000;
const kRelievedMs = 10_000;
const kHealedMs = 90_000; // the playbook's own hold-down is most of it
const kApply = /^Apply fix/;

export default async function one_minute(world) {
  const person = await world.arrive();
  const page = await person.sign_in();
  const row = page.locator("main li").filter({ hasText: "LOCK_CONTENTION" }).first();

  await person.open("/employees", page);
  const caused = Date.now();
  await page.getByRole("button", { name: "Cause a lock" }).click();
  await page.getByRole("link", { name: "Dashboard" }).click();
  await row.waitFor({ timeout: 4 * kVisibleMs });
  took(world, "a lock is caused: the incident stands on the dashboard", caused, kVisibleMs);
  await row.getByRole("link").click();
  await page.getByRole("button", { name: kApply }).click();
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  await world.picture(page, "confirm-1280-light");

  const approved = Date.now();
  await dialog.getByRole("button").last().click();
  await until("the waiting session went on", 4 * kRelievedMs, async () => (await waiting(world)) === 0);
  took(world, "approved: the sessions that waited go on", approved, kRelievedMs);
  await page.getByText("The symptom is gone").waitFor({ timeout: kRelievedMs });
  took(world, "approved: the page says that the symptom is gone", approved, kRelievedMs);
  await world.picture(page, "incident-verifying-1280-light");
  await page.getByText("✓ Healed").waitFor({ timeout: kHealedMs });
  took(world, "approved: the page says healed, after its hold-down", approved, kHealedMs);
  world.figure("from the start of the server to healed", seconds(world.began), "one to two minutes");
  const { state } = await lock_incident(world);
  world.check(state === "healed", `the API calls the incident ${state}`);
  await person.leave();
}

async function waiting(world) {
  const [[count]] = await world.stage.do("sql", "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
  return Number(count);
}

function seconds(since) {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}

function took(world, what, since, most_ms) {
  const ms = Date.now() - since;
  world.figure(what, seconds(since), `≤ ${most_ms / 1000} s`);
  world.check(ms <= most_ms, `${what}: after ${ms} ms`);
}
