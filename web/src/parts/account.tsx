import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { answered, api, type Schemas } from "../api/client";
import styles from "./account.module.css";
import { Button } from "./button";
import { Icon } from "./icon";

const kMay: Record<string, string> = {
  viewer: "sees what was found and asks about it",
  developer: "also decides about incidents and runs SQL",
  admin: "may do everything",
};

// Who is signed in and as what, and the way out.
export function Account({ session }: { session: Schemas["Session"] }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const menu = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const close = (event: Event) => {
      if (event instanceof KeyboardEvent && event.key !== "Escape") return;
      if (event instanceof PointerEvent && menu.current?.contains(event.target as Node)) return;
      if (!menu.current?.open) return;
      menu.current.open = false;
      if (event instanceof KeyboardEvent) menu.current.querySelector("summary")?.focus();
    };
    addEventListener("keydown", close);
    addEventListener("pointerdown", close);
    return () => {
      removeEventListener("keydown", close);
      removeEventListener("pointerdown", close);
    };
  }, []);
  const signOut = async () => {
    await answered(api.DELETE("/api/v1/session"));
    client.clear();
    await navigate({ to: "/sign-in" });
  };
  return (
    <details className={styles.account} ref={menu}>
      <summary aria-label={`Account of ${session.name}, ${session.role}`}>
        <Icon name="person" /> <span className={styles.name}>{session.name}</span>
      </summary>
      <div className={styles.menu}>
        <p>
          <strong>{session.name}</strong>
        </p>
        <p className={styles.role}>
          {session.role}: {kMay[session.role] ?? "reports errors"}
        </p>
        {session.permissions.includes("administer") && (
          <Link to="/settings/users" onClick={() => menu.current && (menu.current.open = false)}>
            People
          </Link>
        )}
        <Button onClick={() => void signOut()}>Sign out</Button>
      </div>
    </details>
  );
}
