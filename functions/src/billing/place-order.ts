import { type OrderLine, totalOf } from '@kehou/shared/billing/order';
import type { billingRoutes } from '@kehou/shared/billing/routes';
import { DomainError } from '@kehou/shared/kernel/errors';
import { fen } from '@kehou/shared/kernel/fen';
import type { Id } from '@kehou/shared/kernel/id';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { type Instant, ms } from '@kehou/shared/kernel/time';
import { Offering } from '@kehou/shared/offering/offering';
import { Organisation } from '@kehou/shared/organisation/organisation';
import { Pupil } from '@kehou/shared/school/school';
import { mustBeGuardianOfAll } from '../identity/own-children.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { ConditionFailed, create, put, set, type Table, type Write } from '../platform/table.ts';
import { StoredEnrolment, slotWrites } from '../selection/enrolment.repository.ts';
import { settleFreeOrder } from './apply-payment.ts';
import { StoredOrder } from './order.repository.ts';

type Route = (typeof billingRoutes)['placeOrder'];
type Input = ParsedOf<Route>;
const TRIES_MAX = 3;

/**
 * Places an order for held seats of the actor's children at one school. One transaction: the order, its entry in each
 * child's list, and each enrolment's word that it is in this order and no other live one. What is free of charge is
 * confirmed at once. Six calls of the table, four of them one after the other.
 */
export function placeOrder(deps: Pick<Platform, 'table' | 'clock' | 'log'>) {
  return async (input: Input, actor: Actor): Promise<ReplyOf<Route>> => {
    const { table } = deps;
    refuseTwice(input);
    await mustBeGuardianOfAll(
      table,
      actor,
      input.lines.map((line) => line.pupilId),
    );
    for (let attempt = 1; ; attempt++) {
      const known = await table.get(keys.order(input.orderId), StoredOrder);
      if (known) return finish(deps, sameOrder(known, input, actor));
      const enrolments = await readEnrolments(table, input, deps.clock.now());
      refuseSameHour(enrolments);
      const order = await draft(table, input, actor, enrolments, deps.clock.now());
      try {
        await table.write(orderWrites(order, enrolments));
        return await finish(deps, order);
      } catch (error) {
        // Someone took a seat of it elsewhere, the sweeper was faster, or it is our own lost reply: look again.
        if (!(error instanceof ConditionFailed)) throw error;
        refuseClash(error, enrolments, order);
        if (attempt >= TRIES_MAX) throw new DomainError('request.changed');
      }
    }
  };
}

async function finish(deps: Pick<Platform, 'table' | 'clock' | 'log'>, order: StoredOrder): Promise<StoredOrder> {
  return order.totalFen === 0 && order.status === 'pending' ? settleFreeOrder(deps, order) : order;
}

function refuseTwice(input: Input): void {
  const seen = new Set<string>();
  for (const [index, line] of input.lines.entries()) {
    if (seen.has(line.enrolmentId)) {
      throw new DomainError('request.invalid', { fields: [{ path: `lines.${index}.enrolmentId`, message: 'listed twice' }] });
    }
    seen.add(line.enrolmentId);
  }
}

function fingerprintOf(input: Input): string {
  return input.lines
    .map((line) => `${line.pupilId} ${line.enrolmentId} ${line.withMaterialPack}`)
    .sort()
    .join('\n');
}

function sameOrder(known: StoredOrder, input: Input, actor: Actor): StoredOrder {
  if (known.personId !== actor.personId || known.fingerprint !== fingerprintOf(input)) throw new DomainError('request.id_reused');
  return known;
}

/** The seats as they are now: held, in time, of one school, and in no other live order. */
async function readEnrolments(table: Table, input: Input, now: Instant): Promise<StoredEnrolment[]> {
  const found = await table.getMany(
    input.lines.map((line) => keys.enrolment(line.pupilId, line.enrolmentId)),
    StoredEnrolment,
  );
  const enrolments = found.filter((enrolment) => enrolment !== undefined);
  if (enrolments.length < input.lines.length) throw new DomainError('request.not_found');
  for (const enrolment of enrolments) {
    if (enrolment.status === 'confirmed') throw new DomainError('order.already_paid', { enrolmentId: enrolment.enrolmentId });
    if (enrolment.movedFrom) throw new DomainError('move.pays_itself', { orderId: enrolment.orderId });
    if (enrolment.status !== 'held' || ms(enrolment.holdUntil) <= ms(now)) {
      throw new DomainError('selection.hold_over', { enrolmentId: enrolment.enrolmentId });
    }
  }
  if (new Set(enrolments.map((enrolment) => enrolment.schoolId)).size > 1) throw new DomainError('order.many_schools');
  const orderIds = [...new Set(enrolments.flatMap((enrolment) => enrolment.orderId ?? []))];
  const earlier = await table.getMany(
    orderIds.map((orderId) => keys.order(orderId)),
    StoredOrder,
  );
  const live = earlier.find((order) => order && order.status !== 'closed');
  if (live?.status === 'closing') throw new DomainError('order.closing', { orderId: live.orderId });
  if (live) throw new DomainError('order.seat_in_order', { orderId: live.orderId });
  return enrolments;
}

