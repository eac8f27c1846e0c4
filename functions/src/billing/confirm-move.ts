/** The moment of a move: the new place is the child's, the old one is given up, and every fen of the old one is somewhere. */
import { divideParts, type Part } from '@kehou/shared/billing/move';
import { lineFen } from '@kehou/shared/billing/order';
import { fen } from '@kehou/shared/kernel/fen';
import type { Instant } from '@kehou/shared/kernel/time';
import { auditWrite } from '../organisation/audit.ts';
import { derivedId } from '../platform/derived-id.ts';
import { keys } from '../platform/keys.ts';
import { create, put, type Table, type Write } from '../platform/table.ts';
import { getEnrolment, type StoredEnrolment } from '../selection/enrolment.repository.ts';
import { type MovingPlace, mayLeave, moveWrites } from '../selection/move-place.ts';
import { type Receipt, StoredPayment } from './order.repository.ts';
import { getReceipt } from './quote-refund.ts';
import { approvedRefundWrites, noLiveRefund, type RefundGuard } from './refund.repository.ts';

export interface MoveMoment {
  readonly place: MovingPlace;
  /** The payment of the difference; absent where there is none. */
  readonly payment?: Pick<StoredPayment, 'orderId' | 'paymentId' | 'amountFen'>;
  /** The states of the new place in which it may happen. */
  readonly from: readonly ('taking' | 'held' | 'closing')[];
  readonly actor: { readonly personId: string; readonly requestId: string };
  readonly now: Instant;
}

export interface MoveConfirmed {
  readonly writes: Write[];
  /** Its seat is freed after the writes are committed. */
  readonly old: StoredEnrolment;
}

/** What each payment has in a place, the oldest first. */
export async function partsOf(table: Table, receipt: Receipt): Promise<readonly Part[]> {
  if (receipt.parts) return receipt.parts;
  const { orderId, paymentId } = receipt;
  const payment = await table.mustGet(keys.payment(orderId, paymentId), StoredPayment);
  return [{ orderId, paymentId, amountFen: lineFen(receipt), paidFen: payment.amountFen }];
}

/**
 * Everything that the move changes, for one transaction: both places and their hours, the receipt, what comes back of the difference, the
 * audit trail. Nothing is booked for what is carried over: it stays in the school's fund, and the receipt says from which payments it is.
 * About 45 writes at most. `undefined`: the old place is not there to be given up any more (its class was called off).
 */
export async function confirmMove(table: Table, { place, payment, from, actor, now }: MoveMoment): Promise<MoveConfirmed | undefined> {
  const { pupilId, movedFrom } = place;
  const [old, receipt] = await Promise.all([
    getEnrolment(table, pupilId, movedFrom.enrolmentId),
    getReceipt(table, pupilId, movedFrom.enrolmentId),
  ]);
  if (!mayLeave(place, old) || !receipt) return undefined;
  const { creditFen, backFen, dueFen, priceFen, materialFen } = movedFrom;
  const before = await partsOf(table, receipt);
  const [, carried = [], back = []] = divideParts(before, [lineFen(receipt) - creditFen, creditFen - backFen, backFen]);
  const paid = payment
    ? [{ orderId: payment.orderId, paymentId: payment.paymentId, amountFen: fen(dueFen), paidFen: payment.amountFen }]
    : [];
  const parts = [...carried, ...paid];
  const newest = parts.at(-1) ?? before.at(-1);
  if (!newest) throw new Error(`nothing says how ${old.enrolmentId} was paid`);
  const next: Receipt = {
    enrolmentId: place.enrolmentId,
    pupilId,
    pupilName: receipt.pupilName,
    courseName: place.courseName,
    orderId: newest.orderId,
    paymentId: newest.paymentId,
    feeFen: fen(priceFen - materialFen),
    materialFen,
    paidAt: now,
    // A class free of charge: the payment that it goes back to has nothing in it.
    parts: parts.length > 0 ? parts : [{ ...newest, amountFen: fen(0) }],
  };
  const terms = { orderId: newest.orderId, paidFen: next.feeFen, materialFen };
  return {
    old,
    writes: [
      ...moveWrites(place, old, terms, from, now),
      create(keys.receipt(pupilId, place.enrolmentId), next),
      ...backWrites(place, receipt, back, now),
      auditWrite({
        organisationId: place.schoolId,
        at: now,
        actor,
        action: 'billing.place-moved',
        subject: place.enrolmentId,
        details: { pupilId, offeringId: place.offeringId, fromOfferingId: movedFrom.offeringId, creditFen, priceFen, dueFen, backFen },
      }),
    ],
  };
}

/** The difference on its way back, under numbers that follow from the move: once a payment that it goes back to. */
function backWrites(place: MovingPlace, receipt: Receipt, back: readonly Part[], now: Instant): Write[] {
  const { schoolId, movedFrom, pupilId } = place;
  const refundIdOf = (part: Part) => derivedId('refund', place.enrolmentId, part.paymentId);
  const [first] = back;
  if (!first) return [];
  const guard: RefundGuard = { refundId: refundIdOf(first), live: true };
  return [
    put(keys.refundOfEnrolment(pupilId, movedFrom.enrolmentId), guard, { condition: noLiveRefund }),
    ...back.flatMap((part) =>
      approvedRefundWrites({
        refundId: refundIdOf(part),
        line: { ...receipt, feeFen: part.amountFen, materialFen: fen(0) },
        enrolmentId: movedFrom.enrolmentId,
        payment: { paymentId: part.paymentId, orderId: part.orderId, schoolId, amountFen: part.paidFen },
        cause: 'moved',
        sessionsLeft: 0,
        togetherFen: movedFrom.backFen,
        now,
      }),
    ),
  ];
}
