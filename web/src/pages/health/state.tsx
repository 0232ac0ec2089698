// The words of a check's state. What could not be checked is never drawn as well.
import styles from "./health.module.css";

const kStates: Record<string, { glyph: string; word: string; style: string | undefined }> = {
  ok: { glyph: "✓", word: "ok", style: styles.ok },
  warn: { glyph: "◆", word: "warning", style: styles.warn },
  critical: { glyph: "▲", word: "critical", style: styles.critical },
  unknown: { glyph: "–", word: "not known", style: styles.unknown },
};
const kUnknown = kStates.unknown!;

export function StateGlyph({ state }: { state: string }) {
  const look = kStates[state] ?? kUnknown;
  return (
    <span className={`${styles.glyph} ${look.style}`}>
      <span aria-hidden="true">{look.glyph}</span>
      <span className="visually-hidden">{look.word}: </span>
    </span>
  );
}

export function stateWord(state: string): string {
  return (kStates[state] ?? kUnknown).word;
}

// critical, warn, unknown, ok
export function rank(state: string): number {
  return ["critical", "warn", "unknown", "ok"].indexOf(state);
}
