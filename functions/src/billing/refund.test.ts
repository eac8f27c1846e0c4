import { newId } from '@kehou/shared/kernel/id';
import { addMinutes, chinaInstant, type TimeOfDay } from '@kehou/shared/kernel/time';
import { type BillingWorld, billingWorld, FIRST_SESSION, must, official } from '../../testing/billing-world.ts';
import { testTable } from '../../testing/engine.ts';
import { expectInvariants } from '../../testing/invariants.ts';
import { keys } from '../platform/keys.ts';
import { put, set } from '../platform/table.ts';
import { Seat } from '../selection/seat.repository.ts';
import { listEnrolments } from '../selection/show-window.ts';
import { NOT_ENOUGH, SILENT } from './send-refund.ts';

const afterFirst = addMinutes(chinaInstant(FIRST_SESSION, '16:30' as TimeOfDay), 5);

async function holders(world: BillingWorld, offering = 0): Promise<number> {
  return Object.keys((await world.table.mustGet(keys.seat(world.offering(offering).offeringId), Seat)).holders).length;
}

async function statusOf(world: BillingWorld, refund: { refundId: string; pupilId: string }) {
  const shown = await world.use().getRefund(refund as never, world.parent(0));
  return shown.status;
}

const where = ({ pupilId, enrolmentId }: { pupilId: string; enrolmentId: string }) => ({ pupilId, enrolmentId }) as never;

describe('a quote', () => {
  it('says the sum, how it is made up, the rule, and who has to approve', async () => {
    const world = await billingWorld(await testTable(), { classes: [{ capacity: 5, withMaterialPack: true }] });
    const { enrolment } = await world.paidSeat(0, 0, { withMaterialPack: true });
    expect(await world.use().quoteRefund(where(enrolment), world.parent(0))).toMatchObject({
      totalFen: 28_500,
      feeFen: 24_000,
      materialFen: 4500,
      rule: 'full-before-first-session',
      approval: 'automatic',
      approvers: [],
    });
    world.clock.set(afterFirst);
    expect(await world.use().quoteRefund(where(enrolment), world.parent(0))).toMatchObject({
      totalFen: 25_500,
      feeFen: 21_000,
      sessionsLeft: 7,
      rule: 'by-sessions-left',
      approval: 'needed',
      approvers: ['school'],
    });
  });

  it('is refused once the sum has changed, and for a seat that nobody paid', async () => {
    const world = await billingWorld(await testTable());
    const { enrolment } = await world.paidSeat(0);
    const held = await world.takeSeat(1);
    const { quoteToken } = await world.use().quoteRefund(where(enrolment), world.parent(0));
    world.clock.set(afterFirst);
    const input = { pupilId: enrolment.pupilId, enrolmentId: enrolment.enrolmentId, refundId: newId('refund'), quoteToken };
    await expect(world.use().requestRefund(input, world.parent(0))).rejects.toMatchObject({
      code: 'refund.quote_changed',
      details: { totalFen: 21_000 },
    });
    const forged = { ...input, quoteToken: `${quoteToken.slice(0, -2)}AA` };
    await expect(world.use().requestRefund(forged, world.parent(0))).rejects.toMatchObject({ code: 'refund.quote_changed' });
    await expect(world.use().quoteRefund(where(held), world.parent(1))).rejects.toMatchObject({ code: 'refund.not_confirmed' });
  });
});

