// Which entries fit what was typed, best first. All words must be found; the beginning of a word counts most.
export function ranked<T>(typed: string, entries: readonly T[], textOf: (entry: T) => string): T[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [...entries];
  const scored: { entry: T; score: number; at: number }[] = [];
  entries.forEach((entry, at) => {
    const score = scoreOf(words, textOf(entry).toLowerCase());
    if (score > 0) scored.push({ entry, score, at });
  });
  return scored.sort((a, b) => b.score - a.score || a.at - b.at).map(({ entry }) => entry);
}

function scoreOf(words: string[], text: string): number {
  let score = 0;
  for (const word of words) {
    const at = text.indexOf(word);
    if (at < 0) return 0;
    score += at === 0 ? 3 : /[^\p{L}\p{N}]/u.test(text[at - 1]!) ? 2 : 1;
  }
  return score;
}
