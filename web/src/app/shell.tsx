import { Link, Outlet } from "@tanstack/react-router";
import { Icon, type IconName } from "../parts/icon";
import { ConnectionState } from "../parts/connection_state";
import { choose, isDark, useTheme } from "./theme";
import styles from "./shell.module.css";

const kPages = [
  { to: "/", name: "Dashboard", icon: "dashboard" },
  { to: "/incidents", name: "Incidents", icon: "incidents" },
  { to: "/chat", name: "Ask", icon: "ask" },
  { to: "/sql", name: "SQL", icon: "sql" },
  { to: "/health", name: "Health", icon: "health" },
  { to: "/audit", name: "Audit", icon: "audit" },
  { to: "/settings/databases", name: "Databases", icon: "settings" },
  { to: "/settings/policies", name: "Policies", icon: "policies" },
] as const satisfies { to: string; name: string; icon: IconName }[];

export function Shell() {
  return (
    <div className={styles.frame}>
      <a className={styles.skip} href="#content">
        Skip to content
      </a>
      <header className={styles.top}>
        <Link to="/" className={styles.brand}>
          <Icon name="pulse" /> selfheal
        </Link>
        <span className={styles.spring} />
        <ConnectionState />
        <ThemeButton />
      </header>
      <nav className={styles.side} aria-label="Pages">
        {kPages.map((page) => (
          <Link key={page.to} to={page.to} className={styles.page} activeOptions={{ exact: page.to === "/" }}>
            <Icon name={page.icon} /> {page.name}
          </Link>
        ))}
      </nav>
      <main id="content" className={styles.content} tabIndex={-1}>
        <Outlet />
      </main>
    </div>
  );
}

function ThemeButton() {
  useTheme();
  const dark = isDark();
  return (
    <button
      type="button"
      className={styles.round}
      aria-label={dark ? "Use light colours" : "Use dark colours"}
      onClick={() => choose(dark ? "light" : "dark")}
    >
      <Icon name={dark ? "sun" : "moon"} />
    </button>
  );
}