describe('a refund before the first session', () => {
  it('goes back by itself: the seat is free, the money returned, the books balanced', async () => {
    const world = await billingWorld(await testTable(), { classes: [{ capacity: 1 }] });
    const { enrolment, order, paymentId } = await world.paidSeat(0);
    const refund = await world.requestRefund(enrolment);
    expect(refund).toMatchObject({ status: 'requested', amountFen: 24_000 });
    expect(await holders(world)).toBe(1);
    await world.rest();
    expect(await holders(world)).toBe(0);
    expect(await world.enrolment(enrolment)).toMatchObject({ status: 'cancelled', cancelReason: 'parent' });
    const shown = await world.use().getOrder({ orderId: order.orderId }, world.parent(0));
    expect(shown.order.refundedFen).toBe(24_000);
    expect(shown.refunds.map((one) => one.timeline.map((step) => step.status))).toEqual([
      ['requested', 'approved', 'sending', 'succeeded'],
    ]);
    expect(world.payments.refundedOf(paymentId)).toBe(24_000);
    expect((await world.takeSeat(1)).status).toBe('held');
    await expectInvariants(world.table, { atRest: true });
    const { balances } = await world.use().proveLedger({ organisationId: world.selection.school.organisationId }, world.parent(0));
    expect(balances).toEqual({ bank: 0, transit: 0, fees: 0, parents: 0, payees: 0, fund: 0 });
  });

  it('is one refund, however often and by whomever it is asked for', async () => {
    const world = await billingWorld(await testTable());
    const { enrolment, paymentId } = await world.paidSeat(0);
    const refundId = newId('refund');
    const first = await world.requestRefund(enrolment, refundId);
    const { quoteToken } = await world.use().quoteRefund(where(enrolment), world.parent(0));
    const again = await world.use().requestRefund({ ...(where(enrolment) as object), refundId, quoteToken } as never, world.parent(0));
    expect(again.refundId).toBe(first.refundId);
    await expect(world.requestRefund(enrolment)).rejects.toMatchObject({ code: 'refund.already_asked', details: { refundId } });
    await world.rest();
    await world.rest();
    await expect(world.requestRefund(enrolment)).rejects.toMatchObject({ code: 'refund.not_confirmed' });
    expect(world.payments.refundedOf(paymentId)).toBe(24_000);
    await expectInvariants(world.table, { atRest: true });
  });

  it('refuses an id that is another refund', async () => {
    const world = await billingWorld(await testTable());
    const one = await world.paidSeat(0);
    const other = await world.paidSeat(1);
    const refundId = newId('refund');
    await world.requestRefund(one.enrolment, refundId);
    await expect(world.requestRefund(other.enrolment, refundId)).rejects.toMatchObject({ code: 'request.id_reused' });
    await expect(world.use().getRefund({ pupilId: world.pupil(1), refundId }, world.parent(1))).rejects.toMatchObject({
      code: 'request.not_found',
    });
  });

  it('of one class of an order leaves the other class alone', async () => {
    const world = await billingWorld(await testTable(), {
      classes: [
        { capacity: 5, weekday: 1 },
        { capacity: 5, weekday: 2, withMaterialPack: true },
      ],
    });
    const seats = [await world.takeSeat(0, 0), await world.takeSeat(0, 1)];
    const order = await world
      .use()
      .placeOrder(
        { orderId: newId('order'), lines: world.linesOf(seats).map((line, index) => ({ ...line, withMaterialPack: index === 1 })) },
        world.parent(0),
      );
    const paymentId = await world.startPayment(order.orderId, world.parent(0));
    world.payments.pay(paymentId);
    await world.callBack(paymentId);
    await world.requestRefund(must(seats[1]));
    await world.rest();
    expect(world.payments.refundedOf(paymentId)).toBe(28_500);
    expect((await world.enrolment(must(seats[0]))).status).toBe('confirmed');
    await world.requestRefund(must(seats[0]));
    await world.rest();
    expect(world.payments.refundedOf(paymentId)).toBe(52_500);
    await expectInvariants(world.table, { atRest: true });
  });

  it('of a class that was free only gives the seat back', async () => {
    const world = await billingWorld(await testTable(), { classes: [{ capacity: 1, feePerSessionFen: 0 }] });
    const seat = await world.takeSeat(0);
    await world.order([seat]);
    const refund = await world.requestRefund(await world.enrolment(seat));
    await world.rest();
    expect(await statusOf(world, refund)).toBe('succeeded');
    expect(await holders(world)).toBe(0);
    expect(world.payments.refunds.size).toBe(0);
    await expectInvariants(world.table, { atRest: true });
  });
});

