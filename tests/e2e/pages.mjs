// Every page in both themes, on a screen and on a phone: what axe says, what the security policy says, how wide it is,
// and a picture of each.
import { axe, settled } from "./browser.mjs";
import { address, file_name, kNowhere, kRoutes, routes_of_the_router } from "./routes.mjs";
import { lock_incident } from "./trouble.mjs";

const kThemes = ["light", "dark"];
const kScreens = [{ width: 1280, height: 900 }, { width: 390, height: 844 }];
const kNarrow = { width: 320, height: 640 };

export default async function pages(world) {
  const router = routes_of_the_router();
  world.check(String(router) === String(kRoutes), `routes.mjs lists ${kRoutes}, the router ${router}`);
  const person = await world.arrive();
  const page = await person.sign_in();
  const { id } = await lock_incident(world);
  const found = [], wide = [];
  let looks = 0;
  for (const route of [...kRoutes, kNowhere]) {
    await person.open(address(route, { id }), page);
    for (const screen of kScreens)
      for (const theme of kThemes) {
        await look(page, screen, theme);
        found.push(...(await axe(page)).map((each) => `${route} ${screen.width} ${theme} ${each}`));
        await world.picture(page, `${file_name(route)}-${screen.width}-${theme}`);
        ++looks;
      }
    await page.setViewportSize(kNarrow);
    const width = await page.evaluate(() => document.scrollingElement.scrollWidth);
    if (width > kNarrow.width) wide.push(`${route} is ${width} px wide`);
  }
  const faults = await with_planted_faults(page);
  world.figure(`axe: violations on ${kRoutes.length + 1} pages × light, dark × 1280, 390 px (${looks} looks)`, found.length, "0");
  world.figure("axe: planted faults found (control)", `${faults.length} of 3`, "3 of 3");
  world.figure("pages that scroll sideways at 320 px", wide.length, "0");
  world.none(found, "axe");
  world.check(faults.length === 3, `axe finds of the planted faults only ${faults}`);
  world.none(wide, "wider than 320 px");
  world.figure("violations of the content security policy on these pages", person.violations.length, "0");
  world.none(person.violations, "violations of the content security policy");
  world.none(person.off_origin, "requests to elsewhere");
  world.none(person.thrown, "exceptions in pages");
  await person.leave();
}

async function look(page, screen, theme) {
  await page.setViewportSize(screen);
  await page.emulateMedia({ colorScheme: theme });
  await settled(page);
}

// Which of three planted faults axe finds, each by its rule.
async function with_planted_faults(page) {
  await page.evaluate(() => {
    const make = (name, fields, style) => {
      const element = Object.assign(document.createElement(name), fields);
      Object.assign(element.style, style);
      document.querySelector("main").append(element);
    };
    make("img", { src: "/favicon.svg" });
    make("button", { type: "button" });
    make("p", { textContent: "hardly to be read" }, { color: "#777", background: "#888" });
  });
  const rules = (await axe(page)).map((each) => each.split(":")[0]);
  return ["button-name", "color-contrast", "image-alt"].filter((rule) => rules.includes(rule));
}
