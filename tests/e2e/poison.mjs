// Texts of attackers, wherever a text of somebody else is shown: nothing of them runs, nothing is fetched from elsewhere.
import { settled } from "./browser.mjs";
import { until } from "./stage.mjs";
import { find_incident, report } from "./trouble.mjs";

const kElsewhere = "evil.example";
const kTexts = [
  "<img src=x onerror=planted()>",
  "<script>planted()</script>",
  "<svg onload=planted()>",
  '<a href="javascript:planted()">press</a>',
  '<iframe src="javascript:parent.planted()"></iframe>',
  `<style>@import url(https://${kElsewhere}/a.css);</style>`,
  `<meta http-equiv="refresh" content="0;url=https://${kElsewhere}/b">`,
  "[press](javascript:planted())",
  `![pixel](https://${kElsewhere}/c.png)`,
  `[press](https://${kElsewhere}/d)`,
  `<https://${kElsewhere}/e>`,
  `https://${kElsewhere}/f`,
  `[ref]: https://${kElsewhere}/g`,
];
export const kPoison = kTexts.join("\n\n");
const kName = `<img src=//${kElsewhere}/t onerror=planted()>`; // of a table and of a column: 63 bytes at most

export default async function poison(world) {
  const person = await world.arrive();
  const page = await person.sign_in();
  const ids = await plant(world);
  const shown = [];
  const look = async (where, text) => {
    await settled(page);
    await open_everything(page);
    shown.push(...(await suspects(page, world.stage.url)).map((each) => `${where}: ${each}`));
    world.check((await page.content()).includes(text), `${where} does not show what was planted: nothing is tested`);
    await world.picture(page, `poison-${where}-1280-light`);
  };

  for (const [number, id] of ids.entries()) {
    await person.open(`/incidents/${id}`, page);
    await look(`incident-${number + 1}`, kTexts[0].replaceAll("<", "&lt;").replaceAll(">", "&gt;"));
  }
  await person.open("/incidents", page);
  await look("incidents", ids[0]);
  await person.open("/audit", page);
  await look("audit", ids[0]);
  await person.open(`/sql?sql=${encodeURIComponent("SELECT * FROM letters")}`, page);
  await page.getByRole("button", { name: /^Run/ }).click();
  await page.getByRole("table").waitFor();
  await look("sql", "planted()");
  await person.open("/chat", page);
  await page.getByRole("textbox").fill("What do the letters say?");
  await page.keyboard.press("Enter");
  await page.getByText("The answer is complete").waitFor({ state: "attached", timeout: 30_000 });
  await look("chat", "letters");

  world.figure("scripts of attackers that ran", person.planted.length, "0");
  world.figure("requests to elsewhere", person.off_origin.length, "0");
  world.figure("links, images and frames to elsewhere or to scripts", shown.length, "0");
  world.none(person.planted, "scripts of attackers ran");
  world.none(person.off_origin, "requests to elsewhere");
  world.none(shown, "attackers' elements on a page");
  world.none(person.violations, "the policy had to step in");
  await person.leave();
  await control(world);
}

// Incidents that hold the texts: as an application reports them, and from names in the server's own log.
async function plant(world) {
  const reported = await report(world, {
    message: kPoison, sqlstate: "XX000", detail: kPoison, hint: kPoison, context: kPoison, statement: `SELECT '${kTexts[0]}'`,
    schema_name: kTexts[0], table_name: kTexts[1], constraint_name: kTexts[7], application: kTexts[0],
  });
  const quoted = `"${kName}"`;
  await world.stage.do("sql", `CREATE TABLE ${quoted} (${quoted} text PRIMARY KEY); GRANT ALL ON ${quoted} TO app`);
  await world.stage.do("sql", "CREATE TABLE letters (id bigserial PRIMARY KEY, body text NOT NULL); GRANT ALL ON letters TO app");
  for (const text of [...kTexts, kPoison]) await world.stage.do("sql", `INSERT INTO letters (body) VALUES ('${text.replaceAll("'", "''")}')`);
  await world.stage.do("session", "careless", `INSERT INTO ${quoted} VALUES ('${kTexts[0]}'), ('${kTexts[0]}')`);
  await world.stage.do("end_session", "careless");
  const logged = await until("the duplicate is an incident", 15_000, () => find_incident(world, ({ sqlstate }) => sqlstate === "23505"));
  // What people write, here or in Slack's form, is a note as well.
  for (const id of [reported, logged.id]) await note(world, id, kPoison.slice(0, 500));
  return [reported, logged.id];
}

async function note(world, id, why) {
  // 409 while the incident changes by itself.
  await until("a note is taken", 10_000, async () => (await world.stage.do("call", "POST", `/api/v1/incidents/${id}/note`, { why })).status < 300);
}

async function open_everything(page) {
  for (const summary of await page.locator("main summary:visible").all()) await summary.click();
  for (const button of await page.locator('main button[aria-expanded="false"]:visible').all()) await button.click();
}

// What an attacker's text made, whether or not the policy stops it.
function suspects(page, origin) {
  return page.evaluate((ours) => {
    const found = [];
    for (const element of document.querySelectorAll("main *")) {
      for (const { name, value } of element.attributes) {
        if (name.startsWith("on")) found.push(`${element.localName} has ${name}`);
        if (["href", "src", "action", "formaction", "xlink:href"].includes(name)) {
          const { origin: to, protocol } = new URL(value, location.href);
          if (to !== ours || protocol === "javascript:") found.push(`${element.localName} leads to ${value.slice(0, 60)}`);
        }
      }
      if (["script", "iframe", "object", "embed", "meta", "base"].includes(element.localName)) found.push(element.localName);
    }
    return found;
  }, origin);
}

// That what is counted can be counted: the same texts as markup, first under our policy, then without any.
async function control(world) {
  const attack = (markup) => {
    try {
      document.querySelector("main").innerHTML = markup;
    } catch (error) {
      return String(error); // Trusted Types
    }
  };
  const guarded = await world.arrive();
  await (await guarded.sign_in()).evaluate(attack, kPoison);
  const open = await world.arrive({ bypassCSP: true });
  const page = await open.sign_in();
  await page.evaluate(attack, `${kTexts[0]}<img src="https://${kElsewhere}/control.png">`);
  await until("the attack works where nothing guards", 15_000, () => open.planted.length > 0 && open.off_origin.length > 0);
  world.figure("the same as markup, under the policy: violations noted (control)", guarded.violations.length, "some");
  world.figure("and without it: scripts, requests to elsewhere (control)", `${open.planted.length}, ${open.off_origin.length}`, "some of both");
  world.check(guarded.violations.length > 0 && guarded.planted.length === 0, "the control under the policy");
  await guarded.leave();
  await open.leave();
}
