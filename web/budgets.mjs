// What a browser must load, in compressed bytes: node budgets.mjs <directory of the built pages> | self-test
//
// A person on call opens the page on a phone: first load at most 180 KB of scripts and 15 KB of styles, and no part that
// comes later more than 130 KB.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const kFirstScripts = 180 * 1024;
const kStyles = 15 * 1024;
const kLaterScript = 130 * 1024;

// What is over its budget, in words. `files`: {name, bytes}, compressed.
export function overBudget(index, files) {
  const first = new Set(
    [...index.matchAll(/<(?:script|link)[^>]+(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map((match) => match[1]),
  );
  const scripts = files.filter(({ name }) => name.endsWith(".js"));
  const styles = files.filter(({ name }) => name.endsWith(".css"));
  const sum = (some) => some.reduce((total, { bytes }) => total + bytes, 0);
  const found = [];
  const check = (what, bytes, limit) => {
    if (bytes > limit) found.push(`${what}: ${(bytes / 1024).toFixed(1)} KB, at most ${limit / 1024} KB`);
  };
  if (first.size === 0) found.push("index.html names no script: nothing was measured");
  const firstScripts = sum(scripts.filter(({ name }) => first.has(name)));
  check("scripts of the first load", firstScripts, kFirstScripts);
  check("all styles", sum(styles), kStyles);
  for (const { name, bytes } of scripts) if (!first.has(name)) check(name, bytes, kLaterScript);
  return { found, firstScripts, styles: sum(styles) };
}

function selfTest() {
  const index = '<script type="module" src="/assets/a.js"></script><link rel="modulepreload" href="/assets/b.js">';
  const file = (name, kilobytes) => ({ name: `assets/${name}`, bytes: kilobytes * 1024 });
  const cases = [
    [[file("a.js", 100), file("b.js", 79), file("c.js", 129), file("d.css", 14)], 0],
    [[file("a.js", 100), file("b.js", 81)], 1],
    [[file("a.js", 1), file("c.js", 131)], 1],
    [[file("a.js", 1), file("d.css", 8), file("e.css", 8)], 1],
  ];
  const wrong = cases.filter(([files, count]) => overBudget(index, files).found.length !== count);
  if (overBudget("<html>", []).found.length !== 1) wrong.push("an index without scripts");
  if (wrong.length > 0) {
    console.error("budgets: does not find what is too large:", JSON.stringify(wrong));
    process.exit(1);
  }
}

const [directory] = process.argv.slice(2);
if (directory === "self-test") {
  selfTest();
} else {
  const names = readdirSync(join(directory, "assets")).filter((name) => /\.(js|css)$/.test(name));
  const files = names.map((name) => ({
    name: `assets/${name}`,
    bytes: gzipSync(readFileSync(join(directory, "assets", name)), { level: 9 }).length,
  }));
  const { found, firstScripts, styles } = overBudget(readFileSync(join(directory, "index.html"), "utf8"), files);
  console.log(`budgets: first load ${(firstScripts / 1024).toFixed(1)} KB of scripts, ${(styles / 1024).toFixed(1)} KB of styles`);
  for (const line of found) console.error(`budgets: ${line}`);
  process.exit(found.length > 0 ? 1 : 0);
}
