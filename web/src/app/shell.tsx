import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useLocation, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState } from "react";
import { isProblem } from "../api/client";
import { kOpenStates, queries } from "../api/queries";
import { Account } from "../parts/account";
import { Icon } from "../parts/icon";
import { ConnectionState, StaleBanner } from "../parts/connection_state";
import { useOpenCount } from "../parts/title";
import { copyLink, Toasts } from "../parts/toast";
import { PauseButton, PausedBanner } from "./kill_switch";
import { kPages, kSettings, type PageEntry } from "./pages";
import { useKeyboard, useShortcuts } from "./shortcuts";
import { choose, isDark, useTheme } from "./theme";
import styles from "./shell.module.css";

const HelpDialog = lazy(() => import("./help"));
const Palette = lazy(() => import("./palette"));

export function Shell() {
  const [dialog, setDialog] = useState<"help" | "palette">();
  useShellShortcuts(setDialog);
  const close = () => setDialog(undefined);
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
        <button type="button" className={styles.find} aria-label="Search or run… Ctrl K" onClick={() => setDialog("palette")}>
          <Icon name="find" /> <span>Search or run…</span> <span aria-hidden="true">Ctrl K</span>
        </button>
        <ConnectionState />
        <PauseButton />
        <Person />
        <ThemeButton />
        <button type="button" className={`${styles.round} ${styles.wide_only}`} aria-label="Keyboard shortcuts" onClick={() => setDialog("help")}>
          ?
        </button>
      </header>
      <div className={styles.banners}>
        <StaleBanner />
        <PausedBanner />
      </div>
      <PageMenu />
      <main id="content" className={styles.content} tabIndex={-1}>
        <SettingsMenu />
        <Outlet />
      </main>
      <Toasts />
      <Suspense>
        {dialog === "help" && <HelpDialog close={close} />}
        {dialog === "palette" && <Palette close={close} showHelp={() => setDialog("help")} />}
      </Suspense>
    </div>
  );
}

function useShellShortcuts(show: (dialog: "help" | "palette") => void) {
  const navigate = useNavigate();
  const go = Object.fromEntries(kPages.map(({ to }) => [`go ${to}`, () => void navigate({ to })]));
  useKeyboard();
  useShortcuts({
    ...go,
    palette: () => show("palette"),
    help: () => show("help"),
    theme: () => choose(isDark() ? "light" : "dark"),
    copy_link: () => copyLink(location.href),
  });
}

function PageMenu() {
  const [more, setMore] = useState(false);
  const { pathname } = useLocation();
  useEffect(() => setMore(false), [pathname]);
  const { data } = useQuery({ ...queries.readiness(), enabled: pathname !== "/sign-in" });
  const open = kOpenStates.reduce((sum, state) => sum + (data?.incidents[state] ?? 0), 0);
  useOpenCount(open);
  return (
    <nav className={styles.side} aria-label="Pages" data-more={more}>
      {kPages.map((page: PageEntry) => {
        const settings = page.to.startsWith("/settings");
        return (
          <Link
            key={page.to}
            to={page.to}
            className={`${styles.page} ${page.phone ? "" : styles.behind_more}`}
            activeOptions={{ exact: page.to === "/" }}
            aria-current={settings && pathname.startsWith("/settings") ? "page" : undefined}
          >
            <Icon name={page.icon} /> {page.name}
            {page.to === "/incidents" && open > 0 && (
              <span className={styles.count} data-live>
                {open}
                <span className="visually-hidden"> open</span>
              </span>
            )}
          </Link>
        );
      })}
      <button type="button" className={`${styles.page} ${styles.more}`} aria-expanded={more} onClick={() => setMore(!more)}>
        <Icon name="more" /> More
      </button>
    </nav>
  );
}

function SettingsMenu() {
  const { pathname } = useLocation();
  if (!pathname.startsWith("/settings")) return null;
  return (
    <nav className={styles.settings} aria-label="Settings">
      {kSettings.map((page) => (
        <Link key={page.to} to={page.to}>
          {page.name}
        </Link>
      ))}
    </nav>
  );
}

// Who is signed in; who is not is led to where that is done, and back.
function Person() {
  const session = useQuery(queries.session());
  const navigate = useNavigate();
  const { pathname, href } = useLocation();
  const stranger = isProblem(session.error) && session.error.status === 401;
  useEffect(() => {
    if (stranger && pathname !== "/sign-in") void navigate({ to: "/sign-in", search: { next: href }, replace: true });
  }, [stranger, pathname, href, navigate]);
  if (!session.data) return null;
  return <Account session={session.data} />;
}

function ThemeButton() {
  useTheme();
  const dark = isDark();
  return (
    <button
      type="button"
      className={`${styles.round} ${styles.wide_only}`}
      aria-label={dark ? "Use light colours" : "Use dark colours"}
      onClick={() => choose(dark ? "light" : "dark")}
    >
      <Icon name={dark ? "sun" : "moon"} />
    </button>
  );
}
