import * as z from 'zod';
import { Id } from '../kernel/id.ts';
import { Instant } from '../kernel/time.ts';

/**
 * A child's place in the waiting list of a class: waiting → offered (or left, or ended with the list). An offer is an enrolment of
 * its own, held for as long as the school says; what becomes of it is that enrolment's state, and the wait may be begun anew.
 */
export const WaitStatus = z.enum(['waiting', 'offered', 'left', 'ended']);
export type WaitStatus = z.infer<typeof WaitStatus>;

export const Wait = z.object({
  waitId: Id('wait'),
  pupilId: Id('pupil'),
  offeringId: Id('offering'),
  windowId: Id('window'),
  schoolId: Id('organisation'),
  courseName: z.string(),
  status: WaitStatus,
  joinedAt: Instant,
  /** How often a place was offered; each offer is a new enrolment. */
  offers: z.int().min(0),
  enrolmentId: Id('enrolment').optional(),
});
export type Wait = z.infer<typeof Wait>;

/** Lists that a child may be on at once. */
export const WAITS_MAX = 10;
/** From here on a position is told as "after so many". */
export const POSITION_MAX = 200;

/** For the page: a wait with the number of children before it. */
export const WaitShown = Wait.extend({ ahead: z.int().min(0).max(POSITION_MAX) });
export type WaitShown = z.infer<typeof WaitShown>;
