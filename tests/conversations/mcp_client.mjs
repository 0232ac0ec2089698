// What a client that somebody else wrote makes of our MCP server. Exits with 0 when all of it held.
//   node mcp_client.mjs http URL             the token is in SELFHEAL_TOKEN
//   node mcp_client.mjs stdio PROGRAM ARG…   the environment is passed on
import assert from "node:assert/strict";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ListResourcesResultSchema } from "@modelcontextprotocol/sdk/types.js";

const [kind, ...where] = process.argv.slice(2);
const transport =
  kind === "http"
    ? new StreamableHTTPClientTransport(new URL(where[0]), {
        requestInit: { headers: { Authorization: `Bearer ${process.env.SELFHEAL_TOKEN}` } },
      })
    : new StdioClientTransport({ command: where[0], args: where.slice(1), env: { ...process.env } });
const client = new Client({ name: "conversation test", version: "1" });
await client.connect(transport);

assert.equal(client.getServerVersion().name, "selfheal");
assert.match(client.getInstructions(), /propose_fix/);
await client.ping();

const { tools, nextCursor } = await client.listTools();
assert.equal(nextCursor, undefined);
const byName = new Map(tools.map((tool) => [tool.name, tool]));
for (const name of ["get_blocking_tree", "get_evidence", "get_incident", "health_check", "list_databases",
                    "list_incidents", "propose_fix", "run_readonly_sql", "search_similar"]) {
  assert.ok(byName.has(name), name);
}
for (const tool of tools) {
  assert.equal(tool.annotations.destructiveHint, false, tool.name);
  assert.equal(tool.annotations.openWorldHint, false, tool.name);
  assert.equal(tool.annotations.readOnlyHint, tool.name !== "propose_fix", tool.name);
}

const call = (name, args = {}) => client.callTool({ name, arguments: args });
const found = async (name, args) => {
  const result = await call(name, args);
  assert.notEqual(result.isError, true, `${name}: ${JSON.stringify(result.content)}`);
  assert.deepEqual(JSON.parse(result.content[0].text), result.structuredContent);
  return result.structuredContent;
};
assert.match(JSON.stringify(await found("list_databases")), /shop/);
const counted = await found("run_readonly_sql", { sql: "SELECT count(*) AS orders FROM orders" });
assert.match(JSON.stringify(counted.value), /"120"|\b120\b/);
assert.equal(counted.evidence.length, 1);
assert.match(counted.evidence[0], /^Q\d+$/);
await found("health_check");
await found("get_blocking_tree");
await found("list_incidents");
await found("lookup_schema", { table: "orders" });
await found("look_up_error", { sqlstate: "40P01" });
await found("show_statistics", { subject: "table_sizes" });
await found("explain", { sql: "SELECT * FROM orders" });

for (const sql of ["DROP TABLE orders", "SELECT pg_sleep(1)", "SELECT 1; DELETE FROM orders", "SELECT * FROM nowhere"]) {
  const refused = await call("run_readonly_sql", { sql });
  assert.equal(refused.isError, true, sql);
}
const code = (wanted) => (error) => error.code === wanted;
await assert.rejects(call("apply_fix", { incident: "SH-1" }), code(-32602));
await assert.rejects(call("run_readonly_sql", { statement: "SELECT 1" }), code(-32602));
await assert.rejects(client.request({ method: "resources/list" }, ListResourcesResultSchema), code(-32601));

const several = await Promise.all(
  Array.from({ length: 6 }, (_, i) => call("run_readonly_sql", { sql: `SELECT ${i} AS n` })));
several.forEach((result, i) => {
  // The role that asks has two sessions; one that finds none says so and breaks nothing.
  if (!result.isError) assert.match(JSON.stringify(result.structuredContent.value), new RegExp(`"${i}"|\\b${i}\\b`));
});
await client.close();
console.log(`${kind}: ${tools.length} tools`);
