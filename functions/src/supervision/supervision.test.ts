import { testTable } from '@kehou/functions/testing/engine';
import { atEveryCrash, Crash, withFaults } from '@kehou/functions/testing/faults';
import { Following } from '@kehou/functions/testing/following';
import { teachingWorld } from '@kehou/functions/testing/teaching-world';
import { fen } from '@kehou/shared/kernel/fen';
import { type Id, newId } from '@kehou/shared/kernel/id';
import type { Instant } from '@kehou/shared/kernel/time';
import type { Organisation } from '@kehou/shared/organisation/organisation';
import { Term } from '@kehou/shared/school/school';
import { Window } from '@kehou/shared/selection/window';
import * as z from 'zod';
import { recordWrite } from '../attendance/record.repository.ts';
import { balancesOf, ledgerWrites } from '../billing/ledger.repository.ts';
import { createOrganisationWrites } from '../organisation/organisation.repository.ts';
import type { Clock } from '../platform/clock.ts';
import { DUE_SHARDS, keys } from '../platform/keys.ts';
import { put, remove, set, type Table } from '../platform/table.ts';
import { termWrites } from '../school/term.repository.ts';
import { StoredEnrolment } from '../selection/enrolment.repository.ts';
import { openOffering, readWindowPartition, windowItem } from '../selection/window.repository.ts';
import { followFigures } from './followers.ts';
import { supervision } from './index.ts';
import { type Position, recountPages } from './recount.ts';

/** A school with five pupils in two classes, one session held, and money that came and partly went back. */
async function busySchool() {
  const table = await testTable();
  const world = await teachingWorld(table, {
    classes: [
      { dates: ['2026-12-02', '2026-12-09'], pupils: 3 },
      { dates: ['2026-12-02'], pupils: 2 },
    ],
  });
  const session = world.classes[0]?.sessions[0];
  if (!session) throw new Error('the world is empty');
  const schoolId = world.school.organisationId;
  // Both classes are of one term, and it is running.
  const termId = newId('term');
  await table.write(termWrites(schoolId, termOf(termId, '2026 年秋季', '2026-09-01', '2027-01-22'), 0, []));
  for (const { offering, pupilIds } of world.classes) {
    await table.write([set(keys.offering(offering.offeringId), { termId })]);
    for (const pupilId of pupilIds) {
      const { items } = await table.query({ ...keys.enrolments(pupilId), limit: 5 }, StoredEnrolment);
      await table.write(items.map(({ enrolmentId }) => set(keys.enrolment(pupilId, enrolmentId), { termId })));
    }
  }
  const book = (reason: 'payment' | 'refund-paid', amountFen: number, id: string) =>
    ledgerWrites({
      schoolId,
      at: world.clock.now(),
      reason,
      subject: id,
      id,
      entries: [
        { account: 'transit', amountFen: reason === 'payment' ? amountFen : -amountFen },
        { account: reason === 'payment' ? 'fund' : 'parents', amountFen: reason === 'payment' ? -amountFen : amountFen },
      ],
    });
  await table.write([
    recordWrite(session, { set: { signedIn: { at: session.startsAt, late: false, by: 'qr' }, rollCalledAt: session.startsAt } }),
    ...book('payment', 15_000, 'payment#1'),
    ...book('refund-paid', 6000, 'refund#1'),
  ]);
  const figures = async (organisationId: Id<'organisation'> = schoolId) =>
    supervision(world).useCases.getFigures({ organisationId }, actor);
  return { table, world, schoolId, termId, session, figures, pupilId: world.classes[0]?.pupilIds[0] as Id<'pupil'> };
}

function termOf(termId: Id<'term'>, name: string, firstDay: string, lastDay: string): Term {
  return Term.parse({ termId, name, firstDay, lastDay, serviceFirstDay: firstDay, serviceLastDay: lastDay });
}

const actor = { personId: 'per', memberships: [], children: [], requestId: 'r' };
const expected = { pupils: 5, taking: 5, enrolments: 5, offerings: 2, sessionsHeld: 1, paidFen: 15_000, refundedFen: 6000 };

