import { useQuery } from "@tanstack/react-query";
import { useLocation } from "@tanstack/react-router";
import { useEffect } from "react";
import { api } from "../api/client";
import { useLive } from "../app/live";
import { span, useNow } from "./ago";
import styles from "./parts.module.css";

const kBannerAfterS = 60;

// Stale must be visible: a frozen green page is the worst one.
export function ConnectionState() {
  const { connection } = useLive();
  const seconds = useStaleSeconds();
  useEffect(() => {
    document.documentElement.dataset.stale = String(connection === "reconnecting");
  }, [connection]);
  if (useIsStranger()) return null;
  return (
    <span className={connection === "live" ? styles.live : styles.stale}>
      <span aria-hidden="true">{connection === "live" ? "●" : "○"}</span>{" "}
      <span role="status">{{ connecting: "Connecting…", live: "Live", reconnecting: "Reconnecting…" }[connection]}</span>
      {connection === "reconnecting" && <span className={styles.age}> data from {span(seconds)} ago</span>}
    </span>
  );
}

// Who is not signed in sees nothing that could be old.
function useIsStranger(): boolean {
  return useLocation().pathname === "/sign-in";
}

function useStaleSeconds(): number {
  const { changed_at } = useLive();
  return Math.max(0, Math.round((useNow() - changed_at) / 1000));
}

// After a minute people want to know why.
export function StaleBanner() {
  const { connection } = useLive();
  const seconds = useStaleSeconds();
  if (useIsStranger() || connection === "live" || seconds < kBannerAfterS) return null;
  return <Cause seconds={seconds} />;
}

function Cause({ seconds }: { seconds: number }) {
  const { data } = useQuery({ queryKey: ["cause"], queryFn: cause, refetchInterval: 5000, retry: false });
  return (
    <p className={styles.banner} role="alert">
      <strong>What you see is {span(seconds)} old.</strong> {data ?? "Looking for the cause…"} It goes on by itself as soon as it can.
    </p>
  );
}

async function cause(): Promise<string> {
  try {
    const { response } = await api.GET("/api/v1/health");
    if (response.ok) return "The server answers, but the stream of events is cut: a proxy in between may be closing it.";
    return `The server answers with HTTP ${response.status}.`;
  } catch {
    return navigator.onLine ? "The server does not answer: is selfheal running?" : "This computer is offline.";
  }
}
