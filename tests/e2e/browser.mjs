// Debian's Chromium, and what is noted while it shows our pages.
import { existsSync, readFileSync } from "node:fs";
import { chromium } from "playwright-core";
import { until } from "./stage.mjs";

const kShownMs = 15_000; // a first page under sanitizers on a busy machine

export function openBrowser() {
  return chromium.launch({
    executablePath: ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find(existsSync),
    // Chromium's sandbox does not work for root. No name is looked up: what would leave this machine fails, and is noted.
    args: [...(process.getuid() === 0 ? ["--no-sandbox"] : []), "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
  });
}

// One person's browser: its tabs share cookies and storage.
export class Visitor {
  // Texts; each is something that must not happen.
  off_origin = [];
  violations = [];
  planted = []; // scripts of an attacker that ran: each calls planted()
  thrown = [];

  static async arrive(world, options = {}) {
    const visitor = new Visitor();
    visitor.world = world;
    visitor.context = await world.browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    visitor.context.setDefaultTimeout(kShownMs);
    visitor.context.on("request", (request) => {
      const { origin, protocol } = new URL(request.url());
      if (origin !== world.stage.url && protocol !== "blob:") visitor.off_origin.push(request.url());
    });
    visitor.context.on("weberror", (event) => visitor.thrown.push(event.error().message));
    await visitor.context.exposeFunction("note_violation", (text) => void visitor.violations.push(text));
    await visitor.context.exposeFunction("planted", () => void visitor.planted.push("planted()"));
    await visitor.context.addInitScript(() => {
      const note = (kind, { effectiveDirective, blockedURI, blockedURL, sample }) =>
        globalThis.note_violation(`${location.pathname}: ${kind}: ${effectiveDirective} ${blockedURI ?? blockedURL} ${sample}`);
      addEventListener("securitypolicyviolation", (event) => note("event", event));
      new ReportingObserver((reports) => reports.forEach(({ body }) => note("report", body)), { types: ["csp-violation"] }).observe();
    });
    return visitor;
  }

  // In by a link that works once, as `selfheal sign-in` prints it.
  async sign_in(token) {
    const page = await this.tab();
    await page.goto(`${this.world.stage.url}/sign-in#${token ?? (await this.world.stage.do("invitation"))}`);
    await page.waitForURL(`${this.world.stage.url}/`);
    await settled(page);
    return page;
  }

  async tab() {
    const page = await this.context.newPage();
    page.on("console", (message) => {
      if (/Content Security Policy|TrustedScript|TrustedHTML/.test(message.text())) this.violations.push(`console: ${message.text()}`);
    });
    return page;
  }

  async open(path, page) {
    page ??= await this.tab();
    await page.goto(this.world.stage.url + path);
    await settled(page);
    return page;
  }

  leave() {
    return this.context.close();
  }
}

// The page shows what it has: a heading, and nothing that is still being fetched.
export async function settled(page) {
  await page.locator("main :is(h1, h2)").first().waitFor({ state: "attached" });
  await until(`${page.url()} has everything`, kShownMs, async () => (await page.locator('[aria-busy="true"]').count()) === 0);
}

export const kRules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const kAxe = readFileSync(new URL("node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

// What axe finds, as "rule: element". In a world of its own: the page's policy lets no script in.
export async function axe(page) {
  const session = await page.context().newCDPSession(page);
  try {
    const { frameTree } = await session.send("Page.getFrameTree");
    const { executionContextId } = await session.send("Page.createIsolatedWorld", { frameId: frameTree.frame.id });
    const run = async (expression) => {
      const { result, exceptionDetails } = await session.send("Runtime.evaluate", {
        expression, contextId: executionContextId, awaitPromise: true, returnByValue: true,
      });
      if (exceptionDetails) throw new Error(`axe: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
      return result.value;
    };
    await run(`${kAxe}; 0`);
    return await run(`axe.run(document, {runOnly: {type: "tag", values: ${JSON.stringify(kRules)}}, resultTypes: ["violations"]})
      .then(({violations}) => violations.flatMap(({id, nodes}) => nodes.map(({target}) => id + ": " + target.join(" "))))`);
  } finally {
    await session.detach();
  }
}
