// The story of one_minute by somebody who has no mouse.
import { settled } from "./browser.mjs";
import { cause_lock, end_lock, lock_incident } from "./trouble.mjs";

const kKeysMost = 60; // Tab from one end of a page to the other
const kWaitMs = 20_000;

export default async function keyboard(world) {
  const person = await world.arrive();
  const page = await person.sign_in();
  await cause_lock(world);
  await page.locator("main li").filter({ hasText: "LOCK_CONTENTION" }).first().waitFor({ timeout: kWaitMs });

  await page.keyboard.press("g");
  await page.keyboard.press("i");
  await page.waitForURL("**/incidents");
  await settled(page);
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/incidents/SH-*");
  await settled(page);
  const { id } = await lock_incident(world);
  world.check(page.url().endsWith(`/${id}`), `j and Enter opened ${page.url()}, the newest incident is ${id}`);

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
  await page.keyboard.press("g");
  await page.keyboard.press("d");
  await page.waitForURL(`${world.stage.url}/`);
  world.figure("the same story by keyboard alone", "healed", "healed");
  await end_lock(world);
  await person.leave();
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
