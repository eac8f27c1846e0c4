/**
 * What must hold whatever happened (field notes' list), read from the whole table: tests only, the product never scans.
 *
 *     const broken = await brokenInvariants(table);   // sentences; empty when all hold
 *     await expectInvariants(table, { atRest: true }); // throws with all of them
 */
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { Account, addBalances, balancesOfTransactions, LedgerTransaction, ledgerHolds } from '@kehou/shared/billing/ledger';
import { lineFen } from '@kehou/shared/billing/order';
import { Receipt, StoredOrder, StoredPayment } from '../src/billing/order.repository.ts';
import { StoredRefund } from '../src/billing/refund.repository.ts';
import type { Table } from '../src/platform/table.ts';
import { holderOfEnrolment, StoredEnrolment } from '../src/selection/enrolment.repository.ts';
import { Seat } from '../src/selection/seat.repository.ts';

type Row = Record<string, unknown> & { PK: string; SK: string };

export interface InvariantOptions {
  /** Everything has come to rest: nothing may be half done, the balances have counted every entry. */
  readonly atRest?: boolean;
}

interface World {
  readonly enrolments: readonly StoredEnrolment[];
  readonly seats: ReadonlyMap<string, Seat>;
  readonly orders: ReadonlyMap<string, StoredOrder>;
  readonly payments: readonly StoredPayment[];
  readonly receipts: readonly Receipt[];
  readonly refunds: readonly StoredRefund[];
  readonly ledger: readonly LedgerTransaction[];
  readonly booked: ReadonlySet<string>;
  readonly counted: ReadonlySet<string>;
  readonly balances: ReadonlyMap<string, Row>;
}

/** Refunds whose sum is owed or gone. */
const OWED: ReadonlySet<string> = new Set(['approved', 'sending', 'attention', 'succeeded']);

export async function expectInvariants(table: Table, options: InvariantOptions = {}): Promise<void> {
  const broken = await brokenInvariants(table, options);
  if (broken.length > 0) throw new Error(`broken:\n${broken.join('\n')}`);
}

export async function brokenInvariants(table: Table, options: InvariantOptions = {}): Promise<string[]> {
  const world = worldOf(await everything(table));
  return [
    ...seatsHold(world, options),
    ...ledgerIsBalanced(world),
    ...refundsStayWithinPayments(world),
    ...everyPaymentHasItsEnd(world, options),
    ...booksTellTheSameStory(world),
    ...movesLoseNothing(world),
    ...(options.atRest ? balancesAreCounted(world) : []),
  ];
}

async function everything(table: Table): Promise<Row[]> {
  const rows: Row[] = [];
  let from: Record<string, unknown> | undefined;
  do {
    const page = await table.client.send(
      new ScanCommand({ TableName: table.name, ConsistentRead: true, ExclusiveStartKey: from as never }),
    );
    for (const item of page.Items ?? []) rows.push(unmarshall(item) as Row);
    from = page.LastEvaluatedKey;
  } while (from);
  return rows;
}

function worldOf(rows: readonly Row[]): World {
  const by = (pk: string, sk: string) => rows.filter((row) => row.PK.startsWith(pk) && row.SK.startsWith(sk));
  return {
    enrolments: by('PUPIL#', 'ENROLMENT#').map((row) => StoredEnrolment.parse(row)),
    seats: new Map(by('SEAT#', 'SEAT').map((row) => [row.PK.slice('SEAT#'.length), Seat.parse(row)])),
    orders: new Map(
      by('ORDER#', 'ORDER')
        .map((row) => StoredOrder.parse(row))
        .map((order) => [order.orderId, order]),
    ),
    payments: by('ORDER#', 'PAYMENT#').map((row) => StoredPayment.parse(row)),
    receipts: by('PUPIL#', 'RECEIPT#').map((row) => Receipt.parse(row)),
    refunds: by('REFUND#', 'REFUND').map((row) => StoredRefund.parse(row)),
    ledger: by('LEDGER#', '').map((row) => LedgerTransaction.parse(row)),
    booked: new Set(by('BOOKED#', '').map((row) => row.PK.slice('BOOKED#'.length))),
    counted: new Set(
      by('BOOKED#', '')
        .filter((row) => row.counted === true)
        .map((row) => row.PK.slice('BOOKED#'.length)),
    ),
    balances: new Map(by('BALANCES#', 'BALANCES').map((row) => [row.PK.slice('BALANCES#'.length), row])),
  };
}

