import { useLive } from "../app/live";
import { useNow } from "./ago";
import styles from "./parts.module.css";

// Stale must be visible: a frozen green page is the worst one.
export function ConnectionState() {
  const { connection, changed_at } = useLive();
  const now = useNow();
  const seconds = Math.max(0, Math.round((now - changed_at) / 1000));
  const words = {
    connecting: "Connecting…",
    live: "Live",
    reconnecting: `Reconnecting… data from ${seconds} s ago`,
  }[connection];
  return (
    <span role="status" className={connection === "live" ? styles.live : styles.stale}>
      <span aria-hidden="true">{connection === "live" ? "●" : "○"}</span> {words}
    </span>
  );
}
