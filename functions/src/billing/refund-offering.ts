/** A class does not run, or not any more: everyone who paid gets back what was not held, without asking and without approval; who has yet to pay cannot any more. */
import { countRefund, type Refund } from '@kehou/shared/billing/refund';
import { DomainError } from '@kehou/shared/kernel/errors';
import { fen } from '@kehou/shared/kernel/fen';
import { type Id, newId } from '@kehou/shared/kernel/id';
import { type Instant, ms } from '@kehou/shared/kernel/time';
import type { Session } from '@kehou/shared/offering/offering';
import { isTheirs } from '@kehou/shared/selection/enrolment';
import { sessionsOf } from '../offering/offering.repository.ts';
import { keys } from '../platform/keys.ts';
import { absent, ConditionFailed, check, put, type Table, type Write } from '../platform/table.ts';
import { Attempt, cancelWrites, freeSeat, getEnrolment, resolveTaking, StoredEnrolment } from '../selection/enrolment.repository.ts';
import { holderOf, Seat } from '../selection/seat.repository.ts';
import { reconcileSeat } from '../selection/tasks.ts';
import { approvalWrites } from './approve-refund.ts';
import { type CloseDeps, endHold } from './close-order.ts';
import { partsOf } from './confirm-move.ts';
import { getReceipt, HandedOut } from './quote-refund.ts';
import { approvedRefundWrites, getRefund, moved, noLiveRefund, piecesOf, RefundGuard, type StoredRefund } from './refund.repository.ts';

type Deps = CloseDeps;
type Cause = Extract<Refund['cause'], 'under-size' | 'school'>;

/** Refunds in one call: a Lambda's time is bounded, and each is a transaction. */
const PAGE = 20;
const TRIES_MAX = 4;

/** A place on its way is lost, or was held by its own process in that moment and is ended as that; held ones may turn out to be paid. */
const LOOKS_MAX = 4;

/**
 * Ends what is pending in a class (a place offered from its waiting list may be held for long; one that is on its way, `taking`, would be
 * held or confirmed by its process after this one is through), refunds the next page of its confirmed seats, and says whether there are
 * more. Its seat is `cancelled` by now, so no key comes into it any more. The seat item itself says who is left (strongly consistent, and each
 * refund takes its holder out), so that a repeat goes on where a crash left off, and nobody is missed because an index was
 * late. `calledOffAt`: it has run until then, and what was held before stays paid; absent: it never began, and everything comes
 * back. Throws `ProviderUnavailable` when an order cannot be closed: then this is repeated.
 */
export async function refundOfferingPage(
  deps: Deps,
  offeringId: Id<'offering'>,
  cause: Cause,
  calledOffAt?: Instant,
): Promise<{ done: boolean }> {
  const sessions = calledOffAt ? await sessionsOf(deps.table, offeringId) : [];
  let holders = await holdersOf(deps.table, offeringId);
  for (let looks = 1; holders.some(isPending) && looks < LOOKS_MAX; looks++) {
    for (const enrolment of holders.filter(isPending)) await endPending(deps, enrolment, cause);
    holders = await holdersOf(deps.table, offeringId);
  }
  const confirmed = holders.filter(({ status }) => status === 'confirmed');
  for (const enrolment of confirmed.slice(0, PAGE))
    await refundSeat(deps, enrolment, { cause, sessions, until: calledOffAt ?? deps.clock.now() });
  if (holders.some(isPending)) throw new Error(`the places of ${offeringId} keep changing`);
  return { done: confirmed.length <= PAGE };
}

const isPending = ({ status }: StoredEnrolment): boolean => status === 'taking' || status === 'held' || status === 'closing';

async function endPending(deps: Deps, enrolment: StoredEnrolment, cause: Cause): Promise<void> {
  if (enrolment.status === 'taking') await resolveTaking(deps, enrolment, new DomainError('selection.class_cancelled'));
  else await endHold(deps, enrolment, cause);
}

interface Why {
  readonly cause: Cause;
  readonly sessions: readonly Session[];
  readonly until: Instant;
}

async function holdersOf(table: Table, offeringId: Id<'offering'>): Promise<StoredEnrolment[]> {
  // Ended or refunded by a process that died before it freed the seat.
  await reconcileSeat(table, offeringId);
  return (await holdersIn(table, offeringId)).enrolments;
}

