/**
 * Settlement (H6): what the provider's bill of a day says it took and gave back moves from transit to the bank, a ledger
 * transaction for each movement, so that a day may be settled again at any time and in any state without doubling
 * anything. A movement that our books do not know is first asked for (a callback may have been lost); what still does not
 * match is a break, kept open for a person. The fee that the provider kept of a payment is booked as well, where the day's
 * trade bill states it: the operator owes it (`fees`).
 */
import { type BreakKind, SettlementBreak } from '@kehou/shared/billing/break';
import type { Id } from '@kehou/shared/kernel/id';
import { addDays, addMinutes, type ChinaDate, chinaDate, type Instant } from '@kehou/shared/kernel/time';
import * as z from 'zod';
import { derivedId } from '../platform/derived-id.ts';
import { keys } from '../platform/keys.ts';
import type { FundFlowLine, TradeBillLine } from '../platform/payment-bills.ts';
import type { Platform } from '../platform/platform.ts';
import { absent, ConditionFailed, check, put, set, type Table, type Write } from '../platform/table.ts';
import { applyPayment } from './apply-payment.ts';
import { type LedgerInput, ledgerWrites } from './ledger.repository.ts';
import { orderOfPayment, readOrder } from './order.repository.ts';
import { getRefund, providerNumber, refundOfNumber } from './refund.repository.ts';
import { applyRefund } from './send-refund.ts';

type Deps = Pick<Platform, 'table' | 'clock' | 'log' | 'payments'>;

export const Settlement = z.object({
  date: z.string(),
  state: z.enum(['waiting', 'settled']),
  movements: z.int(),
  breaks: z.int(),
});
export type Settlement = z.infer<typeof Settlement>;

/** A bill is made in the morning of the next day; one that is not there yet is asked for again. */
const RETRY_MINUTES = 30;
const AT_ONCE = 8;

/** Settles a day in China, yesterday unless told. Idempotent. A bill that is not ready is taken up again by the sweeper. */
export async function settleDay(deps: Deps, date: ChinaDate = addDays(chinaDate(deps.clock.now()), -1)): Promise<Settlement> {
  const [trade, flow] = [await deps.payments.tradeBill(date), await deps.payments.fundFlow(date)];
  if (trade.state === 'not-ready' || flow.state === 'not-ready') return keep(deps, { date, state: 'waiting', movements: 0, breaks: 0 });
  const byProviderId = new Map<string, TradeBillLine>();
  for (const line of trade.state === 'ready' ? trade.lines : []) {
    byProviderId.set(line.kind === 'payment' ? line.providerTransactionId : line.providerRefundId, line);
  }
  const lines = (flow.state === 'ready' ? flow.lines : []).filter((line) => line.kind !== 'withdrawal');
  let breaks = 0;
  for (let start = 0; start < lines.length; start += AT_ONCE) {
    const kinds = await Promise.all(
      lines.slice(start, start + AT_ONCE).map((line) => settleLine(deps, date, line, byProviderId.get(line.providerId))),
    );
    breaks += kinds.filter((kind) => kind !== undefined).length;
  }
  deps.log.info('day settled', { date, movements: lines.length, breaks });
  return keep(deps, { date, state: 'settled', movements: lines.length, breaks });
}

/** Days that are caught up on, should the daily run have been missed. The provider keeps bills for three months. */
const CATCH_UP_DAYS = 14;

/** Settles yesterday, and before it every day of the last two weeks that was never settled. One read when none was missed. */
export async function settleMissedDays(deps: Deps): Promise<Settlement> {
  const today = chinaDate(deps.clock.now());
  const dates = Array.from({ length: CATCH_UP_DAYS - 1 }, (_, index) => addDays(today, index - CATCH_UP_DAYS));
  const known = await deps.table.getMany(
    dates.map((date) => keys.settlement(date)),
    Settlement,
  );
  for (const [index, date] of dates.entries()) if (known[index]?.state !== 'settled') await settleDay(deps, date);
  return settleDay(deps);
}

async function keep({ table, clock }: Deps, settlement: Settlement & { date: string }): Promise<Settlement> {
  const due = settlement.state === 'waiting' ? keys.due(`settlement-${settlement.date}`, addMinutes(clock.now(), RETRY_MINUTES)) : {};
  await table.write([put(keys.settlement(settlement.date as ChinaDate), { ...settlement, ...due })]);
  return settlement;
}

/** `undefined`: it is in the bank. */
async function settleLine(
  deps: Deps,
  date: ChinaDate,
  line: FundFlowLine,
  trade: TradeBillLine | undefined,
): Promise<BreakKind | undefined> {
  const found = await differenceOf(deps, line, trade);
  if (!found) return undefined;
  const { kind, booked } = found;
  const { direction, providerId } = line;
  deps.log.error('bill does not match the books', { date, providerId, kind });
  const breakId = derivedId('settlementBreak', date, line.kind, providerId);
  const open = SettlementBreak.parse({
    breakId,
    date,
    providerId,
    kind,
    direction,
    billFen: line.amountFen,
    booksFen: booked?.amountFen ?? 0,
    schoolId: booked?.schoolId,
    foundAt: deps.clock.now(),
    status: 'open',
  });
  // Settled again, a line whose break a person has closed does not open it anew.
  await once(deps.table, put(keys.settlementBreak(date, breakId), { ...open, ...keys.openBreaks(date, breakId) }, { condition: absent }));
  return kind;
}