describe('a refund that needs approval', () => {
  const chain = { when: 'always' as const, chain: ['school' as const, 'bureau' as const], timeLimitHours: 48 };

  async function asked() {
    const bureauId = newId('organisation');
    const world = await billingWorld(await testTable(), { refundApproval: chain });
    const { organisationId: schoolId } = world.selection.school;
    await world.table.write([set(keys.organisation(schoolId), { ancestorIds: [bureauId] })]);
    const { enrolment, paymentId } = await world.paidSeat(0);
    const refund = await world.requestRefund(enrolment);
    await world.rest();
    const decide = (by: ReturnType<typeof official>, approve = true) =>
      world.use().decideRefund({ schoolId, refundId: refund.refundId, approve, ...(approve ? {} : { note: '请先和班主任联系' }) }, by);
    return { world, schoolId, bureauId, enrolment, refund, paymentId, decide };
  }

  it('waits in the queue, goes down the chain, and frees the seat with the last word', async () => {
    const { world, schoolId, bureauId, enrolment, refund, paymentId, decide } = await asked();
    const queue = async () => (await world.use().listRefunds({ schoolId, queue: 'approving', limit: 10 }, world.parent(0))).items;
    expect((await queue()).map((one) => one.refundId)).toEqual([refund.refundId]);
    const head = official('school', schoolId);
    const officer = official('bureau', bureauId);
    await expect(decide(officer)).rejects.toMatchObject({ code: 'refund.not_your_turn' });
    expect((await decide(head)).status).toBe('approving');
    expect((await world.enrolment(enrolment)).status).toBe('confirmed');
    expect((await decide(officer)).status).toBe('approved');
    expect((await world.enrolment(enrolment)).status).toBe('cancelled');
    expect((await decide(officer)).status).toBe('approved');
    expect(await queue()).toEqual([]);
    await world.rest();
    expect(await statusOf(world, refund)).toBe('succeeded');
    expect(world.payments.refundedOf(paymentId)).toBe(24_000);
    await expectInvariants(world.table, { atRest: true });
  });

  it('is never approved twice by one person, nor by who asked for it, nor by another school', async () => {
    const { world, schoolId, bureauId, refund, decide } = await asked();
    const both = {
      ...official('school', schoolId),
      memberships: [
        { organisationId: schoolId, role: 'school' as const },
        { organisationId: bureauId, role: 'bureau' as const },
      ],
    };
    await decide(both);
    await expect(decide(both)).rejects.toMatchObject({ code: 'refund.approved_by_you' });
    const asker = { ...official('bureau', bureauId), personId: world.parent(0).personId };
    await expect(decide(asker)).rejects.toMatchObject({ code: 'refund.own_request' });
    await expect(decide(official('bureau', newId('organisation')))).rejects.toMatchObject({ code: 'refund.not_your_turn' });
    await expect(
      world.use().decideRefund({ schoolId: newId('organisation'), refundId: refund.refundId, approve: true }, both),
    ).rejects.toMatchObject({ code: 'request.not_found' });
  });

  it('is the bureau’s to decide where an operator is asked for that the school has not, or has no more', async () => {
    const bureauId = newId('organisation');
    const refundApproval = { when: 'always' as const, chain: ['school' as const, 'operator' as const], timeLimitHours: 48 };
    const world = await billingWorld(await testTable(), { refundApproval });
    const { organisationId: schoolId } = world.selection.school;
    const operatorIs = (operatorId: string | undefined) =>
      world.table.write([set(keys.organisation(schoolId), { ancestorIds: [bureauId], operatorId })]);
    const operatorId = newId('organisation');
    await operatorIs(operatorId);
    const { enrolment, paymentId } = await world.paidSeat(0);
    const { refundId } = await world.requestRefund(enrolment);
    await world.rest();
    const decide = (by: ReturnType<typeof official>) => world.use().decideRefund({ schoolId, refundId, approve: true }, by);
    const chain = async () => (await world.use().listRefunds({ schoolId, queue: 'approving', limit: 10 }, world.parent(0))).items[0]?.chain;
    expect((await decide(official('school', schoolId))).status).toBe('approving');
    expect(await chain()).toEqual(['school', 'operator']);
    await expect(decide(official('bureau', bureauId))).rejects.toMatchObject({ code: 'refund.not_your_turn' });
    await operatorIs(undefined);
    expect(await chain()).toEqual(['school', 'bureau']);
    await expect(decide(official('operator', operatorId))).rejects.toMatchObject({ code: 'refund.not_your_turn' });
    expect(await decide(official('bureau', bureauId))).toMatchObject({ status: 'approved', chain: ['school', 'bureau'] });
    await world.rest();
    expect(world.payments.refundedOf(paymentId)).toBe(24_000);
    await expectInvariants(world.table, { atRest: true });
  });

  it('lets one of two approvers at once through', async () => {
    const { world, schoolId, decide, refund } = await asked();
    const results = await Promise.allSettled([decide(official('school', schoolId)), decide(official('school', schoolId))]);
    expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected']);
    const shown = await world.use().getRefund(refund, world.parent(0));
    expect(shown.approvals).toHaveLength(1);
  });

  it('leaves the seat to the child when it is refused, who may ask again', async () => {
    const { world, schoolId, enrolment, refund, paymentId, decide } = await asked();
    const head = official('school', schoolId);
    const silent = { schoolId, refundId: refund.refundId, approve: false };
    await expect(world.use().decideRefund(silent, head)).rejects.toMatchObject({
      code: 'request.invalid',
      details: { fields: [{ path: 'note' }] },
    });
    expect((await decide(head, false)).status).toBe('refused');
    expect((await decide(head, false)).status).toBe('refused');
    await expect(decide(official('school', schoolId))).rejects.toMatchObject({ code: 'refund.not_approving' });
    await world.rest();
    expect((await world.enrolment(enrolment)).status).toBe('confirmed');
    expect(world.payments.refundedOf(paymentId)).toBe(0);
    expect(world.machines.every((machine) => machine.state === 'done')).toBe(true);
    const second = await world.requestRefund(enrolment);
    expect(second.status).toBe('approving');
    const { items } = await world.use().listChildRefunds({ pupilId: enrolment.pupilId, limit: 10 }, world.parent(0));
    expect(items.map((item) => item.refundId).sort()).toEqual([refund.refundId, second.refundId].sort());
    await expectInvariants(world.table);
  });

  it('reminds the approvers when their time is over', async () => {
    const { world, refund } = await asked();
    const tasks = must(world.area().tasks);
    const payload = { refundId: refund.refundId, version: 1 };
    expect(await must(tasks['billing.assessRefund'])(payload)).toEqual({ next: 'ask', timeLimitSeconds: 48 * 3600 });
    await must(tasks['billing.remindApprovers'])(payload);
    expect(await must(tasks['billing.assessRefund'])(payload)).toEqual({ next: 'ask', timeLimitSeconds: 24 * 3600 });
    const row = must((await world.scan()).find((one) => one.SK === 'REFUND'));
    expect(row).toMatchObject({ reminders: 1, remindedAt: world.clock.now(), status: 'approving' });
    const { timeline } = await world.use().getRefund(refund, world.parent(0));
    expect(timeline.at(-1)).toEqual({ status: 'approving', at: world.clock.now(), by: 'system', reminded: true });
  });
});

