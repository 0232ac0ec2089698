import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, Outlet, useLocation, useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";
import { answered, api, isProblem } from "../api/client";
import { queries } from "../api/queries";
import { Button } from "../parts/button";
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
        <Person />
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

// Who is signed in; who is not is led to where that is done, and back.
function Person() {
  const session = useQuery(queries.session());
  const client = useQueryClient();
  const navigate = useNavigate();
  const { pathname, href } = useLocation();
  const stranger = isProblem(session.error) && session.error.status === 401;
  useEffect(() => {
    if (stranger && pathname !== "/sign-in") void navigate({ to: "/sign-in", search: { next: href }, replace: true });
  }, [stranger, pathname, href, navigate]);
  if (!session.data) return null;
  const signOut = async () => {
    await answered(api.DELETE("/api/v1/session"));
    client.clear();
    await navigate({ to: "/sign-in" });
  };
  return (
    <>
      <span className={styles.person} title={`role ${session.data.role}`}>
        {session.data.name}
      </span>
      <Button onClick={() => void signOut()}>Sign out</Button>
    </>
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
