import { differenceFen, SettlementBreak } from '@kehou/shared/billing/break';
import { type Id, newId } from '@kehou/shared/kernel/id';
import { addDays, type ChinaDate, chinaDate, chinaInstant, chinaMonth, type TimeOfDay } from '@kehou/shared/kernel/time';
import { type BillingWorld, billingWorld, must, official } from '../../testing/billing-world.ts';
import { testTable } from '../../testing/engine.ts';
import { atEveryCrash, Crash } from '../../testing/faults.ts';
import { AuditEntry } from '../organisation/audit.ts';
import { keys } from '../platform/keys.ts';
import { put } from '../platform/table.ts';
import { breaksConcerning } from './break.repository.ts';
import { closeBreak } from './close-break.ts';
import { settleDay } from './settle.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

interface Town {
  readonly world: BillingWorld;
  readonly schoolId: Id<'organisation'>;
  readonly bureauId: Id<'organisation'>;
  readonly operatorId: Id<'organisation'>;
  readonly otherOperatorId: Id<'organisation'>;
  settle(date: ChinaDate): ReturnType<typeof settleDay>;
  readonly yesterday: ChinaDate;
}

/** A school of a bureau and an operator, and a bill with two lines that do not match: one of the school's, one nobody knows. */
async function town(): Promise<Town> {
  const world = await billingWorld(await testTable());
  const [bureauId, operatorId, otherOperatorId] = [newId('organisation'), newId('organisation'), newId('organisation')];
  const school = { ...world.selection.school, ancestorIds: [bureauId], operatorId };
  await world.table.write([
    put(keys.organisation(bureauId), { organisationId: bureauId, kind: 'city-bureau', name: '市教育局', ancestorIds: [] }),
    put(keys.organisation(operatorId), { organisationId: operatorId, kind: 'operator', name: '新华课后', ancestorIds: [bureauId] }),
    put(keys.organisation(otherOperatorId), { organisationId: otherOperatorId, kind: 'operator', name: '别家', ancestorIds: [bureauId] }),
    put(keys.organisation(school.organisationId), school),
  ]);
  const order = await world.order([await world.takeSeat(0)]);
  const paymentId = await world.startPayment(order.orderId, world.parent(0));
  world.payments.pay(paymentId, { amountFen: 1 });
  const foreign = { paymentId: newId('payment'), description: 'x', amountFen: 500 as never, payer: 'y', expiresAt: order.payBefore };
  await world.payments.prepay(foreign);
  world.payments.pay(foreign.paymentId);
  const yesterday = chinaDate(world.clock.now());
  world.clock.set(chinaInstant(addDays(yesterday, 1), '10:00' as TimeOfDay));
  const settle = (date: ChinaDate) => settleDay({ table: world.table, clock: world.clock, payments: world.payments, log: silent }, date);
  await settle(yesterday);
  return { world, schoolId: school.organisationId, bureauId, operatorId, otherOperatorId, settle, yesterday };
}

const listed = async ({ world }: Town, organisationId: Id<'organisation'>, role: 'operator' | 'bureau' = 'operator') => {
  const { items } = await world.use().listBreaks({ organisationId, limit: 20 }, official(role, organisationId));
  return items.map((item) => ({ ...SettlementBreak.parse(item), schoolName: item.schoolName }));
};

test('an operator sees its schools’ breaks and the merchant’s, with both sides; a bureau those of its schools', async () => {
  const made = await town();
  const items = await listed(made, made.operatorId);
  expect(items).toHaveLength(2);
  const ofSchool = must(items.find(({ schoolId }) => schoolId === made.schoolId));
  expect(ofSchool).toMatchObject({ kind: 'not-booked', billFen: 1, booksFen: 0, direction: 'in', date: made.yesterday, status: 'open' });
  expect(ofSchool.schoolName).toBe(made.world.selection.school.name);
  const nobodys = must(items.find(({ schoolId }) => schoolId === undefined));
  expect(nobodys).toMatchObject({ kind: 'unknown', billFen: 500, booksFen: 0 });
  expect(differenceFen(nobodys)).toBe(500);
  expect(await listed(made, made.bureauId, 'bureau')).toEqual([ofSchool]);
  expect(await listed(made, made.otherOperatorId)).toEqual([nobodys]);
});

test('a short page hands back where to go on, and nothing is left out', async () => {
  const made = await town();
  const head = official('bureau', made.bureauId);
  const found: unknown[] = [];
  let cursor: string | undefined;
  for (let calls = 0; calls < 5; calls++) {
    const page = await made.world.use().listBreaks({ organisationId: made.bureauId, limit: 1, cursor }, head);
    found.push(...page.items);
    cursor = page.cursor;
    if (!cursor) break;
  }
  expect(cursor).toBeUndefined();
  expect(found).toMatchObject([{ schoolId: made.schoolId }]);
});

