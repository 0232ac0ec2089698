// A server that has nothing to tell yet, and one that cannot tell: every page says so.
import { address, file_name, kForStrangers, kRoutes } from "./routes.mjs";

const kBroken = {
  status: 500,
  contentType: "application/problem+json",
  body: JSON.stringify({
    type: "/problems/store-unavailable", title: "The store does not answer", status: 500,
    detail: "It is tried again every second.", request_id: "01J0000000000000000000TEST",
  }),
};

const kShown = kRoutes.filter((route) => route !== kForStrangers);

export default async function first_look(world) {
  const person = await world.arrive();
  const page = await person.sign_in();
  for (const route of kShown.filter((each) => !each.includes("$"))) {
    await person.open(route, page);
    await world.picture(page, `empty-${file_name(route)}-1280-light`);
  }
  await person.context.route(/\/api\/v1\/(?!session|events)/, (call) => call.fulfill(kBroken));
  // Each tab waits for its own second attempts.
  await Promise.all(kShown.map((route) => broken(world, person, route)));
  world.none(person.violations, "violations of the content security policy on empty and broken pages");
  world.none(person.thrown, "exceptions on empty and broken pages");
  await person.leave();
}

async function broken(world, person, route) {
  const page = await person.open(address(route, { id: "SH-1" }));
  await world.picture(page, `error-${file_name(route)}-1280-light`);
  await page.close();
}