test('figures follow what happened, however often the stream tells it', async () => {
  const { table, figures, world } = await busySchool();
  expect((await figures()).total).toMatchObject({ pupils: 0, paidFen: 0 });
  await new Following(table, [followFigures({ table })]).settle(3);
  const { schools, total } = await figures();
  expect(total).toEqual(expected);
  expect(schools).toEqual([expect.objectContaining({ ...expected, schoolName: world.school.name, area: 'urban', hasScience: true })]);
});

test('a pupil who cancels or moves to another school, and a class that is cancelled, are taken out', async () => {
  const { table, figures, pupilId, world } = await busySchool();
  const following = new Following(table, [followFigures({ table })]);
  await following.settle();
  const { items } = await table.query({ ...keys.enrolments(pupilId), limit: 5 }, StoredEnrolment);
  const otherSchool: Organisation = { ...world.school, organisationId: newId('organisation'), name: '象湖小学' };
  await table.write([put(keys.organisation(otherSchool.organisationId), otherSchool)]);
  await table.write([set(keys.enrolment(pupilId, items[0]?.enrolmentId ?? ''), { status: 'cancelled' })]);
  await table.write([set(keys.offering(world.classes[1]?.offering.offeringId ?? ''), { status: 'cancelled' })]);
  await following.settle(2);
  expect((await figures()).total).toMatchObject({ pupils: 5, taking: 4, enrolments: 4, offerings: 1 });
  await table.write([set(keys.pupil(pupilId), { schoolId: otherSchool.organisationId })]);
  await following.settle(2);
  expect((await figures()).total.pupils).toBe(4);
  expect((await figures(otherSchool.organisationId)).total).toMatchObject({ pupils: 1, taking: 0 });
});

test('an old change that comes late does not bring old figures back', async () => {
  const { table, figures, pupilId } = await busySchool();
  const following = new Following(table, [followFigures({ table })]);
  const old = await following.look();
  await following.settle();
  const { items } = await table.query({ ...keys.enrolments(pupilId), limit: 5 }, StoredEnrolment);
  await table.write([set(keys.enrolment(pupilId, items[0]?.enrolmentId ?? ''), { status: 'cancelled' })]);
  const follow = followFigures({ table });
  for (const change of [...(await following.look()), ...old]) await follow(change);
  expect((await figures()).total).toMatchObject({ pupils: 5, taking: 4, enrolments: 4 });
});

test('many followers at once, throttled, in conflict and with lost replies, count everything once', async () => {
  const { table, figures } = await busySchool();
  const changes = await new Following(table, []).look();
  const tables = await Promise.all([1, 2, 3].map((seed) => withFaults(table, { seed, throttle: 0.1, conflict: 0.1, lost: 0.1 })));
  await Promise.all(
    tables.map(async (faulty) => {
      const follow = followFigures({ table: faulty.table });
      for (const change of changes)
        await follow(change)
          .catch(() => follow(change))
          .catch(() => undefined);
    }),
  );
  for (const change of changes) await followFigures({ table })(change);
  expect((await figures()).total).toEqual(expected);
});

test('wherever a follower dies, being told again completes it, once', async () => {
  await atEveryCrash(async (fail) => {
    const { table, figures } = await busySchool();
    const changes = await new Following(table, []).look();
    const tell = async (to: Table) => {
      for (const change of changes) await followFigures({ table: to })(change);
    };
    await tell((await fail(table)).table).catch((error: unknown) => {
      if (!(error instanceof Crash)) throw error;
    });
    await tell(table);
    expect((await figures()).total).toEqual(expected);
  });
}, 300_000);

/** As rosters list them: a recount finds pupils by their school. */
async function listPupils({ table, world, schoolId }: Awaited<ReturnType<typeof busySchool>>) {
  for (const [position, { pupilIds }] of world.classes.entries()) {
    for (const [index, pupilId] of pupilIds.entries()) {
      await table.write([set(keys.pupil(pupilId), { ...keys.pupilsOfSchool(schoolId, 3, '1 班', `${position}-${index}`) })]);
    }
  }
}