/** Confirmed + held ≤ capacity, and each of them has the place. */
function* seatsHold({ seats, enrolments }: World, { atRest }: InvariantOptions): Generator<string> {
  for (const [offeringId, seat] of seats) {
    const holders = new Set(Object.keys(seat.holders));
    const live = enrolments.filter(
      (enrolment) => enrolment.offeringId === offeringId && ['held', 'closing', 'confirmed'].includes(enrolment.status),
    );
    if (holders.size > seat.capacity) yield `${offeringId}: ${holders.size} holders of ${seat.capacity} places`;
    if (live.length > seat.capacity) yield `${offeringId}: ${live.length} confirmed or held of ${seat.capacity} places`;
    for (const enrolment of live) {
      if (!holders.has(holderOfEnrolment(enrolment))) yield `${enrolment.enrolmentId} is ${enrolment.status} without a place`;
    }
    if (atRest && holders.size !== live.length) yield `${offeringId}: ${holders.size} holders, ${live.length} confirmed or held`;
  }
  if (!atRest) return;
  for (const { enrolmentId, status } of enrolments) {
    if (status === 'taking' || status === 'closing') yield `${enrolmentId} is left ${status}`;
  }
}

/** Every transaction sums to zero and is booked under its own name; H2's sum holds for each school. */
function* ledgerIsBalanced({ ledger, booked }: World): Generator<string> {
  const seen = new Set<string>();
  for (const transaction of ledger) {
    const sum = transaction.entries.reduce((total, entry) => total + entry.amountFen, 0);
    if (sum !== 0) yield `${transaction.ledgerTransactionId} sums to ${sum}`;
    if (seen.has(transaction.ledgerTransactionId)) yield `${transaction.ledgerTransactionId} is booked twice`;
    seen.add(transaction.ledgerTransactionId);
    if (!booked.has(transaction.ledgerTransactionId)) yield `${transaction.ledgerTransactionId} has no guard`;
  }
  for (const id of booked) if (!seen.has(id)) yield `${id} is guarded but not booked`;
  for (const [schoolId, transactions] of bySchool(ledger)) {
    const balances = balancesOfTransactions(transactions);
    if (!ledgerHolds(balances)) yield `${schoolId}: bank + transit + fees is not what is owed: ${JSON.stringify(balances)}`;
  }
}

function bySchool(ledger: readonly LedgerTransaction[]): Map<string, LedgerTransaction[]> {
  const schools = new Map<string, LedgerTransaction[]>();
  for (const transaction of ledger) schools.set(transaction.schoolId, [...(schools.get(transaction.schoolId) ?? []), transaction]);
  return schools;
}

/** Refunds ≤ paid, for each payment and each seat; the payment's own counts agree. */
function* refundsStayWithinPayments({ payments, refunds, receipts }: World): Generator<string> {
  for (const payment of payments) {
    const mine = refunds.filter((refund) => refund.paymentId === payment.paymentId);
    const owed = sum(mine.filter((refund) => OWED.has(refund.status)));
    const gone = sum(mine.filter((refund) => refund.status === 'succeeded'));
    const paid = payment.status === 'paid' ? payment.amountFen : 0;
    if (owed > paid) yield `${payment.paymentId}: ${owed} owed back of ${paid} paid`;
    if (owed !== (payment.owedFen ?? 0)) yield `${payment.paymentId} says ${payment.owedFen} owed back, its refunds ${owed}`;
    if (gone !== (payment.refundedFen ?? 0)) yield `${payment.paymentId} says ${payment.refundedFen} gone back, its refunds ${gone}`;
  }
  for (const receipt of receipts) {
    for (const { paymentId, amountFen } of partsIn(receipt)) {
      const mine = refunds.filter((refund) => refund.enrolmentId === receipt.enrolmentId && refund.paymentId === paymentId);
      const owed = sum(mine.filter((refund) => OWED.has(refund.status)));
      if (owed > amountFen) yield `${receipt.enrolmentId}: ${owed} owed back of ${amountFen} paid by ${paymentId}`;
    }
  }
}