describe('a refund that the provider does not simply pay', () => {
  async function sent(mode: 'process' | 'abnormal' | 'not-enough-balance') {
    const world = await billingWorld(await testTable());
    world.payments.refundMode = mode;
    const { enrolment, paymentId } = await world.paidSeat(0);
    const refund = await world.requestRefund(enrolment);
    await world.rest();
    const { organisationId: schoolId } = world.selection.school;
    const attention = async () =>
      (await world.use().listRefunds({ schoolId, queue: 'attention', limit: 10 }, world.parent(0))).items.map((one) => one.attentionReason);
    return { world, schoolId, refund, paymentId, attention };
  }

  it('is booked when the callback comes, once', async () => {
    const { world, refund, paymentId } = await sent('process');
    expect(await statusOf(world, refund)).toBe('sending');
    const notice = { kind: 'refund', refundId: refund.refundId, paymentId, refund: world.payments.finishRefund(refund.refundId) };
    await Promise.all([world.notice(notice), world.notice(notice), world.notice(notice)]);
    expect(await statusOf(world, refund)).toBe('succeeded');
    world.clock.addMinutes(2);
    await world.rest();
    expect(world.machines.every((machine) => machine.state === 'done')).toBe(true);
    await expectInvariants(world.table, { atRest: true });
  });

  it('is found out by asking when no callback comes', async () => {
    const { world, refund } = await sent('process');
    world.payments.finishRefund(refund.refundId);
    world.clock.addMinutes(2);
    await world.rest();
    expect(await statusOf(world, refund)).toBe('succeeded');
    await expectInvariants(world.table, { atRest: true });
  });

  it('is tried again by itself when the balance was short', async () => {
    const { world, refund, attention } = await sent('not-enough-balance');
    expect(await attention()).toEqual([NOT_ENOUGH]);
    world.payments.refundMode = 'succeed';
    world.clock.addMinutes(5);
    await world.rest();
    expect(await statusOf(world, refund)).toBe('succeeded');
    await expectInvariants(world.table, { atRest: true });
  });

  it('ends in the queue when nothing is ever heard', async () => {
    const { world, refund, attention } = await sent('process');
    for (let count = 0; count < 15 && (await statusOf(world, refund)) === 'sending'; count++) {
      world.clock.addMinutes(1441);
      await world.runMachines();
    }
    expect(await attention()).toEqual([SILENT]);
  });

  it('ends in the queue when the provider cannot be reached at all', async () => {
    const world = await billingWorld(await testTable());
    world.payments.down.add('refund');
    const { enrolment } = await world.paidSeat(0);
    const refund = await world.requestRefund(enrolment);
    await world.rest();
    expect(await statusOf(world, refund)).toBe('attention');
    expect(await holders(world)).toBe(0);
    await expectInvariants(world.table, { atRest: true });
  });

  it('starts anew by the sweeper when its machine died, and the older one ends without effect', async () => {
    const { world, refund } = await sent('process');
    for (const machine of world.machines) machine.state = 'done';
    world.payments.finishRefund(refund.refundId);
    world.clock.addMinutes(30);
    await world.rest();
    expect(await statusOf(world, refund)).toBe('succeeded');
    const tasks = must(world.area().tasks);
    const stale = { refundId: refund.refundId, version: 1 };
    expect(await must(tasks['billing.assessRefund'])(stale)).toMatchObject({ next: 'end' });
    expect(await must(tasks['billing.sendRefund'])(stale)).toMatchObject({ next: 'end' });
    await must(tasks['billing.parkRefund'])(stale);
    expect(await statusOf(world, refund)).toBe('succeeded');
    await expectInvariants(world.table, { atRest: true });
  });
});