async function draft(table: Table, input: Input, actor: Actor, enrolments: readonly StoredEnrolment[], now: Instant): Promise<StoredOrder> {
  const [first] = enrolments;
  if (!first) throw new RangeError('an order has at least one line');
  const [school, pupils, offerings] = await Promise.all([
    table.mustGet(keys.organisation(first.schoolId), Organisation),
    table.getMany(
      enrolments.map((enrolment) => keys.pupil(enrolment.pupilId)),
      Pupil,
    ),
    table.getMany(
      enrolments.map((enrolment) => keys.offering(enrolment.offeringId)),
      Offering,
    ),
  ]);
  const lines = enrolments.map((enrolment, index): OrderLine => {
    const pupil = pupils[index];
    if (offerings[index]?.status === 'cancelled')
      throw new DomainError('selection.class_cancelled', { enrolmentId: enrolment.enrolmentId });
    const pack = input.lines[index]?.withMaterialPack ? offerings[index]?.materialPack : undefined;
    if (!pupil) throw new DomainError('request.not_found');
    if (input.lines[index]?.withMaterialPack && !pack) throw new DomainError('order.no_material', { enrolmentId: enrolment.enrolmentId });
    return {
      enrolmentId: enrolment.enrolmentId,
      pupilId: enrolment.pupilId,
      pupilName: pupil.name,
      offeringId: enrolment.offeringId,
      courseName: enrolment.courseName,
      feeFen: enrolment.feeFen,
      materialFen: pack?.priceFen ?? fen(0),
      ...(pack ? { materialName: pack.name } : {}),
    };
  });
  return {
    orderId: input.orderId,
    personId: actor.personId as Id<'person'>,
    schoolId: first.schoolId,
    schoolName: school.name,
    lines,
    totalFen: totalOf(lines),
    status: 'pending',
    payBefore: enrolments.map((enrolment) => enrolment.holdUntil).sort()[0] ?? now,
    placedAt: now,
    refundedFen: fen(0),
    fingerprint: fingerprintOf(input),
  };
}

/** Two offered places at one hour of one child: the hour can be claimed for one of them. */
function refuseSameHour(enrolments: readonly StoredEnrolment[]): void {
  const claimed = new Map<string, StoredEnrolment>();
  for (const enrolment of enrolments.filter(({ slotsPending }) => slotsPending)) {
    for (const { weekday, period } of enrolment.slots) {
      const hour = `${enrolment.pupilId} ${enrolment.termId} ${weekday} ${period}`;
      const other = claimed.get(hour);
      if (other) throw new DomainError('selection.clash', { courseName: other.courseName, offeringId: other.offeringId });
      claimed.set(hour, enrolment);
    }
  }
}

/** An hour of an offered place is still taken by another class: said in words, not tried again. */
function refuseClash(error: ConditionFailed, enrolments: readonly StoredEnrolment[], order: StoredOrder): void {
  const first = orderWrites(order, enrolments).length - pendingSlots(enrolments).length;
  const clash = error.failed.find((index) => index >= first);
  if (clash === undefined || error.failed.some((index) => index < first)) return;
  const taken = error.items.get(clash);
  throw new DomainError('selection.clash', { courseName: taken?.courseName, offeringId: taken?.offeringId });
}

function pendingSlots(enrolments: readonly StoredEnrolment[]): Write[] {
  return enrolments.filter(({ slotsPending }) => slotsPending).flatMap(slotWrites);
}

/** At most 1 + 10 + 10 items, and the hours of offered places that had to wait for them. */
function orderWrites(order: StoredOrder, enrolments: readonly StoredEnrolment[]): Write[] {
  const pupilIds = [...new Set(order.lines.map((line) => line.pupilId))];
  return [
    // Due by itself as well: an order is closed in time even if none of its seats is there to be swept any more.
    create(keys.order(order.orderId), { ...order, ...keys.due(order.orderId, order.payBefore) }),
    ...pupilIds.map((pupilId) => put(keys.orderOfPupil(pupilId, order.orderId), { orderId: order.orderId })),
    ...enrolments.map((enrolment) =>
      set(
        keys.enrolment(enrolment.pupilId, enrolment.enrolmentId),
        { orderId: order.orderId, ...(enrolment.slotsPending ? { slotsPending: undefined } : {}) },
        {
          // The earlier order was read as closed, which is final.
          condition: enrolment.orderId
            ? { expression: '#status = :held AND #orderId = :earlier', values: { held: 'held', earlier: enrolment.orderId } }
            : { expression: '#status = :held AND attribute_not_exists(#orderId)', values: { held: 'held' } },
        },
      ),
    ),
    ...pendingSlots(enrolments),
  ];
}
