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

const chat = createRoute({
  getParentRoute: () => root,
  path: "/chat",
  validateSearch: (search: Record<string, unknown>): { chat?: string; incident?: string } => ({
    chat: text(search.chat),
    incident: text(search.incident),
  }),
  component: lazyRouteComponent(() => import("../pages/chat/page"), "ChatPage"),
});
const sql = createRoute({
  getParentRoute: () => root,
  path: "/sql",
  validateSearch: (search: Record<string, unknown>): { sql?: string } => ({ sql: text(search.sql) }),
  component: lazyRouteComponent(() => import("../pages/sql/page"), "SqlPage"),
});
const health = createRoute({
  getParentRoute: () => root,
  path: "/health",
  component: lazyRouteComponent(() => import("../pages/health"), "HealthPage"),
});
const audit = createRoute({
  getParentRoute: () => root,
  path: "/audit",
  component: lazyRouteComponent(() => import("../pages/audit"), "AuditPage"),
});
const databases = createRoute({
  getParentRoute: () => root,
  path: "/settings/databases",
  component: lazyRouteComponent(() => import("../pages/settings/databases"), "DatabasesPage"),
});
const appearance = createRoute({
  getParentRoute: () => root,
  path: "/settings/appearance",
  component: lazyRouteComponent(() => import("../pages/settings/appearance"), "AppearancePage"),
});
const policies = createRoute({
  getParentRoute: () => root,
  path: "/settings/policies",
  component: lazyRouteComponent(() => import("../pages/settings/policies"), "PoliciesPage"),
});

const employees = createRoute({
  getParentRoute: () => root,
  path: "/employees",
  component: lazyRouteComponent(() => import("../pages/employees/page"), "EmployeesPage"),
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: (search: Record<string, unknown>): { next?: string } => ({ next: text(search.next) }),
  component: lazyRouteComponent(() => import("../pages/sign_in"), "SignInPage"),
});

export function makeRouter(queries: QueryClient) {
  return createRouter({
    routeTree: root.addChildren([
      appearance,
      audit,
      chat,
      dashboard,
      databases,
      employees,
      health,
      incident,
      incidents,
      policies,
      signIn,
      sql,
    ]),
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
