// Every page in both themes, on a screen and on a phone: what axe says, what the security policy says, how wide it is,
// and a picture of each.
import { axe, settled } from "./browser.mjs";
import { address, file_name, kForStrangers, kNowhere, kRoutes, routes_of_the_router } from "./routes.mjs";
import { lock_incident, report } from "./trouble.mjs";

const kThemes = ["light", "dark"];
const kScreens = [{ width: 1280, height: 900 }, { width: 390, height: 844 }];
const kNarrow = { width: 320, height: 640 };

export default async function pages(world) {
  const router = routes_of_the_router();
  world.check(String(router) === String(kRoutes), `routes.mjs lists ${kRoutes}, the router ${router}`);
  const person = await world.arrive();
  const stranger = await world.arrive();
  const mine = await person.sign_in();
  const theirs = await stranger.tab();
  const { id } = await lock_incident(world);
  await report(world, { message: 'column "emial" does not exist', sqlstate: "42703", statement: "SELECT emial FROM orders" });
  await report(world, { message: "canceling statement due to statement timeout", sqlstate: "57014", statement: "SELECT 1" });
  const found = [], wide = [];
  let looks = 0;
  for (const route of [...kRoutes, kNowhere]) {
    const page = route === kForStrangers ? theirs : mine;
    await person.open(address(route, { id }), page);
    for (const screen of kScreens)
      for (const theme of kThemes) {
        await look(page, screen, theme);
        found.push(...(await axe(page)).map((each) => `${route} ${screen.width} ${theme} ${each}`));
        await world.picture(page, `${file_name(route)}-${screen.width}-${theme}`);
        ++looks;
      }
    const width = await width_when_narrow(page);
    if (width > kNarrow.width) wide.push(`${route} is ${width} px wide: ${await widest(page)}`);
  }
  const faults = await with_planted_faults(mine);
  world.figure(`axe: violations on ${kRoutes.length + 1} pages × light, dark × 1280, 390 px (${looks} looks)`, found.length, "0");
  world.figure("axe: planted faults found (control)", `${faults.length} of 3`, "3 of 3");
  world.check((await width_when_narrow(mine)) === 500, "something of 500 px is not seen at 320 px (control)");
  world.figure("pages that scroll sideways at 320 px", wide.length, "0");
  world.none(found, "axe");
  world.check(faults.length === 3, `axe finds of the planted faults only ${faults}`);
  world.none(wide, "wider than 320 px");
  world.figure("violations of the content security policy on these pages", person.violations.length, "0");
  for (const visitor of [person, stranger]) {
    world.none(visitor.violations, "violations of the content security policy");
    world.none(visitor.off_origin, "requests to elsewhere");
    world.none(visitor.thrown, "exceptions in pages");
    await visitor.leave();
  }
}

// As high as the page, so that the bar at a phone's bottom lies over nothing.
async function look(page, screen, theme) {
  await page.setViewportSize(screen);
  await page.emulateMedia({ colorScheme: theme });
  await settled(page);
  const height = await page.evaluate(() => document.scrollingElement.scrollHeight);
  await page.setViewportSize({ width: screen.width, height: Math.max(screen.height, height + 60) });
}

function widest(page) {
  return page.evaluate((most) => {
    const beyond = [...document.querySelectorAll("main *")].filter((each) => each.getBoundingClientRect().right > most).at(-1);
    return beyond ? `${beyond.localName}.${beyond.className} "${beyond.textContent.slice(0, 60)}"` : "nothing in main";
  }, kNarrow.width);
}

// Charts take their new width a moment after the window has it.
async function width_when_narrow(page) {
  await page.setViewportSize(kNarrow);
  const width = () => page.evaluate(() => document.scrollingElement.scrollWidth);
  for (const end = Date.now() + 1_000; Date.now() < end; ) if ((await width()) <= kNarrow.width) break;
  return width();
}

// Which of three planted faults axe finds, each by its rule.
async function with_planted_faults(page) {
  await page.evaluate(() => {
    const make = (name, fields, style) => {
      const element = Object.assign(document.createElement(name), fields);
      Object.assign(element.style, style);
      document.querySelector("main").append(element);
    };
    make("button", { type: "button" });
    make("p", { textContent: "hardly to be read" }, { color: "#777", background: "#888" });
    make("img", { src: "/favicon.svg" }, { position: "absolute", left: 0, width: "500px" });
  });
  const rules = (await axe(page)).map((each) => each.split(":")[0]);
  return ["button-name", "color-contrast", "image-alt"].filter((rule) => rules.includes(rule));
}
