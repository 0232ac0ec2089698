// The story of one_minute by somebody who has no mouse.
import { settled } from "./browser.mjs";
import { until } from "./stage.mjs";
import { find_incident } from "./trouble.mjs";

const kKeysMost = 60; // Tab from one end of a page to the other
const kWaitMs = 20_000;

export default async function keyboard(world) {
  const person = await world.arrive();
  const page = await person.sign_in();
  await go(page, "e", "/employees");
  await tab_to(page, "button", /^Cause a lock/);
  await page.keyboard.press("Enter");
  await go(page, "i", "/incidents");
  const { id } = await until("the lock is an incident", kWaitMs, () =>
    find_incident(world, ({ category, state }) => category === "LOCK_CONTENTION" && state !== "healed"),
  );
  await page.locator(`main [data-incident="${id}"]`).waitFor();
  await move_to(page, id);
  await page.keyboard.press("Enter");
  await page.waitForURL(`**/incidents/${id}`);
  await settled(page);

  await tab_to(page, "summary, button", /evidence|checks|raw/i);
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: /^Apply fix/ }).waitFor({ timeout: kWaitMs });
  await page.keyboard.press("a");
  await page.getByRole("dialog").waitFor();
  world.check(await is_focused(page, /^Cancel/), "the dialog begins at its safe answer");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.keyboard.press("a");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.getByText("✓ Healed").waitFor({ timeout: 90_000 });
  await go(page, "d", "/");
  world.figure("the same story by keyboard alone", "healed", "healed");
  await person.leave();
}

// "j" until the incident has the focus.
async function move_to(page, id) {
  for (let presses = 0; presses < kKeysMost; ++presses) {
    const before = await focused_incident(page);
    if (before === id) return;
    await page.keyboard.press("j");
    await until("j moves on", kWaitMs, async () => (await focused_incident(page)) !== before);
  }
  throw new Error(`j does not come to ${id}`);
}

function focused_incident(page) {
  return page.evaluate(() => document.activeElement.dataset.incident);
}

// By "g" and the page's letter.
async function go(page, letter, path) {
  await page.keyboard.press("g");
  await page.keyboard.press(letter);
  await page.waitForURL(`**${path}`);
  await settled(page);
}

// Presses Tab until something with these words has the focus; it must be seen to have it.
async function tab_to(page, selector, words) {
  for (let presses = 0; presses < kKeysMost; ++presses) {
    await page.keyboard.press("Tab");
    if (await is_focused(page, words, selector)) return;
  }
  throw new Error(`Tab does not come to ${words}`);
}

function is_focused(page, words, selector = "*") {
  return page.evaluate(
    ({ source, flags, wanted }) => {
      const element = document.activeElement;
      return element.matches(wanted) && new RegExp(source, flags).test(element.textContent);
    },
    { source: words.source, flags: words.flags, wanted: selector },
  );
}
