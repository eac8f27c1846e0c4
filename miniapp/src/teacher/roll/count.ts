/** The roll on the screen: what the server has, with what was tapped since laid over it. */
import type { Presence, RollEntry } from '@kehou/shared/attendance/attendance';
import type { Draft } from './draft.ts';

export interface RollRow extends RollEntry {
  /** Tapped, and not sent yet. */
  readonly changed: boolean;
}

export function rowsOf(entries: readonly RollEntry[], draft: Draft): readonly RollRow[] {
  return entries.map((entry) => {
    const presence = draft[entry.pupilId] ?? entry.presence;
    return { ...entry, presence, changed: presence !== entry.presence };
  });
}

export function countsOf(rows: readonly { readonly presence: Presence }[]) {
  const count = (presence: Presence) => rows.filter((row) => row.presence === presence).length;
  return { due: rows.length, present: count('present'), absent: count('absent'), leave: count('leave') };
}

/** Everyone who has been on this roll since the page was opened, with the newest last. */
export function seenWith(seen: readonly RollEntry[], entries: readonly RollEntry[]): readonly RollEntry[] {
  const news = entries.filter((entry) => !seen.some(({ pupilId }) => pupilId === entry.pupilId));
  return news.length > 0 ? [...seen, ...news] : seen;
}

/** Who was on it and is not any more: a place was cancelled meanwhile. */
export function leftOf(seen: readonly RollEntry[], entries: readonly RollEntry[]): readonly RollEntry[] {
  return seen.filter((one) => !entries.some(({ pupilId }) => pupilId === one.pupilId));
}

/** The marks of everyone but these. */
export function draftWithout(draft: Draft, left: readonly RollEntry[]): Draft {
  return Object.fromEntries(Object.entries(draft).filter(([pupilId]) => !left.some((one) => one.pupilId === pupilId)));
}

const turns: readonly Presence[] = ['present', 'absent', 'leave'];

/** What one more tap makes of it: present → absent → leave → present. Whoever asked leave and came is one tap from present. */
export function nextPresence(presence: Presence): Presence {
  return turns[(turns.indexOf(presence) + 1) % turns.length] as Presence;
}
