/** What must hold when a simulated term of selection has come to rest, beside `../invariants.ts`: nothing is stuck, and nobody fell through. */

import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { Offering } from '@kehou/shared/offering/offering';
import { isFinal } from '@kehou/shared/selection/enrolment';
import * as z from 'zod';
import { StoredOrder, StoredPayment } from '../../src/billing/order.repository.ts';
import { StoredRefund } from '../../src/billing/refund.repository.ts';
import type { MemoryTable } from '../../src/platform/memory-table.ts';
import { Attempt, holderOfEnrolment, StoredEnrolment } from '../../src/selection/enrolment.repository.ts';
import { givenFor, Seat } from '../../src/selection/seat.repository.ts';
import { Queued, StoredWait } from '../../src/selection/wait.repository.ts';
import { Card } from '../../src/selection/window.repository.ts';
import type { FakePayments } from '../fake-payments.ts';

const Slot = z.object({ PK: z.string(), weekday: z.int(), period: z.int(), enrolmentId: z.string() });

interface Rows {
  of<T>(pk: string, sk: string, schema: z.ZodType<T>): (T & { PK: string; SK: string })[];
}

function rowsOf(table: MemoryTable): Rows {
  const all = table.items().map((item) => unmarshall(item as Record<string, AttributeValue>) as { PK: string; SK: string });
  return {
    of: (pk, sk, schema) =>
      all.filter((row) => row.PK.startsWith(pk) && row.SK.startsWith(sk)).map((row) => ({ ...schema.parse(row), PK: row.PK, SK: row.SK })),
  };
}

/** Sentences; empty when all holds. */
export function brokenAtRest(table: MemoryTable, payments: FakePayments): string[] {
  const rows = rowsOf(table);
  const enrolments = rows.of('PUPIL#', 'ENROLMENT#', StoredEnrolment);
  return [
    ...weeksHold(rows, enrolments),
    ...attemptsHold(rows, enrolments),
    ...holdersAreLive(rows, enrolments),
    ...listsHold(rows),
    ...nothingIsStuck(rows, enrolments),
    ...classesHold(rows, enrolments),
    ...providerAgrees(rows, payments),
  ];
}

/** A child's hours are taken by its live enrolments, each by one, and by nothing else. */
function* weeksHold(rows: Rows, enrolments: readonly StoredEnrolment[]): Generator<string> {
  const live = new Map(
    enrolments.filter(({ status }) => !isFinal(status)).map((enrolment) => [enrolment.enrolmentId as string, enrolment]),
  );
  const taken = new Map<string, number>();
  for (const slot of rows.of('PUPIL#', 'SLOT#', Slot)) {
    const enrolment = live.get(slot.enrolmentId);
    const isIts = enrolment?.slots.some(({ weekday, period }) => weekday === slot.weekday && period === slot.period);
    if (!enrolment || !isIts || slot.PK !== `PUPIL#${enrolment.pupilId}`)
      yield `${slot.PK} ${slot.SK} is taken by ${slot.enrolmentId}, which is not there`;
    taken.set(slot.enrolmentId, (taken.get(slot.enrolmentId) ?? 0) + 1);
  }
  for (const enrolment of live.values()) {
    const wanted = enrolment.slotsPending ? 0 : enrolment.slots.length;
    if ((taken.get(enrolment.enrolmentId) ?? 0) !== wanted)
      yield `${enrolment.enrolmentId} has ${taken.get(enrolment.enrolmentId) ?? 0} of ${wanted} hours`;
    if (enrolment.slotsPending) yield `${enrolment.enrolmentId} is ${enrolment.status} without its hours`;
  }
}

function* attemptsHold(rows: Rows, enrolments: readonly StoredEnrolment[]): Generator<string> {
  const live = new Set(
    enrolments.filter(({ status }) => !isFinal(status)).map(({ pupilId, offeringId, attempt }) => `${pupilId} ${offeringId} ${attempt}`),
  );
  for (const attempt of rows.of('PUPIL#', 'ATTEMPT#', Attempt)) {
    const name = `${attempt.PK.slice('PUPIL#'.length)} ${attempt.SK.slice('ATTEMPT#'.length)} ${attempt.attempt}`;
    if (attempt.live && !live.has(name)) yield `attempt ${name} is live, its enrolment is over`;
    live.delete(attempt.live ? name : '');
  }
  for (const name of live) yield `enrolment of attempt ${name} is live, its attempt is not`;
}

/** Every holder of a place is somebody's enrolment that is not over; the other way round is watched at every write. */
function* holdersAreLive(rows: Rows, enrolments: readonly StoredEnrolment[]): Generator<string> {
  const byHolder = new Map(enrolments.map((enrolment) => [`${enrolment.offeringId} ${holderOfEnrolment(enrolment)}`, enrolment]));
  for (const seat of rows.of('SEAT#', 'SEAT', Seat)) {
    for (const holder of Object.keys(seat.holders)) {
      const enrolment = byHolder.get(`${seat.PK.slice('SEAT#'.length)} ${holder}`);
      if (!enrolment) yield `${seat.PK}: ${holder} is nobody's`;
      else if (isFinal(enrolment.status))
        yield `${seat.PK}: ${holder} is ${enrolment.enrolmentId}, which is ${enrolment.status}${enrolment.offer ? ', offered' : ''}`;
    }
  }
}