/** What each payment has in a place. */
function partsIn(receipt: Receipt): readonly { readonly paymentId: string; readonly amountFen: number }[] {
  return receipt.parts ?? [{ paymentId: receipt.paymentId, amountFen: lineFen(receipt) }];
}

/**
 * A move under way is known to both places, and to no third; one that is done left exactly one of them; and of what each payment had in
 * the old place, what is kept for sessions held, carried to the new one and given back is the whole.
 */
function* movesLoseNothing({ enrolments, receipts, refunds }: World): Generator<string> {
  const enrolmentOf = new Map(enrolments.map((enrolment) => [enrolment.enrolmentId as string, enrolment]));
  const receiptOf = new Map(receipts.map((receipt) => [receipt.enrolmentId as string, receipt]));
  for (const old of enrolments.filter(({ movingTo }) => movingTo)) {
    const status = enrolmentOf.get(old.movingTo?.enrolmentId ?? '')?.status;
    if (!status || !['taking', 'held', 'closing'].includes(status)) yield `${old.enrolmentId} waits for a move that is ${status}`;
  }
  for (const place of enrolments) {
    if (!place.movedFrom) continue;
    const old = enrolmentOf.get(place.movedFrom.enrolmentId);
    const done = old?.movedTo?.enrolmentId === place.enrolmentId;
    if (['taking', 'held', 'closing'].includes(place.status)) {
      if (done || old?.movingTo?.enrolmentId !== place.enrolmentId)
        yield `${place.enrolmentId} is ${place.status} and its old place does not know`;
    } else if (done !== (place.status === 'confirmed' || place.status === 'cancelled')) {
      yield `${place.enrolmentId} is ${place.status}, and its old place ${old?.status}: the child has both or neither`;
    }
    if (!done) continue;
    const [before, after] = [receiptOf.get(old.enrolmentId), receiptOf.get(place.enrolmentId)];
    if (!before || !after) {
      yield `${place.enrolmentId} was moved to and has no receipt, or the old place none`;
      continue;
    }
    const { creditFen, backFen, dueFen, priceFen } = place.movedFrom;
    if (lineFen(after) !== priceFen || total(partsIn(after)) !== priceFen)
      yield `${place.enrolmentId} costs ${priceFen}, its receipt says ${lineFen(after)}`;
    const back = sum(refunds.filter(({ enrolmentId, cause }) => enrolmentId === old.enrolmentId && cause === 'moved'));
    if (back !== backFen) yield `${place.enrolmentId}: ${back} fen went back of a difference of ${backFen}`;
    for (const { paymentId, amountFen } of partsIn(before)) {
      const carried = total(partsIn(after).filter((part) => part.paymentId === paymentId));
      const returned = sum(refunds.filter((refund) => refund.paymentId === paymentId && refund.enrolmentId === old.enrolmentId));
      if (carried + returned > amountFen) yield `${paymentId} had ${amountFen} in ${old.enrolmentId}; ${carried + returned} left it`;
    }
    const carriedFen = total(partsIn(after)) - dueFen;
    if (carriedFen + backFen !== creditFen)
      yield `${place.enrolmentId}: ${creditFen} was left of the old class, ${carriedFen} carried, ${backFen} given back`;
  }
}

function total(parts: readonly { readonly amountFen: number }[]): number {
  return parts.reduce((all, { amountFen }) => all + amountFen, 0);
}

/** What goes or went back: a refund that was refused gives nothing. */
function sum(refunds: readonly StoredRefund[]): number {
  return total(refunds.filter(({ status }) => status !== 'refused'));
}

