/** When a class meets, as people say it: `周一、周三 16:30–17:20`. */
import { timeOfDay } from '@kehou/shared/kernel/time';
import type { Session, Slot } from '@kehou/shared/offering/offering';
import { weekdayName } from '../components/format.ts';
import { t } from '../texts/parent.ts';

export interface PeriodHours {
  /** `16:30`. */
  readonly startsAt: string;
  readonly endsAt: string;
}
export type Periods = ReadonlyMap<number, PeriodHours>;

export interface Timed {
  readonly offeringId: string;
  readonly slots: readonly Slot[];
}

/** Weekdays that share a period are named together. `brief`: without the end. */
export function whenOf(slots: readonly Slot[], periods: Periods, { brief = false }: { readonly brief?: boolean } = {}): string {
  const byPeriod = new Map<number, string[]>();
  for (const { weekday, period } of [...slots].sort((a, b) => a.weekday - b.weekday || a.period - b.period)) {
    byPeriod.set(period, [...(byPeriod.get(period) ?? []), weekdayName(weekday)]);
  }
  return [...byPeriod]
    .map(([period, weekdays]) => `${weekdays.join(t('parent.join'))} ${periodName(period, periods, brief)}`)
    .join(t('parent.joinGroups'));
}

export function periodName(period: number, periods: Periods, brief = false): string {
  const hours = periods.get(period);
  if (!hours) return t('parent.period', { period });
  return brief ? hours.startsAt : `${hours.startsAt}–${hours.endsAt}`;
}

/** `3–5 年级`, or a list where there are gaps. */
export function gradesOf(grades: readonly number[]): string {
  const sorted = [...new Set(grades)].sort((a, b) => a - b);
  const [from = 0] = sorted;
  const to = sorted.at(-1) ?? from;
  if (from === to) return t('parent.grade', { grade: from });
  if (to - from === sorted.length - 1) return t('parent.grades', { from, to });
  return t('parent.grades.list', { list: sorted.join(t('parent.join')) });
}

/** One class for each period whose hours are not known. */
export function whomToAsk(classes: readonly Timed[], known: Periods): readonly string[] {
  const asked = new Map<number, string>();
  for (const { offeringId, slots } of classes) {
    for (const { period } of slots) if (!known.has(period) && !asked.has(period)) asked.set(period, offeringId);
  }
  return [...new Set(asked.values())];
}

export function hoursOf(classes: readonly { readonly sessions: readonly Session[] }[]): Periods {
  const found = new Map<number, PeriodHours>();
  for (const { sessions } of classes) {
    for (const { period, startsAt, endsAt } of sessions) {
      if (!found.has(period)) found.set(period, { startsAt: timeOfDay(startsAt), endsAt: timeOfDay(endsAt) });
    }
  }
  return found;
}