describe('what the stream has lost', () => {
  const DueItem = z.looseObject({ PK: z.string(), SK: z.string() });

  /** A busy school of a city, of which no follower was told anything. */
  async function forgotten() {
    const made = await busySchool();
    const { table, world, schoolId, termId } = made;
    await listPupils(made);
    for (const { offering } of world.classes) {
      await table.write([set(keys.offering(offering.offeringId), { ...keys.offeringsOfTerm(schoolId, termId, offering.offeringId) })]);
    }
    const autumn = termOf(termId, '2026 年秋季', '2026-09-01', '2027-01-22');
    const window = await openWindow(made);
    await table.write([
      put(keys.term(schoolId, termId), autumn),
      put(keys.city(world.bureauId), { organisationId: world.bureauId }),
      put(keys.schoolUnder(world.bureauId, schoolId), world.school),
    ]);
    world.clock.addMinutes(1440);
    return { ...made, window };
  }

  /** A published window whose card has seen nothing of its seat. */
  async function openWindow({ table, world, schoolId, termId }: Awaited<ReturnType<typeof busySchool>>) {
    const [taught] = world.classes;
    if (!taught) throw new Error('the world is empty');
    const { offeringId } = taught.offering;
    const window = Window.parse({
      windowId: newId('window'),
      schoolId,
      schoolName: world.school.name,
      termId,
      name: '秋季选课',
      opensAt: '2026-12-01T00:00:00.000Z',
      closesAt: '2026-12-30T00:00:00.000Z',
      offeringIds: [offeringId],
      status: 'open',
      version: 1,
    });
    const { windowId } = window;
    await table.write([put(keys.window(windowId), windowItem(window)), set(keys.offering(offeringId), { windowId })]);
    await table.write([remove(keys.seat(offeringId))]);
    await openOffering(table, { ...taught.offering, windowId }, window);
    await table.write([set(keys.seat(offeringId), { holders: { 'a.1': 1, 'b.1': 1 }, revision: 5 })]);
    return window;
  }

  async function sweep(table: Table, world: { readonly clock: Clock }) {
    for (let shard = 0; shard < DUE_SHARDS; shard++) {
      const between = ['0', `${world.clock.now()}#~`] as const;
      const { items } = await table.query({ index: 'GSI2', pk: keys.dueShard(shard), between, limit: 100 }, DueItem);
      const { due = {} } = supervision({ table, clock: world.clock });
      for (const item of items) await due[item.SK]?.(item);
    }
  }

  const shown = async ({ table, figures, schoolId, window }: Awaited<ReturnType<typeof forgotten>>) => {
    const [balances] = await balancesOf(table, [schoolId]);
    const cards = (await readWindowPartition(table, window.windowId))?.cards.map(({ taken }) => taken);
    const { total } = await figures();
    return { total, transit: balances?.transit, cards, owed: await table.get(keys.catchUp(schoolId), DueItem) };
  };
  const right = { total: expected, transit: 9000, cards: [2], owed: undefined };

  test('is caught up from the table: figures, balances and cards; and caught up again it stays as it is', async () => {
    const made = await forgotten();
    const { table, world } = made;
    expect(await shown(made)).toMatchObject({ total: { pupils: 0, paidFen: 0 }, transit: 0, cards: [0] });
    for (let time = 0; time < 2; time++) {
      expect(await supervision(world).tasks?.['supervision.catchUp']?.({})).toEqual({ schools: 1 });
      await sweep(table, world);
      expect(await shown(made)).toEqual(right);
    }
    await new Following(table, [followFigures({ table })]).settle(2);
    expect(await shown(made)).toEqual(right);
  });

  test('is caught up a page at a time from wherever it had come, to the same end', async () => {
    const made = await forgotten();
    const { table, world, schoolId } = made;
    const seen: (string | undefined)[] = [];
    let position: Position | undefined = {};
    while (position) {
      seen.push(position.part);
      position = (await recountPages({ table, clock: world.clock }, schoolId, position, 1)).next;
    }
    expect(seen.length).toBeGreaterThan(15);
    expect(new Set(seen).size).toBe(seen.length);
    expect(await shown(made)).toEqual(right);
    // The month that it stood in is no part any more.
    const { next } = await recountPages({ table, clock: world.clock }, schoolId, { part: 'ledger 2020-01', cursor: 'gone' }, 1);
    expect(next?.part).toContain('offerings');
  });

  test('is caught up wherever the sweeper dies, each thing once', async () => {
    await atEveryCrash(async (fail) => {
      const made = await forgotten();
      const { table, world } = made;
      await supervision(world).tasks?.['supervision.catchUp']?.({});
      await sweep((await fail(table)).table, world).catch((error: unknown) => {
        if (!(error instanceof Crash)) throw error;
      });
      await sweep(table, world);
      expect(await shown(made)).toEqual(right);
    });
  }, 300_000);
});

