// Where nothing may be done there is no button, and a sentence that says why.
import { until } from "./stage.mjs";
import { cause_lock, end_lock, find_incident } from "./trouble.mjs";

const kApply = /^Apply fix/;
const kPlanMs = 20_000;

export default async function refusals(world) {
  const person = await world.arrive();
  const page = await person.sign_in();
  await cause_lock(world);
  const { id } = await until("a plan awaits approval", kPlanMs, () =>
    find_incident(world, ({ category, state }) => category === "LOCK_CONTENTION" && state === "awaiting_approval"),
  );
  await stale_plan(world, person, page, id);
  await viewer(world, id);
  await policy_off(world, person, page, id);
  await set_policy(world, "approve");
  await end_lock(world);
  await person.leave();
}

// The plan changes while somebody reads it: what they press is refused, and the page says so.
async function stale_plan(world, person, page, id) {
  await person.open(`/incidents/${id}`, page);
  await page.route("**/approve", async (call) => {
    const body = call.request().postDataJSON();
    await call.continue({ postData: JSON.stringify({ ...body, plan_hash: "0".repeat(body.plan_hash.length) }) });
  });
  await page.getByRole("button", { name: kApply }).click();
  const answered = page.waitForResponse("**/approve");
  await page.getByRole("dialog").getByRole("button").last().click();
  const status = (await answered).status();
  const said = await page.getByRole("dialog").getByRole("alert").textContent();
  await world.picture(page, "stale-plan-1280-light");
  world.figure("a plan that is not the one shown: the server's answer, and the page says why", status, "409");
  world.check(status === 409 && said.trim().length > 20, `a stale plan was answered ${status} and the page says "${said}"`);
  await page.unroute("**/approve");
}

// Who may only look finds no button, and asking without one does not help.
async function viewer(world, id) {
  const { status, body } = await world.stage.do("call", "POST", "/api/v1/people", { name: "Vera", role: "viewer" });
  if (status >= 300) throw new Error(`a viewer was answered ${status}: ${JSON.stringify(body)}`);
  const vera = await world.arrive();
  const page = await vera.sign_in(body.url.split("#")[1]);
  await vera.open(`/incidents/${id}`, page);
  await shows_no_button(world, page, "viewer", /role|viewer/i);
  const answer = await page.evaluate(async (incident) => {
    const { remedy } = await (await fetch(`/api/v1/incidents/${incident}`)).json();
    const headers = { "Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID() };
    const body = JSON.stringify({ plan_id: remedy.plan_id, plan_hash: remedy.plan_hash });
    return (await fetch(`/api/v1/incidents/${incident}/approve`, { method: "POST", headers, body })).status;
  }, id);
  world.figure("viewer: the server's answer to an approval without a button", answer, "403");
  world.check(answer === 403, `a viewer's approval was answered ${answer}`);
  await vera.leave();
}

async function policy_off(world, person, page, id) {
  await set_policy(world, "off");
  await until("the plan is gone", kPlanMs, async () => (await world.stage.get(`/incidents/${id}`)).state !== "awaiting_approval");
  await person.open(`/incidents/${id}`, page);
  await shows_no_button(world, page, "policy off", /policy/i);
}

async function shows_no_button(world, page, who, words) {
  const buttons = await page.getByRole("button", { name: kApply }).count();
  const card = await page.locator("section").filter({ has: page.getByRole("heading", { name: "Proposed fix" }) }).textContent();
  world.figure(`${who}: buttons that apply the fix`, buttons, "0");
  world.check(buttons === 0 && words.test(card), `${who}: ${buttons} buttons, and the page says: ${card}`);
  await world.picture(page, `no-button-${who.replaceAll(" ", "-")}-1280-light`);
}

async function set_policy(world, mode) {
  const { status, body } = await world.stage.do("call", "PUT", "/api/v1/policies", { server: "shop", default_mode: mode });
  if (status >= 300) throw new Error(`the policy ${mode} was answered ${status}: ${JSON.stringify(body)}`);
}