async function differenceOf(
  deps: Deps,
  line: FundFlowLine,
  trade: TradeBillLine | undefined,
): Promise<{ kind: BreakKind; booked?: Booked } | undefined> {
  if (line.kind === 'charge') return chargeDifference(deps, line, trade);
  if (line.kind !== 'payment' && line.kind !== 'refund') return { kind: 'other' };
  if (!trade || trade.kind !== line.kind) return { kind: 'unknown' };
  const booked = trade.kind === 'payment' ? await bookedPayment(deps, trade.paymentId) : await bookedRefund(deps, trade.refundId);
  if (!booked) return { kind: 'unknown' };
  if (booked.amountFen === undefined) return { kind: 'not-booked', booked };
  if (booked.amountFen !== line.amountFen) return { kind: 'amount-differs', booked };
  await settleMovement(deps, {
    subject: booked.id,
    schoolId: booked.schoolId,
    toBankFen: line.direction === 'in' ? line.amountFen : -line.amountFen,
  });
  return undefined;
}

/** Explained: it left, as the fee that the trade bill states for a payment that is on our books. Anything else is for a person. */
async function chargeDifference(
  deps: Deps,
  line: FundFlowLine,
  trade: TradeBillLine | undefined,
): Promise<{ kind: BreakKind; booked?: Booked } | undefined> {
  if (trade?.kind !== 'payment') return { kind: 'charge' };
  const booked = await bookedPayment(deps, trade.paymentId);
  if (!booked) return { kind: 'charge' };
  const isStated = booked.amountFen !== undefined && line.direction === 'out' && line.amountFen === trade.chargeFen;
  // What the trade bill states is what our side knows of a fee.
  if (!isStated) return { kind: 'charge', booked: { ...booked, amountFen: booked.amountFen === undefined ? undefined : trade.chargeFen } };
  await bookOnce(deps, {
    id: `provider-fee#${booked.id}`,
    schoolId: booked.schoolId,
    reason: 'provider-fee',
    subject: booked.id,
    entries: [
      { account: 'fees', amountFen: line.amountFen },
      { account: 'bank', amountFen: -line.amountFen },
    ],
  });
  return undefined;
}

interface Booked {
  readonly id: string;
  readonly schoolId: Id<'organisation'>;
  /** What our books say moved; absent: nothing did. */
  readonly amountFen: number | undefined;
}

async function bookedPayment(deps: Deps, paymentId: string): Promise<Booked | undefined> {
  const orderId = await orderOfPayment(deps.table, paymentId);
  if (!orderId) return undefined;
  const read = async () => (await readOrder(deps.table, orderId))?.payments.find((payment) => payment.paymentId === paymentId);
  let payment = await read();
  if (payment && payment.status !== 'paid') {
    await applyPayment(deps)(paymentId, await deps.payments.queryPayment(paymentId), orderId);
    payment = await read();
  }
  return payment && { id: paymentId, schoolId: payment.schoolId, amountFen: payment.status === 'paid' ? payment.amountFen : undefined };
}

/** By its number at the provider. What was paid by hand, or under another number, is not this movement. */
async function bookedRefund(deps: Deps, number: string): Promise<Booked | undefined> {
  const { refundId } = refundOfNumber(number) ?? {};
  if (!refundId) return undefined;
  let refund = await getRefund(deps.table, refundId);
  if (refund && refund.status !== 'succeeded') {
    await applyRefund(deps)(number, await deps.payments.queryRefund(number));
    refund = await getRefund(deps.table, refundId);
  }
  if (!refund) return undefined;
  const isBooked = refund.status === 'succeeded' && refund.paidByHand === undefined && providerNumber(refund) === number;
  return { id: refundId, schoolId: refund.schoolId, amountFen: isBooked ? refund.amountFen : undefined };
}

/** A movement has reached the bank, or left it. */
function settleMovement(deps: Deps, movement: { subject: string; schoolId: Id<'organisation'>; toBankFen: number }): Promise<void> {
  const { subject, schoolId, toBankFen } = movement;
  return bookOnce(deps, {
    id: `settlement#${subject}`,
    schoolId,
    reason: 'settlement',
    subject,
    entries: [
      { account: 'bank', amountFen: toBankFen },
      { account: 'transit', amountFen: -toBankFen },
    ],
  });
}

async function bookOnce({ table, clock }: Deps, event: Omit<LedgerInput, 'at'>): Promise<void> {
  try {
    await table.write(ledgerWrites({ ...event, at: clock.now() }));
  } catch (error) {
    // Settled before.
    if (!(error instanceof ConditionFailed)) throw error;
  }
}

async function once(table: Table, write: Parameters<Table['write']>[0][number]): Promise<void> {
  try {
    await table.write([write]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
}

/**
 * For the transaction that books a movement of a day after the fact: the day is settled again, so that the movement leaves
 * transit as well. A day that is not settled yet will find it; should it be settled at this moment, the transaction fails.
 */
export async function settleAgainWrite(table: Table, date: ChinaDate, now: Instant): Promise<Write> {
  const key = keys.settlement(date);
  const settled = (await table.get(key, Settlement))?.state === 'settled';
  const values = { settled: 'settled' };
  return settled
    ? set(key, { state: 'waiting', ...keys.due(`settlement-${date}`, now) }, { condition: { expression: '#state = :settled', values } })
    : check(key, { expression: 'attribute_not_exists(PK) OR #state <> :settled', values });
}

/** The sweeper found a day whose bill was not ready. */
export function settlementIsDue(deps: Deps) {
  return async (item: Readonly<Record<string, unknown>>): Promise<void> => {
    const { date, state } = Settlement.parse(item);
    if (state === 'waiting') await settleDay(deps, date as ChinaDate);
  };
}
