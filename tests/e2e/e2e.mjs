// Shows the real pages of the real server, beside a real PostgreSQL, to a browser, and says what was missed.
//
//   run [full] [figure…]      all figures without a name; `full` holds the pages to what is claimed, on a quiet machine
//
// Figures go to standard output in Markdown, progress to standard error, pictures to $SELFHEAL_SCREENSHOTS
// (build/screenshots without it). Ends with 1 when something was missed.
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { openBrowser, Visitor } from "./browser.mjs";
import { kPoison } from "./poison.mjs";
import { Stage } from "./stage.mjs";
import { make_tables } from "./trouble.mjs";

// In this order: each finds what those before it left. `schema` is a test of its own, and runs when it is named.
const kFigures = ["first_look", "one_minute", "keyboard", "pages", "poison", "refusals", "live", "budgets"];

const say = (text) => process.stderr.write(text + "\n");

class World {
  stage = new Stage();
  missed = [];
  lines = [];
  taken = [];
  began = Date.now();
  pictures = process.env.SELFHEAL_SCREENSHOTS ?? fileURLToPath(new URL("../../build/screenshots", import.meta.url));

  constructor(full) {
    this.full = full;
    mkdirSync(this.pictures, { recursive: true });
  }

  // Whether what must hold does; `sentence` says what was missed when not.
  check(holds, sentence) {
    if (holds) return;
    this.missed.push(sentence);
    say(`MISSED: ${sentence}`);
  }

  // Something that must not happen did not.
  none(list, what) {
    this.check(list.length === 0, `${what}: ${list.length}, such as ${list.slice(0, 3).join(" | ")}`);
  }

  // A line of the table of figures.
  figure(what, measured, target) {
    this.lines.push(`| ${what} | ${measured} | ${target} |`);
    say(`  ${what}: ${measured} (${target})`);
  }

  async arrive(options) {
    return Visitor.arrive(this, options);
  }

  async picture(page, name, fullPage = true) {
    await page.screenshot({ path: `${this.pictures}/${name}.png`, fullPage, animations: "disabled" });
    this.taken.push(`${name}.png`);
  }
}

async function main(words) {
  const full = words[0] === "full";
  const names = words.slice(full ? 1 : 0);
  const unknown = names.find((name) => name !== "schema" && !kFigures.includes(name));
  if (unknown) throw new Error(`no such figure: ${unknown}; there are: ${kFigures.join(", ")}`);
  const world = new World(full);
  try {
    world.browser = await openBrowser();
    await world.stage.do("poisoned_model", kPoison);
    await world.stage.start();
    await make_tables(world);
    for (const name of names.length > 0 ? names : kFigures) await show(world, name);
  } finally {
    await world.browser?.close();
    await world.stage.end();
  }
  process.stdout.write(`| what | measured | target |\n| --- | --- | --- |\n${world.lines.join("\n")}\n`);
  say(`pictures in ${world.pictures}:\n  ${world.taken.sort().join("\n  ")}`);
  say(world.missed.length === 0 ? "nothing was missed" : `${world.missed.length} MISSED:\n  ${world.missed.join("\n  ")}`);
  return world.missed.length === 0 ? 0 : 1;
}

async function show(world, name) {
  const began = Date.now();
  say(`${name}:`);
  const { default: figure } = await import(`./${name}.mjs`);
  try {
    await figure(world);
  } catch (error) {
    world.check(false, `${name}: ${error.stack ?? error}`);
    await leave_pictures(world, name);
  }
  say(`  (${((Date.now() - began) / 1000).toFixed(1)} s)`);
}

// What a figure that broke off was looking at.
async function leave_pictures(world, name) {
  const pages = world.browser.contexts().flatMap((context) => context.pages());
  for (const [number, page] of pages.entries()) await world.picture(page, `failed-${name}-${number + 1}`).catch(() => {});
  for (const context of world.browser.contexts()) await context.close();
}

process.exitCode = await main(process.argv.slice(2));
