import type { Enrolment } from '@kehou/shared/selection/enrolment';
import { testTable } from '../../testing/engine.ts';
import { OPENING, selectionWorld } from '../../testing/selection-world.ts';
import { kehouOnDisk, otherDesigns, rushOn } from './designs.ts';
import { type OtherStore, termsOf } from './other-store.ts';
import { startPostgres } from './postgres.ts';
import { startRedis } from './redis.ts';

/** Each of the four others is wanted by 15 for 5 seats: nothing can stay empty. */
const options = { parents: 60, containers: 20, otherClasses: 4, seats: 5 };
const full = { capacity: 25, filled: 25, oversold: 0, lost: 0 };

test('the product on an engine with its file fills every class exactly', async () => {
  expect(await kehouOnDisk(options)).toMatchObject(full);
});

test.each(otherDesigns)('60 parents fill every class exactly where it is installed: $design', async (other) => {
  const result = await rushOn(other, options);
  if ('notInstalled' in result) expect(result).toEqual({ design: other.design, notInstalled: `not installed (Debian: ${other.package})` });
  else {
    expect(result).toMatchObject(full);
    // Seats that are promised to survive were synced at least once between the first parent and the last.
    if (result.fsyncsPerSeat !== 'not counted' && result.onPowerLoss.startsWith('kept')) expect(result.fsyncsPerSeat).toBeGreaterThan(0);
  }
});

test('what is not installed is said in one line, and nothing is measured', async () => {
  const missing = { design: 'a design', package: 'its-package', onPowerLoss: '', start: async () => undefined };
  expect(await rushOn(missing, options)).toEqual({ design: 'a design', notInstalled: 'not installed (Debian: its-package)' });
});

test.each([
  ['PostgreSQL', startPostgres],
  ['Redis', () => startRedis('always')],
])('the other designs refuse a clash and a second place in the same class, and keep nothing of it: %s', async (_name, start) => {
  const store = await start();
  // Not installed, as in CI: the line that says so is tested above.
  if (!store) return;
  try {
    const world = await selectionWorld(await testTable({ stream: false }), {
      classes: [
        { capacity: 2, weekday: 1 },
        { capacity: 2, weekday: 1 },
        { capacity: 1, weekday: 2 },
      ],
    });
    await store.fill(world);
    expect((await store.readTerms()).sort(byOffering)).toEqual(
      world.offerings.map((offering) => termsOf(offering, world.window)).sort(byOffering),
    );
    const taking = (pupil: number, offering: number) => store.take(enrolmentOf(world, pupil, offering));
    expect(await taking(0, 0)).toBe('taken');
    expect(await taking(0, 0)).toBe('already-taken');
    expect(await taking(0, 1)).toBe('clash');
    expect(await taking(0, 2)).toBe('taken');
    expect(await taking(1, 2)).toBe('full');
    expect(await holders(store)).toEqual([0, 1, 1]);
  } finally {
    await store.stop();
  }
});

function byOffering(a: { offeringId: string }, b: { offeringId: string }): number {
  return a.offeringId < b.offeringId ? -1 : 1;
}

let enrolments = 0;

function enrolmentOf(world: Awaited<ReturnType<typeof selectionWorld>>, pupil: number, offering: number): Enrolment {
  const offered = world.offerings[offering];
  const child = world.pupils[pupil];
  if (!offered || !child) throw new Error('no such wish');
  enrolments += 1;
  return {
    ...termsOf(offered, world.window),
    enrolmentId: `enr_${enrolments}` as Enrolment['enrolmentId'],
    pupilId: child.pupilId,
    status: 'held',
    takenAt: OPENING,
    holdUntil: OPENING,
  };
}

async function holders(store: OtherStore): Promise<number[]> {
  return (await store.count()).map((offered) => offered.holders).sort();
}
