import { newId } from '@kehou/shared/kernel/id';
import type { Actor } from '@kehou/shared/kernel/route';
import { addMinutes, type ChinaMonth, chinaDate } from '@kehou/shared/kernel/time';
import type { Window } from '@kehou/shared/selection/window';
import { testTable } from '../../testing/engine.ts';
import { OPENING, type SelectionWorld, selectionWorld } from '../../testing/selection-world.ts';
import { NO_WECHAT, TEST_SECRETS } from '../../testing/test-platform.ts';
import { AuditEntry } from '../organisation/audit.ts';
import { keys } from '../platform/keys.ts';
import { MemoryObjects } from '../platform/memory-objects.ts';
import { set } from '../platform/table.ts';
import { selection } from './index.ts';
import { Seat } from './seat.repository.ts';

const officer: Actor = { personId: 'per_officer', memberships: [], children: [], requestId: 'test' };
const workflows = { start: async () => undefined, succeed: async () => true };
const BEFORE = addMinutes(OPENING, -60);

function use(world: SelectionWorld) {
  return selection({
    table: world.table,
    clock: world.clock,
    workflows,
    objects: new MemoryObjects(),
    wechat: NO_WECHAT,
    secrets: TEST_SECRETS,
  }).useCases;
}

/** A draft over a class of its own, an hour before it opens; the children are in grade 3. */
async function drafted(gradeOpenings: Window['gradeOpenings']) {
  const world = await selectionWorld(await testTable(), { classes: [{ capacity: 1 }] });
  const [like] = world.offerings;
  if (!like) throw new Error('the world has a class');
  const { windowId: _, ...fresh } = like;
  const offeringId = newId('offering');
  await world.table.write([set(keys.offering(offeringId), { ...fresh, offeringId, status: 'draft' })]);
  world.clock.set(BEFORE);
  const input = {
    schoolId: world.school.organisationId,
    windowId: newId('window'),
    termId: world.window.termId,
    name: '错峰选课',
    opensAt: OPENING,
    closesAt: addMinutes(OPENING, 120),
    offeringIds: [offeringId],
    waitingList: { offerMinutes: 60 },
    gradeOpenings,
  };
  const asked = (pupil: number) => {
    const pupilId = world.pupils[pupil]?.pupilId;
    if (!pupilId) throw new RangeError('no such child');
    return { pupilId, windowId: input.windowId, offeringId, enrolmentId: newId('enrolment') };
  };
  return { world, input, asked, offeringId };
}

async function published(gradeOpenings: Window['gradeOpenings']) {
  const made = await drafted(gradeOpenings);
  await use(made.world).createWindow(made.input, officer);
  await use(made.world).publishWindow({ schoolId: made.input.schoolId, windowId: made.input.windowId }, officer);
  return made;
}

const later = (minutes: number, grades = [3, 4]) => [{ grades, opensAt: addMinutes(OPENING, minutes) }];

