/** A child in the first of four classes that run, some sessions in, at a school with a trial period: where a move begins. */
import { fen } from '@kehou/shared/kernel/fen';
import { type Id, newId } from '@kehou/shared/kernel/id';
import type { Instant } from '@kehou/shared/kernel/time';
import { Enrolment } from '@kehou/shared/selection/enrolment';
import { keys } from '../src/platform/keys.ts';
import { set, type Table } from '../src/platform/table.ts';
import type { StoredEnrolment } from '../src/selection/enrolment.repository.ts';
import { Seat } from '../src/selection/seat.repository.ts';
import { type BillingWorld, type BillingWorldOptions, billingWorld, must, official } from './billing-world.ts';
import { testTable } from './engine.ts';

const SAME_HOUR = 1;
export const FULL_FEN = 24_000;
/** Between the second session and the third: six of eight are left. */
const AFTER_TWO = '2026-12-09T10:00:00.000Z' as Instant;

/** Class 0 is where the child is; 1 costs the same at the same hour, 2 is dearer, 3 cheaper. */
const classes: BillingWorldOptions['classes'] = [
  { capacity: 2, weekday: SAME_HOUR, withMaterialPack: true },
  { capacity: 2, weekday: SAME_HOUR },
  { capacity: 2, weekday: 3, feePerSessionFen: 5000, withMaterialPack: true },
  { capacity: 2, weekday: 4, feePerSessionFen: 1000 },
];

/** Paid for class 0, classes running, some sessions held. */
export async function settled(options: BillingWorldOptions & { now?: Instant; withMaterialPack?: boolean } = {}) {
  const world = await billingWorld(await testTable(), { classes, trialWeeks: 3, pupils: 4, ...options });
  const { enrolment, paymentId } = await world.paidSeat(0, 0, { withMaterialPack: options.withMaterialPack ?? false });
  for (const { offeringId } of world.selection.offerings) {
    await world.table.write([set(keys.offering(offeringId), { status: 'running', fingerprint: 'x', lastDay: '2027-01-18' })]);
  }
  world.clock.set(options.now ?? AFTER_TWO);
  return { world, old: enrolment, paymentId };
}

export type Settled = Awaited<ReturnType<typeof settled>>;

export function askOf({ world, old }: Pick<Settled, 'world' | 'old'>, to: number, differenceFen: number, withMaterialPack = false) {
  return {
    pupilId: old.pupilId,
    enrolmentId: old.enrolmentId,
    newEnrolmentId: newId('enrolment'),
    offeringId: world.offering(to).offeringId,
    withMaterialPack,
    differenceFen: fen(differenceFen),
  };
}

export async function pay(world: BillingWorld, place: { orderId?: string | undefined }, table: Table = world.table): Promise<string> {
  const paymentId = await world.startPayment(must(place.orderId), world.parent(0));
  world.payments.pay(paymentId);
  await world.callBack(paymentId, table);
  return paymentId;
}

export async function holders(world: BillingWorld, index: number): Promise<number> {
  const seat = await world.table.mustGet(keys.seat(world.offering(index).offeringId), Seat);
  return Object.keys(seat.holders).length;
}

export async function codeOf(action: Promise<unknown>): Promise<unknown> {
  return action.then(
    () => 'done',
    (error: { code?: string }) => error.code,
  );
}

export async function hasBoth(world: BillingWorld, old: StoredEnrolment, place: { pupilId: string; enrolmentId: string }) {
  return [(await world.enrolment(old)).status, (await world.enrolment(place)).status];
}

/** The school agrees to every refund that waits for it, and everything comes to rest. */
export async function decideAll(world: BillingWorld): Promise<void> {
  const { organisationId: schoolId } = world.selection.school;
  await world.rest();
  for (const { refundId } of (await world.scan()).filter(({ SK, status }) => SK === 'REFUND' && status === 'approving')) {
    await world.use().decideRefund({ schoolId, refundId: refundId as Id<'refund'>, approve: true }, official('school', schoolId));
  }
  await world.rest({ settled: true });
}

/** Asks for a move, and what became of it. */
export async function move(world: BillingWorld, ask: ReturnType<typeof askOf>, table: Table = world.table): Promise<Enrolment> {
  return Enrolment.parse(await world.use(table).startMove(ask, world.parent(0)));
}
