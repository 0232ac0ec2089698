// The product's words with their glyphs: nothing is told by colour alone.
import styles from "./parts.module.css";

const kSeverities = {
  high: { glyph: "▲", word: "High", style: styles.high },
  medium: { glyph: "◆", word: "Medium", style: styles.medium },
  low: { glyph: "●", word: "Low", style: styles.low },
} as const;

export function SeverityBadge({ severity }: { severity: string }) {
  const known = kSeverities[severity as keyof typeof kSeverities] ?? kSeverities.medium;
  return (
    <span className={`${styles.badge} ${known.style}`}>
      <span aria-hidden="true">{known.glyph}</span> {known.word}
    </span>
  );
}

const kBars: Record<string, string> = { confirmed: "■■■", likely: "■■□", possible: "■□□", unknown: "□□□" };

export function Sureness({ confidence }: { confidence: string }) {
  return (
    <span className={styles.sure}>
      <span className={styles.bars} aria-hidden="true">
        {kBars[confidence] ?? kBars.unknown}
      </span>
      {confidence}
    </span>
  );
}

const kLooks: Record<string, { glyph: string; style: string | undefined }> = {
  healed: { glyph: "✓", style: styles.good },
  resolved: { glyph: "✓", style: styles.good },
  failed: { glyph: "✗", style: styles.bad },
  awaiting_approval: { glyph: "?", style: styles.warn },
  applying: { glyph: "…", style: styles.warn },
  verifying: { glyph: "…", style: styles.warn },
  muted: { glyph: "–", style: undefined },
  refused: { glyph: "–", style: undefined },
};

export function StateWord({ state }: { state: string }) {
  const look = kLooks[state] ?? { glyph: "○", style: styles.bad };
  return (
    <span className={`${styles.glyph} ${look.style ?? ""}`} data-glyph={look.glyph}>
      {stateWords(state)}
    </span>
  );
}

export function stateWords(state: string): string {
  const words = state.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