describe('a window with staggered openings', () => {
  it('is refused where a time lies outside the hours, a grade is named twice, or places are drawn', async () => {
    const { world, input } = await drafted(later(30));
    const create = (change: object) => use(world).createWindow({ ...input, windowId: newId('window'), ...change }, officer);
    const lottery = { rounds: 1, payHours: 1, seedSource: { kind: 'secret' } };
    for (const change of [
      { gradeOpenings: later(-1) },
      { gradeOpenings: later(120) },
      { gradeOpenings: [...later(10), ...later(20, [4])] },
      { gradeOpenings: later(10, [3, 3]) },
      { lottery },
    ]) {
      await expect(create(change)).rejects.toMatchObject({ code: 'window.wrong_openings' });
    }
    await expect(create({ gradeOpenings: later(0) })).resolves.toMatchObject({ gradeOpenings: later(0) });
    await expect(create({ gradeOpenings: later(119) })).resolves.toMatchObject({ gradeOpenings: later(119) });
  });

  it('refuses a child until the minute of its grade, and says when that is', async () => {
    const { world, asked } = await published(later(30));
    world.clock.set(addMinutes(OPENING, 29));
    const early = use(world).takeSeat(asked(0), officer);
    await expect(early).rejects.toMatchObject({ code: 'selection.not_open', details: { opensAt: addMinutes(OPENING, 30) } });
    const page = await use(world).getClassPage(asked(0), officer);
    expect(page.classes.map(({ notNow }) => notNow)).toEqual(['not-open']);
    world.clock.set(addMinutes(OPENING, 30));
    await expect(use(world).takeSeat(asked(0), officer)).resolves.toMatchObject({ status: 'held' });
  });

  it('opens with the window for grades that are not named, and the waiting list waits for the grade too', async () => {
    const { world, asked } = await published(later(30, [4]));
    const [, other] = world.pupils;
    if (!other) throw new Error('there are two children');
    await world.table.write([set(keys.pupil(other.pupilId), { grade: 4 })]);
    world.clock.set(OPENING);
    await expect(use(world).takeSeat(asked(0), officer)).resolves.toMatchObject({ status: 'held' });
    const { enrolmentId: _, ...wish } = asked(1);
    const join = () => use(world).joinWaitingList({ ...wish, waitId: newId('wait') }, officer);
    await expect(join()).rejects.toMatchObject({ code: 'selection.not_open', details: { opensAt: addMinutes(OPENING, 30) } });
    world.clock.set(addMinutes(OPENING, 30));
    await expect(join()).resolves.toMatchObject({ status: 'waiting' });
  });

  it('changes while it is published as hours do: a new version, on the trail; what has opened stays open', async () => {
    const { world, input, asked, offeringId } = await published(later(30));
    const change = (gradeOpenings: typeof input.gradeOpenings) => use(world).changeWindow({ ...input, gradeOpenings }, officer);
    await expect(change(later(60))).resolves.toMatchObject({ version: 2, gradeOpenings: later(60) });
    world.clock.addMinutes(1);
    await expect(change([...later(60), { grades: [5], opensAt: addMinutes(OPENING, 15) }])).resolves.toMatchObject({ version: 3 });
    expect((await world.table.mustGet(keys.seat(offeringId), Seat)).windowVersion).toBe(3);
    const month = chinaDate(BEFORE).slice(0, 7) as ChinaMonth;
    const { items } = await world.table.query({ ...keys.auditOf(input.schoolId, month), limit: 20 }, AuditEntry);
    const trail = items.filter(({ action }) => action === 'window.hours-changed').map(({ details }) => details.gradeOpenings);
    const line = (minutes: number, grades: string) => `${grades}=${addMinutes(OPENING, minutes)}`;
    expect(trail).toHaveLength(2);
    expect(trail).toEqual(
      expect.arrayContaining([
        { before: line(30, '3,4'), after: line(60, '3,4') },
        { before: line(60, '3,4'), after: `${line(60, '3,4')} ${line(15, '5')}` },
      ]),
    );
    world.clock.set(addMinutes(OPENING, 20));
    // Grade 5 has begun, and so have the grades that nobody named.
    for (const wrong of [
      later(60),
      [...later(60), { grades: [5], opensAt: addMinutes(OPENING, 90) }],
      [...later(60), { grades: [5], opensAt: addMinutes(OPENING, 15) }, { grades: [1], opensAt: addMinutes(OPENING, 90) }],
      [...later(10), { grades: [5], opensAt: addMinutes(OPENING, 15) }],
    ]) {
      await expect(change(wrong)).rejects.toMatchObject({ code: 'window.wrong_openings' });
    }
    const sooner = [...later(25), { grades: [5], opensAt: addMinutes(OPENING, 15) }];
    await expect(change(sooner)).resolves.toMatchObject({ gradeOpenings: sooner });
    world.clock.set(addMinutes(OPENING, 25));
    await expect(use(world).takeSeat(asked(0), officer)).resolves.toMatchObject({ status: 'held' });
  });
});