test('closed with a reason, it is out of the list for good, on the audit trail, and a repeat says the same', async () => {
  const made = await town();
  const { world, operatorId, schoolId } = made;
  const officer = official('operator', operatorId);
  const items = await listed(made, operatorId);
  const ofSchool = must(items.find((each) => each.schoolId === schoolId));
  const input = { organisationId: operatorId, date: ofSchool.date, breakId: ofSchool.breakId, reason: '渠道已退回家长，附件 3' };
  expect(await breaksConcerning(world.table, schoolId)).toBe(2);
  const closed = await world.use().closeBreak(input, officer);
  expect(closed).toMatchObject({ status: 'closed', reason: input.reason, closedBy: officer.personId, closedAt: world.clock.now() });
  expect(await world.use().closeBreak(input, officer)).toEqual(closed);
  await expect(world.use().closeBreak({ ...input, reason: '另有说法' }, officer)).rejects.toMatchObject({ code: 'break.closed' });
  await expect(world.use().closeBreak(input, official('operator', operatorId))).rejects.toMatchObject({ code: 'break.closed' });
  expect((await listed(made, operatorId)).map(({ kind }) => kind)).toEqual(['unknown']);
  const trail = await world.table.queryAll({ ...keys.auditOf(schoolId, chinaMonth(world.clock.now())), most: 50 }, AuditEntry);
  expect(trail.filter(({ action }) => action === 'billing.break-closed')).toMatchObject([
    { personId: officer.personId, subject: ofSchool.breakId, details: { reason: input.reason, billFen: 1, booksFen: 0 } },
  ]);
  // The day settled once more finds the same line and leaves it closed.
  expect(await made.settle(made.yesterday)).toMatchObject({ breaks: 2 });
  expect((await listed(made, operatorId)).map(({ kind }) => kind)).toEqual(['unknown']);
  expect(await breaksConcerning(world.table, schoolId)).toBe(1);
  expect(await breaksConcerning(world.table, newId('organisation'))).toBe(1);
});

test('another’s break is not there; a bureau closes none while there is an operator to do so, and does where there is none', async () => {
  const made = await town();
  const { world, otherOperatorId, operatorId, bureauId, schoolId } = made;
  const items = await listed(made, operatorId);
  const ofSchool = must(items.find((each) => each.schoolId === schoolId));
  const nobodys = must(items.find((each) => each.schoolId === undefined));
  const close = (organisationId: Id<'organisation'>, { date, breakId }: typeof ofSchool, role: 'operator' | 'bureau' = 'operator') =>
    world.use().closeBreak({ organisationId, date, breakId, reason: '已核对' }, official(role, organisationId));
  await expect(close(otherOperatorId, ofSchool)).rejects.toMatchObject({ code: 'request.not_found' });
  await expect(close(bureauId, nobodys, 'bureau')).rejects.toMatchObject({ code: 'request.not_found' });
  await expect(close(bureauId, ofSchool, 'bureau')).rejects.toMatchObject({ code: 'session.forbidden' });
  await expect(close(operatorId, { ...ofSchool, breakId: newId('settlementBreak') })).rejects.toMatchObject({ code: 'request.not_found' });
  await world.table.write([put(keys.organisation(schoolId), { ...world.selection.school, ancestorIds: [bureauId] })]);
  expect(await close(bureauId, ofSchool, 'bureau')).toMatchObject({ status: 'closed' });
  // Nobody's is for whichever operator has looked into it.
  expect(await close(otherOperatorId, nobodys)).toMatchObject({ status: 'closed' });
  expect(await breaksConcerning(world.table, schoolId)).toBe(0);
});

test('wherever the process dies while closing, trying again closes it once', async () => {
  await atEveryCrash(async (fail) => {
    const made = await town();
    const { table, clock } = made.world;
    const [found] = await listed(made, made.operatorId);
    const { date, breakId } = must(found);
    const officer = official('operator', made.operatorId);
    const input = { organisationId: made.operatorId, date, breakId, reason: '已核对' };
    const dying = await fail(table);
    await closeBreak({ table: dying.table, clock })(input, officer).catch((error: unknown) => {
      if (!(error instanceof Crash)) throw error;
    });
    expect(await closeBreak({ table, clock })(input, officer)).toMatchObject({ status: 'closed', closedBy: officer.personId });
    expect(await listed(made, made.operatorId)).toHaveLength(1);
  });
});
