/** A place for somebody who paid when their hold was over already. */
import type { Id } from '@kehou/shared/kernel/id';
import type { Instant } from '@kehou/shared/kernel/time';
import type { Clock } from '../platform/clock.ts';
import { keys } from '../platform/keys.ts';
import { ConditionFailed, type Table } from '../platform/table.ts';
import {
  Attempt,
  freeSeat,
  getEnrolment,
  heldWrite,
  holderOfEnrolment,
  resolveTaking,
  StoredEnrolment,
  takingWrites,
} from './enrolment.repository.ts';
import { takeHolderPaidLate, takeHolderReserved } from './seat.repository.ts';

/**
 * A payment came after its hold had lapsed. Takes a new attempt for the same child and class if there is room and no
 * clash; the hours do not matter to someone who has paid. A place that was kept for a purpose comes from its reserve or not at all: an open
 * one may be waiting for a draw. Answers the new enrolment, `held` and ready for `confirmWrites`, or `undefined`. `enrolmentId` is derived by the caller from what it retries, so that a repeat
 * finds the same attempt.
 */
export async function retake(
  deps: { table: Table; clock: Clock },
  lapsed: StoredEnrolment,
  enrolmentId: Id<'enrolment'>,
  holdUntil: Instant,
): Promise<StoredEnrolment | undefined> {
  const { table, clock } = deps;
  const known = await getEnrolment(table, lapsed.pupilId, enrolmentId);
  let enrolment = known;
  if (!enrolment) {
    const attempt = await table.get(keys.attempt(lapsed.pupilId, lapsed.offeringId), Attempt);
    if (attempt?.live) return undefined;
    enrolment = StoredEnrolment.parse({
      ...lapsed,
      enrolmentId,
      attempt: (attempt?.attempt ?? 0) + 1,
      status: 'taking',
      takenAt: clock.now(),
      holdUntil,
      orderId: undefined,
      paidFen: undefined,
      materialFen: undefined,
      materialHandedOutAt: undefined,
      cancelReason: undefined,
      offer: undefined,
      // Its news says to pay, which was done: the seat knows what the place is kept for.
      reservedFor: undefined,
      drawn: undefined,
      slotsPending: undefined,
    });
    try {
      await table.write(takingWrites(enrolment, holdUntil));
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      const again = await getEnrolment(table, lapsed.pupilId, enrolmentId);
      if (!again) return undefined;
      enrolment = again;
    }
  }
  if (enrolment.status !== 'taking') return enrolment.status === 'lost' || enrolment.status === 'lapsed' ? undefined : enrolment;
  const { offeringId } = enrolment;
  const holder = holderOfEnrolment(enrolment);
  const seat = lapsed.reservedFor
    ? await takeHolderReserved(table, offeringId, holder, lapsed.reservedFor)
    : await takeHolderPaidLate(table, offeringId, holder);
  if (!seat.taken) {
    await resolveTaking(deps, enrolment);
    return undefined;
  }
  try {
    await table.write([heldWrite(enrolment)]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    const now = await getEnrolment(table, lapsed.pupilId, enrolmentId);
    if (now?.status === 'held' || now?.status === 'confirmed') return now;
    await freeSeat(table, enrolment);
    return undefined;
  }
  return { ...enrolment, status: 'held' };
}
