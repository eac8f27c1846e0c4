/** When an instructor is engaged, at whatever school: one entry a weekly slot of a class. */
import * as z from 'zod';
import { Id } from '../kernel/id.ts';
import { ChinaDate, TimeOfDay, Weekday } from '../kernel/time.ts';

export const Engagement = z.object({
  offeringId: Id('offering'),
  schoolId: Id('organisation'),
  schoolName: z.string(),
  courseName: z.string(),
  weekday: Weekday,
  period: z.int(),
  startsAt: TimeOfDay,
  endsAt: TimeOfDay,
  firstDay: ChinaDate,
  lastDay: ChinaDate,
});
export type Engagement = z.infer<typeof Engagement>;

/**
 * Do two engagements ask for the same person at the same time? On the same weekday, with days in common, and hours that
 * overlap; one may begin when the other ends.
 */
export function engagementsClash(a: Engagement, b: Engagement): boolean {
  return a.weekday === b.weekday && a.firstDay <= b.lastDay && b.firstDay <= a.lastDay && a.startsAt < b.endsAt && b.startsAt < a.endsAt;
}

/** The first engagement of another class that one of `wanted` clashes with. */
export function findEngagementClash(wanted: readonly Engagement[], engaged: readonly Engagement[]): Engagement | undefined {
  return engaged.find((one) => wanted.some((other) => other.offeringId !== one.offeringId && engagementsClash(one, other)));
}
