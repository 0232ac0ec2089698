// Every page. A test compares this list with the router's, so that no page is forgotten.
import { readFileSync } from "node:fs";

// `$id` stands for an incident, `$` for a watched server.
export const kRoutes = [
  "/",
  "/audit",
  "/chat",
  "/employees",
  "/health",
  "/health/$",
  "/i/$id",
  "/incidents",
  "/incidents/$id",
  "/settings/appearance",
  "/settings/databases",
  "/settings/notifications",
  "/settings/policies",
  "/settings/users",
  "/setup",
  "/sign-in",
  "/sql",
];
export const kForStrangers = "/sign-in"; // who is signed in is led on
export const kNowhere = "/no/such/page"; // what is shown where there is nothing

export function routes_of_the_router() {
  const source = readFileSync(new URL("../../web/src/app/router.tsx", import.meta.url), "utf8");
  return [...source.matchAll(/\bpath: "([^"]+)"/g)].map(([, path]) => path).sort();
}

export function address(route, { id }) {
  return route.replace("$id", id).replace("$", "shop");
}

export function file_name(route) {
  return route.slice(1).replaceAll("/", "-").replaceAll("$", "") || "dashboard";
}