/** Nobody pays twice for a seat, and no paid line is without a place or a refund. */
function* everyPaymentHasItsEnd(
  { payments, orders, receipts, refunds, enrolments }: World,
  { atRest }: InvariantOptions,
): Generator<string> {
  const enrolmentOf = new Map(enrolments.map((enrolment) => [enrolment.enrolmentId, enrolment]));
  for (const payment of payments.filter(({ status }) => status === 'paid')) {
    const order = orders.get(payment.orderId);
    for (const line of order?.lines ?? []) {
      const outcome = payment.outcomes[line.enrolmentId];
      const name = `${payment.paymentId} ${line.enrolmentId}`;
      const back = refunds.some((refund) => refund.paymentId === payment.paymentId && refund.enrolmentId === line.enrolmentId);
      const placed = receipts.some(
        (receipt) => receipt.pupilId === line.pupilId && partsIn(receipt).some(({ paymentId }) => paymentId === payment.paymentId),
      );
      if (outcome === 'placed' && !placed) yield `${name} is paid and has neither place nor refund`;
      if (outcome === 'refund' && !back) yield `${name} should have been refunded`;
      if (outcome === undefined && atRest) yield `${name} came late and is left without an end`;
    }
  }
  for (const order of orders.values()) {
    if (order.status === 'paid' && !payments.some((payment) => payment.paymentId === order.paidBy && payment.status === 'paid')) {
      yield `${order.orderId} is paid by nothing`;
    }
  }
  for (const receipt of receipts) {
    const enrolment = enrolmentOf.get(receipt.enrolmentId);
    const back = refunds.some(
      (refund) => refund.enrolmentId === receipt.enrolmentId && refund.paymentId === receipt.paymentId && OWED.has(refund.status),
    );
    // Its money has gone along to another place.
    if (enrolment?.status === 'cancelled' && enrolment.movedTo) continue;
    if (enrolment?.status === 'confirmed' && back) yield `${receipt.enrolmentId} has its place and its money back`;
    if (enrolment?.status !== 'confirmed' && !back) yield `${receipt.enrolmentId} is ${enrolment?.status}, paid, and not refunded`;
  }
  for (const enrolment of enrolments) {
    if (enrolment.status === 'confirmed' && !receipts.some((receipt) => receipt.enrolmentId === enrolment.enrolmentId)) {
      yield `${enrolment.enrolmentId} is confirmed and nobody paid`;
    }
  }
}

/** The ledger says what payments and refunds say. */
function* booksTellTheSameStory({ ledger, payments, refunds }: World): Generator<string> {
  const balances = balancesOfTransactions(
    ledger.filter(({ reason }) => reason !== 'pay-owed' && reason !== 'pay-paid' && reason !== 'pay-rejected' && reason !== 'fees-repaid'),
  );
  const paid = payments.reduce((total, payment) => total + (payment.status === 'paid' ? payment.amountFen : 0), 0);
  const owed = sum(refunds.filter((refund) => OWED.has(refund.status)));
  const gone = sum(refunds.filter((refund) => refund.status === 'succeeded'));
  const held = balances.bank + balances.transit + balances.fees;
  if (held !== paid - gone) yield `books hold ${held}, payments say ${paid - gone}`;
  if (balances.parents !== gone - owed) yield `books owe parents ${-balances.parents}, refunds say ${owed - gone}`;
}

/** The projection has counted every entry, once. */
function* balancesAreCounted({ ledger, counted, balances }: World): Generator<string> {
  for (const { ledgerTransactionId } of ledger) if (!counted.has(ledgerTransactionId)) yield `${ledgerTransactionId} is not counted`;
  for (const [schoolId, transactions] of bySchool(ledger)) {
    const expected = addBalances([balancesOfTransactions(transactions)]);
    for (const account of Account.options) {
      const shown = Number(balances.get(schoolId)?.[account] ?? 0);
      if (shown !== expected[account]) yield `${schoolId}: ${account} shows ${shown}, its entries say ${expected[account]}`;
    }
  }
}