/** The lists have ended: nobody waits any more, and the seats know. */
function* listsHold(rows: Rows): Generator<string> {
  for (const entry of rows.of('WAITING#', 'QUEUED#', Queued)) yield `${entry.waitId} is left in the list`;
  for (const list of rows.of('WAITING#', 'LIST', z.object({}))) yield `${list.PK} has not ended`;
  for (const wait of rows.of('PUPIL#', 'WAIT#', StoredWait)) if (wait.status === 'waiting') yield `${wait.waitId} is left waiting`;
  for (const seat of rows.of('SEAT#', 'SEAT', Seat)) if (seat.waiting) yield `${seat.PK} is kept for who waits, and nobody does`;
}

function* nothingIsStuck(rows: Rows, enrolments: readonly StoredEnrolment[]): Generator<string> {
  for (const { enrolmentId, status } of enrolments)
    if (!isFinal(status) && status !== 'confirmed') yield `${enrolmentId} is left ${status}`;
  for (const { orderId, status } of rows.of('ORDER#', 'ORDER', StoredOrder))
    if (status !== 'paid' && status !== 'closed') yield `${orderId} is left ${status}`;
  for (const payment of rows.of('ORDER#', 'PAYMENT#', StoredPayment)) {
    if (payment.status === 'created' || payment.parkedAt)
      yield `${payment.paymentId} is left ${payment.parkedAt ? 'parked' : payment.status}`;
  }
  for (const { refundId, status } of rows.of('REFUND#', 'REFUND', StoredRefund))
    if (status !== 'succeeded' && status !== 'refused') yield `${refundId} is left ${status}`;
  for (const window of rows.of('WINDOW#', 'WINDOW', z.object({ status: z.string() })))
    if (window.status !== 'settled') yield `${window.PK} is left ${window.status}`;
}

/** Nobody has a place in a class that does not run; and the cards show what the seats say. */
function* classesHold(rows: Rows, enrolments: readonly StoredEnrolment[]): Generator<string> {
  const seats = new Map(rows.of('SEAT#', 'SEAT', Seat).map((seat) => [seat.PK.slice('SEAT#'.length), seat]));
  for (const offering of rows.of('OFFERING#', 'OFFERING', Offering)) {
    const seat = seats.get(offering.offeringId);
    if (offering.status !== 'running' && offering.status !== 'cancelled') yield `${offering.offeringId} is left ${offering.status}`;
    if ((offering.status === 'cancelled') !== (seat?.status === 'cancelled'))
      yield `${offering.offeringId} is ${offering.status}, its seats ${seat?.status}`;
    let kept = 0;
    for (const { purpose, places } of offering.reserved ?? []) {
      const given = seat ? givenFor(seat, purpose) : 0;
      const left = seat?.reserved?.[purpose] ?? 0;
      kept += left;
      if (left !== Math.max(0, places - given))
        yield `${offering.offeringId} keeps ${places} for ${purpose}, gave ${given}, and has ${left} left`;
    }
    if (seat && seat.capacity + kept !== offering.capacity)
      yield `${offering.offeringId} has ${offering.capacity} places, its seats ${seat.capacity} and ${kept} kept`;
    const confirmed = enrolments.filter(({ status, offeringId }) => status === 'confirmed' && offeringId === offering.offeringId);
    if (offering.status === 'cancelled' && confirmed.length > 0)
      yield `${offering.offeringId} does not run and has ${confirmed.length} who paid for it`;
  }
  for (const card of rows.of('WINDOW#', 'CARD#', Card)) {
    const seat = seats.get(card.offeringId);
    const taken = Object.keys(seat?.holders ?? {}).length;
    if (card.taken !== taken || card.capacity !== seat?.capacity || (card.waiting ?? false) !== (seat?.waiting ?? false))
      yield `${card.SK} shows ${card.taken} of ${card.capacity} taken, its seats ${taken} of ${seat?.capacity}`;
  }
}

/** No fen is at the provider that the school does not know of, and none went back that it has not booked. */
function* providerAgrees(rows: Rows, payments: FakePayments): Generator<string> {
  const known = new Map(rows.of('ORDER#', 'PAYMENT#', StoredPayment).map((payment) => [payment.paymentId as string, payment]));
  for (const [paymentId, order] of payments.orders) {
    const payment = known.get(paymentId);
    if (order.paidFen !== undefined && payment?.status !== 'paid')
      yield `${paymentId} is paid at the provider, and ${payment?.status} here`;
    if (order.paidFen === undefined && payment?.status === 'paid') yield `${paymentId} is paid here, and ${order.state} at the provider`;
    const back = payments.refundedOf(paymentId);
    if (back !== (payment?.refundedFen ?? 0))
      yield `${paymentId}: the provider gave back ${back}, the books say ${payment?.refundedFen ?? 0}`;
  }
}
