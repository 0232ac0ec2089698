// Whether web/src/api/schema.d.ts, which the pages are checked against, says what the server says.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const kWeb = fileURLToPath(new URL("../../web/", import.meta.url));

export default async function schema(world) {
  const directory = await mkdtemp(join(tmpdir(), "selfheal-schema-"));
  try {
    await writeFile(join(directory, "openapi.json"), JSON.stringify(await world.stage.get("/openapi.json")));
    const generate = [join(kWeb, "node_modules/openapi-typescript/bin/cli.js"), join(directory, "openapi.json"), "-o", join(directory, "schema.d.ts")];
    await promisify(execFile)(process.execPath, generate, { cwd: kWeb, timeout: 60_000 });
    const fresh = await readFile(join(directory, "schema.d.ts"), "utf8");
    const committed = await readFile(join(kWeb, "src/api/schema.d.ts"), "utf8");
    world.check(fresh === committed, `web/src/api/schema.d.ts is not what the server says, from line ${first_difference(fresh, committed)} on:\
 openapi-typescript http://…/api/v1/openapi.json -o web/src/api/schema.d.ts makes it again`);
    world.figure("lines of schema.d.ts", committed.split("\n").length, "as the server says");
  } finally {
    await rm(directory, { recursive: true });
  }
}

function first_difference(one, other) {
  const lines = other.split("\n");
  return one.split("\n").findIndex((line, at) => line !== lines[at]) + 1;
}
