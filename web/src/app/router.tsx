import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { DashboardPage } from "../pages/dashboard";
import { NotFoundPage } from "../pages/not_found";
import { Shell } from "./shell";

const root = createRootRouteWithContext<{ queries: QueryClient }>()({ component: Shell, notFoundComponent: NotFoundPage });

// Filters, like every state of a page, stand in its address.
export interface IncidentSearch {
  state?: string;
  category?: string;
  severity?: string;
  server?: string;
}
function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

const dashboard = createRoute({ getParentRoute: () => root, path: "/", component: DashboardPage });
const incidents = createRoute({
  getParentRoute: () => root,
  path: "/incidents",
  validateSearch: (search: Record<string, unknown>): IncidentSearch => ({
    state: text(search.state),
    category: text(search.category),
    severity: text(search.severity),
    server: text(search.server),
  }),
  component: lazyRouteComponent(() => import("../pages/incidents"), "IncidentsPage"),
});
const incident = createRoute({
  getParentRoute: () => root,
  path: "/incidents/$id",
  component: lazyRouteComponent(() => import("../pages/incident/page"), "IncidentPage"),
});

export function makeRouter(queries: QueryClient) {
  return createRouter({
    routeTree: root.addChildren([dashboard, incidents, incident]),
    context: { queries },
    defaultPreload: "intent",
    scrollRestoration: true,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
