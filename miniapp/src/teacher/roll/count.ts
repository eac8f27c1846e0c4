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

const turns: readonly Presence[] = ['present', 'absent', 'leave'];

/** What one more tap makes of it: present → absent → leave → present. Whoever asked leave and came is one tap from present. */
export function nextPresence(presence: Presence): Presence {
  return turns[(turns.indexOf(presence) + 1) % turns.length] as Presence;
}
