// Every page that has a place in the menus: the shell, the palette and the list of shortcuts read it.
import type { IconName } from "../parts/icon";

export interface PageEntry {
  to: string;
  name: string;
  icon: IconName;
  key?: string; // after "g": the shortcut that goes there
  phone?: true; // stands in the bar at the bottom of a small screen; the others are under "More"
}

export const kPages = [
  { to: "/", name: "Dashboard", icon: "dashboard", key: "d", phone: true },
  { to: "/incidents", name: "Incidents", icon: "incidents", key: "i", phone: true },
  { to: "/chat", name: "Ask", icon: "ask", key: "c", phone: true },
  { to: "/sql", name: "SQL", icon: "sql", key: "s" },
  { to: "/health", name: "Health", icon: "health", key: "h", phone: true },
  { to: "/audit", name: "Audit", icon: "audit", key: "a" },
  { to: "/employees", name: "Sample app", icon: "employees", key: "e" },
  { to: "/settings/databases", name: "Settings", icon: "settings", key: "t" },
] as const satisfies PageEntry[];

// Pages under /settings: a row of links above each of them.
export const kSettings = [
  { to: "/settings/databases", name: "Databases" },
  { to: "/settings/policies", name: "Policies" },
  { to: "/settings/notifications", name: "Notifications" },
  { to: "/settings/users", name: "People" },
  { to: "/settings/appearance", name: "Appearance" },
] as const satisfies { to: string; name: string }[];
