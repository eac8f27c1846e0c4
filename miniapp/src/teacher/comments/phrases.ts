export const COMMENT_LENGTH_MAX = 300;

/** Puts in what was chosen and takes out what was not; what the teacher wrote stays. */
export function withPhrases(text: string, phrases: readonly string[], on: readonly string[]): string {
  let next = text;
  for (const phrase of phrases) {
    if (on.includes(phrase) && !next.includes(phrase)) next = next ? `${next.replace(/[，。,.\s]+$/, '')}，${phrase}` : phrase;
    if (!on.includes(phrase)) next = next.replace(new RegExp(`[，,]?\\s*${phrase}`), '');
  }
  return next.replace(/^[，,\s]+/, '').slice(0, COMMENT_LENGTH_MAX);
}