describe('a material pack', () => {
  it('is not refunded once handed out, and not handed out while it is refunded', async () => {
    const world = await billingWorld(await testTable(), {
      classes: [{ capacity: 5, withMaterialPack: true }],
      refundApproval: { when: 'always', chain: ['school'], timeLimitHours: 1 },
    });
    const { organisationId: schoolId } = world.selection.school;
    const one = await world.paidSeat(0, 0, { withMaterialPack: true });
    const other = await world.paidSeat(1, 0, { withMaterialPack: true });
    const handOut = ({ pupilId, enrolmentId }: typeof one.enrolment, school = schoolId) =>
      world.use().handOutMaterial({ schoolId: school, pupilId, enrolmentId }, official('school', schoolId));
    const first = await handOut(one.enrolment);
    world.clock.addMinutes(1);
    expect(await handOut(one.enrolment)).toEqual(first);
    expect(await world.use().quoteRefund(where(one.enrolment), world.parent(0))).toMatchObject({
      materialFen: 0,
      totalFen: 24_000,
      materialHandedOutAt: first.handedOutAt,
    });
    await world.requestRefund(other.enrolment);
    await expect(handOut(other.enrolment)).rejects.toMatchObject({ code: 'material.in_refund' });
    await expect(handOut(one.enrolment, newId('organisation'))).rejects.toMatchObject({ code: 'request.not_found' });
  });

  it('that was handed out is told to the family with its order, and to the school with the class', async () => {
    const world = await billingWorld(await testTable(), { classes: [{ capacity: 5, withMaterialPack: true }], pupils: 3 });
    const { organisationId: schoolId } = world.selection.school;
    const { offeringId } = world.offering(0);
    const one = await world.paidSeat(0, 0, { withMaterialPack: true });
    const other = await world.paidSeat(1, 0, { withMaterialPack: true });
    const without = await world.paidSeat(2, 0);
    const { pupilId, enrolmentId } = one.enrolment;
    const orderOf = async (paid: typeof one, pupil: number) =>
      (await world.use().getOrder({ orderId: paid.order.orderId }, world.parent(pupil))).handedOut;
    for (const index of world.selection.pupils.keys()) {
      const pupil = world.pupil(index);
      await world.table.write([
        put(keys.pupil(pupil), { pupilId: pupil, schoolId, name: `学生${index}`, grade: 3, className: '3班', pupilNumber: `2026${index}` }),
      ]);
    }
    const listed = async () => {
      const { items } = await listEnrolments(world)({ schoolId, offeringId, limit: 50 }, official('school', schoolId));
      return Object.fromEntries(items.map((item) => [item.enrolmentId, [item.materialFen, item.materialHandedOutAt]]));
    };
    expect(await orderOf(one, 0)).toEqual([]);
    const { handedOutAt } = await world.use().handOutMaterial({ schoolId, pupilId, enrolmentId }, official('school', schoolId));
    expect(await orderOf(one, 0)).toEqual([{ enrolmentId, handedOutAt }]);
    expect(await orderOf(other, 1)).toEqual([]);
    const paidFen = one.order.lines[0]?.materialFen;
    expect(paidFen).toBeGreaterThan(0);
    expect(await listed()).toEqual({
      [enrolmentId]: [paidFen, handedOutAt],
      [other.enrolment.enrolmentId]: [paidFen, undefined],
      [without.enrolment.enrolmentId]: [0, undefined],
    });
  });

  it('is not handed out to someone who has given the place up', async () => {
    const world = await billingWorld(await testTable(), { classes: [{ capacity: 5, withMaterialPack: true }] });
    const { organisationId: schoolId } = world.selection.school;
    const { enrolment } = await world.paidSeat(0, 0, { withMaterialPack: true });
    const { pupilId, enrolmentId } = enrolment;
    await world.requestRefund(enrolment);
    await world.rest();
    expect((await world.enrolment(enrolment)).status).toBe('cancelled');
    await expect(world.use().handOutMaterial({ schoolId, pupilId, enrolmentId }, official('school', schoolId))).rejects.toMatchObject({
      code: 'material.place_gone',
    });
    expect((await world.enrolment(enrolment)).materialHandedOutAt).toBeUndefined();
  });

  it('is not there to hand out when none was bought', async () => {
    const world = await billingWorld(await testTable());
    const { enrolment } = await world.paidSeat(0);
    const { organisationId: schoolId } = world.selection.school;
    const { pupilId, enrolmentId } = enrolment;
    await expect(world.use().handOutMaterial({ schoolId, pupilId, enrolmentId }, official('school', schoolId))).rejects.toMatchObject({
      code: 'material.none',
    });
  });
});

describe('a class that does not run', () => {
  it('gives everyone everything back, page by page, also who had asked already', async () => {
    const world = await billingWorld(await testTable(), {
      classes: [{ capacity: 30 }],
      pupils: 24,
      refundApproval: { when: 'always', chain: ['school'], timeLimitHours: 1 },
    });
    const seats = [];
    for (const index of world.selection.pupils.keys()) seats.push(await world.paidSeat(index));
    await world.requestRefund(must(seats[3]).enrolment);
    const task = must(must(world.area().tasks)['billing.refundOffering']);
    const payload = { offeringId: world.offering(0).offeringId, cursor: '' };
    expect(await task(payload)).toEqual({ done: false, cursor: '' });
    expect(await task(payload)).toEqual({ done: true, cursor: '' });
    expect(await task(payload)).toEqual({ done: true, cursor: '' });
    await world.rest();
    expect(await holders(world)).toBe(0);
    for (const { enrolment, paymentId } of seats) {
      expect(world.payments.refundedOf(paymentId)).toBe(24_000);
      expect((await world.enrolment(enrolment)).cancelReason).toBe('under-size');
    }
    await expectInvariants(world.table, { atRest: true });
  });
});