/** Who has a place, by the seat item itself, and the revision of it that says so. One read, and two a hundred holders. */
export async function holdersIn(table: Table, offeringId: Id<'offering'>): Promise<{ enrolments: StoredEnrolment[]; revision: number }> {
  const seat = await table.get(keys.seat(offeringId), Seat);
  const holders = Object.keys(seat?.holders ?? {}).map(holderOf);
  const found: StoredEnrolment[] = [];
  for (let start = 0; start < holders.length; start += 100) {
    const batch = holders.slice(start, start + 100);
    const attempts = await table.getMany(
      batch.map(({ pupilId }) => keys.attempt(pupilId, offeringId)),
      Attempt,
    );
    const wanted = batch.flatMap(({ pupilId }, index) => {
      const attempt = attempts[index];
      return attempt ? [keys.enrolment(pupilId, attempt.enrolmentId)] : [];
    });
    for (const enrolment of await table.getMany(wanted, StoredEnrolment)) if (enrolment) found.push(enrolment);
  }
  return { enrolments: found, revision: seat?.revision ?? 0 };
}

/** Gives one seat's money back, whatever refund of it is under way. Idempotent. */
async function refundSeat(deps: Deps, seen: StoredEnrolment, why: Why): Promise<void> {
  for (let attempt = 1; attempt <= TRIES_MAX; attempt++) {
    const enrolment = await getEnrolment(deps.table, seen.pupilId, seen.enrolmentId);
    if (enrolment?.status !== 'confirmed') break;
    try {
      await deps.table.write(await seatWrites(deps, enrolment, why));
      break;
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      if (attempt === TRIES_MAX) throw error;
    }
  }
  await freeSeat(deps.table, seen);
}

async function seatWrites(deps: Deps, enrolment: StoredEnrolment, { cause, sessions, until }: Why): Promise<Write[]> {
  const { table } = deps;
  const { pupilId, enrolmentId } = enrolment;
  const [receipt, guard, handedOut] = await Promise.all([
    getReceipt(table, pupilId, enrolmentId),
    table.get(keys.refundOfEnrolment(pupilId, enrolmentId), RefundGuard),
    table.get(keys.material(pupilId, enrolmentId), HandedOut),
  ]);
  if (!receipt) throw new Error(`nothing says how ${enrolmentId} was paid`);
  const parts = await partsOf(table, receipt);
  const { feeFen, materialFen, sessionsLeft, sessionsCancelled } = countRefund({
    paidFeeFen: fen(receipt.feeFen),
    paidMaterialFen: fen(receipt.materialFen),
    materialHandedOut: handedOut !== undefined,
    sessionsSold: enrolment.sessionCount,
    sessions: sessions.filter((session) => isTheirs(enrolment, session)),
    now: until,
  });
  const packStays = materialFen > 0 ? [check(keys.material(pupilId, enrolmentId), absent)] : [];
  const asked = guard?.live ? await getRefund(table, guard.refundId) : undefined;
  const now = deps.clock.now();
  if (asked) {
    // The parents have asked already: their refund becomes this one, whole, and nobody has to approve it any more.
    // What they were promised when they asked stays theirs, should more have been held since.
    const fee = fen(Math.max(feeFen, asked.feeFen));
    const [piece, ...rest] = piecesOf(parts, asked.refundId, { feeFen: fee, materialFen });
    const { orderId: _, paymentId: __, ...sums } = piece;
    const others = rest.length > 0 ? { rest, togetherFen: fen(fee + materialFen) } : { rest: undefined, togetherFen: undefined };
    const whole: StoredRefund = { ...asked, ...sums, ...others, cause, chain: [], approvals: [] };
    return [...approvalWrites(asked, moved(whole, 'approved', { at: now, by: 'system' }), enrolment, now), ...packStays];
  }
  const refundId = newId('refund', ms(now));
  const pieces = piecesOf(parts, refundId, { feeFen, materialFen });
  return [
    ...pieces.flatMap((piece) =>
      approvedRefundWrites({
        refundId: piece.refundId,
        line: { ...receipt, feeFen: piece.feeFen, materialFen: piece.materialFen },
        enrolmentId,
        payment: { paymentId: piece.paymentId, orderId: piece.orderId, schoolId: enrolment.schoolId, amountFen: piece.paidFen },
        cause,
        sessionsLeft: sessionsLeft + sessionsCancelled,
        togetherFen: fen(feeFen + materialFen),
        now,
      }),
    ),
    put(keys.refundOfEnrolment(pupilId, enrolmentId), { refundId, live: true } satisfies RefundGuard, { condition: noLiveRefund }),
    ...cancelWrites(enrolment, cause),
    ...packStays,
  ];
}
