import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { searchOf } from "../api/search";
import { DashboardPage } from "../pages/dashboard/page";
import { NotFoundPage } from "../pages/not_found";
import { Shell } from "./shell";

const root = createRootRouteWithContext<{ queries: QueryClient }>()({ component: Shell, notFoundComponent: NotFoundPage });

// Filters, like every state of a page, stand in its address.
function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

const dashboard = createRoute({ getParentRoute: () => root, path: "/", validateSearch: searchOf, component: DashboardPage });
const incidents = createRoute({
  getParentRoute: () => root,
  path: "/incidents",
  validateSearch: searchOf,
  component: lazyRouteComponent(() => import("../pages/incidents"), "IncidentsPage"),
});
const incident = createRoute({
  getParentRoute: () => root,
  path: "/incidents/$id",
  component: lazyRouteComponent(() => import("../pages/incident/page"), "IncidentPage"),
});

// Short, for messages: "/i/SH-12".
const short = createRoute({
  getParentRoute: () => root,
  path: "/i/$id",
  beforeLoad: ({ params }) => {
    throw redirect({ to: "/incidents/$id", params, replace: true });
  },
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
  component: lazyRouteComponent(() => import("../pages/health/page"), "HealthPage"),
});
// A server's name may hold slashes.
const databaseHealth = createRoute({
  getParentRoute: () => root,
  path: "/health/$",
  validateSearch: (search: Record<string, unknown>): { range?: string; schema?: string; table?: string } => ({
    range: text(search.range),
    schema: text(search.schema),
    table: text(search.table),
  }),
  component: lazyRouteComponent(() => import("../pages/health/database"), "DatabaseHealthPage"),
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
const notifications = createRoute({
  getParentRoute: () => root,
  path: "/settings/notifications",
  component: lazyRouteComponent(() => import("../pages/settings/notifications"), "NotificationsPage"),
});
const users = createRoute({
  getParentRoute: () => root,
  path: "/settings/users",
  component: lazyRouteComponent(() => import("../pages/settings/users"), "UsersPage"),
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

const setup = createRoute({
  getParentRoute: () => root,
  path: "/setup",
  component: lazyRouteComponent(() => import("../pages/setup/page"), "SetupPage"),
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
      databaseHealth,
      databases,
      employees,
      health,
      incident,
      incidents,
      notifications,
      policies,
      setup,
      short,
      signIn,
      sql,
      users,
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
