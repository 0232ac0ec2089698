// Troubles of an application: real sessions of a real server.
const kTables = `
CREATE TABLE orders (id bigint PRIMARY KEY, reference text NOT NULL);
INSERT INTO orders SELECT g, 'order ' || g FROM generate_series(1, 50) g;
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO app`;
const kUpdate = "UPDATE orders SET reference = reference WHERE id = 1";

export async function make_tables(world) {
  for (const statement of kTables.split(";")) await world.stage.do("sql", statement);
}

// One session forgets its transaction, another waits for its row. Both are named so that they can go on.
export async function cause_lock(world) {
  const said = await world.stage.do("session", "forgetful", `BEGIN; ${kUpdate}`);
  if (said.length > 0) throw new Error(`no lock could be taken: ${said}`);
  await world.stage.do("session", "waiting");
  await world.stage.do("send", "waiting", kUpdate);
}

export async function end_lock(world) {
  for (const name of ["forgetful", "waiting"]) await world.stage.do("end_session", name);
}

export function lock_incident(world) {
  return find_incident(world, ({ category }) => category === "LOCK_CONTENTION");
}

// The newest incident that is like that.
export async function find_incident(world, is_it) {
  const { items } = await world.stage.get("/incidents?limit=200");
  return items.find(is_it);
}

// A message of an application, as its driver would report it.
export async function report(world, fields) {
  const { status, body } = await world.stage.do("call", "POST", "/api/v1/errors", { server: "shop", database: "shop", ...fields });
  if (status >= 300) throw new Error(`a report was answered ${status}: ${JSON.stringify(body)}`);
  return body.results?.[0]?.incident;
}
