import styles from "./parts.module.css";

const kMac = /Mac|iPhone|iPad/.test(navigator.platform);
const kNames: Record<string, string> = { Ctrl: kMac ? "⌘" : "Ctrl", Escape: "Esc", k: "k" };

// Keys as they are pressed: "g d" one after the other, "Ctrl k" together.
export function Keys({ keys }: { keys: string }) {
  const pressed = keys.split(" ");
  const together = pressed[0] === "Ctrl";
  return (
    <span className={styles.keys}>
      {pressed.map((key, at) => (
        <span key={at}>
          {at > 0 && <span className="visually-hidden">{together ? " and " : " then "}</span>}
          <kbd>{kNames[key] ?? key}</kbd>
        </span>
      ))}
    </span>
  );
}