test('a recount brings what the stream forgot, and changes nothing that is right', async () => {
  const made = await busySchool();
  const { table, world, schoolId, figures } = made;
  await listPupils(made);
  for (const { offering } of world.classes) {
    const days = { firstDay: '2026-09-01', lastDay: '2027-01-22', serviceFirstDay: '2026-09-07', serviceLastDay: '2027-01-15' };
    await table.write([put(keys.term(schoolId, offering.termId), { termId: offering.termId, name: '2026 年秋季', ...days })]);
  }
  const run = supervision(world).tasks?.['supervision.recount'];
  world.clock.addMinutes(1440);
  await run?.({ schoolId });
  expect((await figures()).total).toEqual(expected);
  await run?.({ schoolId });
  expect((await figures()).total).toEqual(expected);
});

test('enrolments are those of the current term: a new term begins with none, and the old ones do not come back', async () => {
  const { table, world, schoolId, termId, figures, pupilId } = await busySchool();
  const following = new Following(table, [followFigures({ table })]);
  await following.settle();
  const autumn = termOf(termId, '2026 年秋季', '2026-09-01', '2027-01-22');
  const spring = termOf(newId('term'), '2027 年春季', '2027-02-22', '2027-07-02');
  await table.write(termWrites(schoolId, spring, 1, [autumn]));
  expect((await figures()).total).toMatchObject({ pupils: 5, taking: 5, enrolments: 5 });
  const { items } = await table.query({ ...keys.enrolments(pupilId), limit: 5 }, StoredEnrolment);
  const [old] = items;
  if (!old) throw new Error('nobody is enrolled');
  const enrolmentId = newId('enrolment');
  await table.write([put(keys.enrolment(pupilId, enrolmentId), { ...old, enrolmentId, termId: spring.termId })]);
  await following.settle(2);
  expect((await figures()).total).toMatchObject({ taking: 5, enrolments: 5 });
  world.clock.set('2027-02-22T01:00:00.000Z' as Instant);
  const { schools, total } = await figures();
  expect(total).toMatchObject({ pupils: 5, taking: 1, enrolments: 1, paidFen: 15_000 });
  expect(schools).toMatchObject([{ taking: 1, enrolments: 1 }]);
});

test('a bureau sees its subtree’s schools and their sum, page by page', async () => {
  const { table, world, figures } = await busySchool();
  const bureauId = world.bureauId;
  const bureau: Organisation = { organisationId: bureauId, kind: 'county-bureau', name: '青山湖区教体局', ancestorIds: [] };
  await table.write(createOrganisationWrites(bureau));
  for (let index = 0; index < 205; index++) {
    const school: Organisation = {
      ...world.school,
      organisationId: newId('organisation'),
      name: `第 ${index} 小学`,
      operatorId: undefined,
    };
    await table.write([...createOrganisationWrites(school), put(keys.figures(school.organisationId), { pupils: 10, paidFen: fen(100) })]);
  }
  const { schools, total } = await figures(bureauId);
  expect(schools).toHaveLength(205);
  expect(total).toMatchObject({ pupils: 2050, paidFen: 20_500 });
  await expect(figures(newId('organisation'))).rejects.toThrow('request.not_found');
});
