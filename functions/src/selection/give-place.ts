/**
 * Gives a child a place whose turn it is: the next in line, the winner of a draw, or whom a place was kept for. The protocol of seats, as taking one by hand:
 * on record as `taking` with its claims, then the one hot write, then `held`. The enrolment's id follows from what gives the turn, so
 * that any number who serve the same child give one place.
 */
import { DomainError } from '@kehou/shared/kernel/errors';
import { type Instant, instant, ms } from '@kehou/shared/kernel/time';
import type { Table, Write } from '../platform/table.ts';
import {
  freeSeat,
  getEnrolment,
  heldWrite,
  holderOfEnrolment,
  loseTry,
  type StoredEnrolment,
  TAKING_SECONDS_MAX,
  takingWrites,
} from './enrolment.repository.ts';
import { type NoSeat, noSeatCodes, takeHolderReserved, takeHolderWaited } from './seat.repository.ts';

/** `full`: no place any more, or no class; why is on record. `gone`: someone else decided about this enrolment, or about the child's attempt, in this very moment: look again. */
export type Given = 'held' | 'gone' | 'full';

/** A kept place goes from its reserve, any other from what is free in the class. `also` goes into the transaction that puts the enrolment on record. An enrolment that is there as `taking` is gone on with. */
export async function givePlace(table: Table, wish: StoredEnrolment, now: Instant, also: readonly Write[] = []): Promise<Given> {
  const claimed = (await claim(table, wish, now, also)) ?? (await getEnrolment(table, wish.pupilId, wish.enrolmentId));
  // Another made it and is on its way with it, or the turn was over.
  if (claimed?.status !== 'taking') return 'gone';
  const holder = holderOfEnrolment(claimed);
  const outcome = claimed.reservedFor
    ? await takeHolderReserved(table, claimed.offeringId, holder, claimed.reservedFor)
    : await takeHolderWaited(table, claimed.offeringId, holder);
  if (!outcome.taken) {
    await loseTry(table, claimed, outcome.why, now, whyNone(outcome.why, claimed.reservedFor));
    return 'full';
  }
  if (!(await table.tryWrite([heldWrite(claimed)]))) return 'held';
  const there = await getEnrolment(table, claimed.pupilId, claimed.enrolmentId);
  // Called lost by the sweeper in between: what was just put into the seat comes out again.
  if (there?.status === 'lost') await freeSeat(table, claimed);
  return 'gone';
}

function whyNone(why: NoSeat, purpose: string | undefined): DomainError {
  if (why === 'full' && purpose) return new DomainError('selection.reserve_empty', { purpose });
  return new DomainError(noSeatCodes[why]);
}

/** On record as `taking`, with the child's hours where they are free. `undefined`: someone else was here. */
async function claim(table: Table, enrolment: StoredEnrolment, now: Instant, also: readonly Write[]): Promise<StoredEnrolment | undefined> {
  const dueAt = instant(ms(now) + TAKING_SECONDS_MAX * 1000);
  for (const wish of [enrolment, { ...enrolment, slotsPending: true as const }]) {
    if (!(await table.tryWrite([...takingWrites(wish, dueAt), ...also]))) return wish;
  }
  return undefined;
}
