import { newId } from '@kehou/shared/kernel/id';
import { windowPublished } from '@kehou/shared/messaging/words';
import { testTable } from '../../testing/engine.ts';
import { atEveryCrash } from '../../testing/faults.ts';
import { type IdentityWorld, identityWorld } from '../../testing/identity-world.ts';
import { streamOf } from '../../testing/stream-of.ts';
import { testPlatform } from '../../testing/test-platform.ts';
import { linkChildWrites } from '../identity/guardian.repository.ts';
import { sweepDue } from '../lambda/sweep-due.ts';
import type { Table } from '../platform/table.ts';
import { CHUNK, followFanOuts, resumeFanOut, tellMany } from './fan-out.ts';
import { messaging } from './index.ts';

const at = '2026-12-02T08:30:00.000Z' as never;
const told = windowPublished({ windowId: newId('window'), schoolName: '东湖一小', name: '春季选课', opensAt: at, closesAt: at });

/** Pupils in pairs: each pair has a mother in common, each child a father of their own. */
async function families(world: IdentityWorld, table: Table, pairs: number) {
  const people = new Set<string>();
  for (let pair = 0; pair < pairs; pair++) {
    const mother = newId('person');
    people.add(mother);
    for (const half of ['a', 'b']) {
      const child = await world.pupil('小孩', `P${1000 + pair}${half}`);
      const father = newId('person');
      people.add(father);
      const link = { child, via: { viaPhone: '13800000000' }, name: undefined, relation: undefined, at: world.platform.clock.now() };
      await table.write([...linkChildWrites({ ...link, personId: mother }), ...linkChildWrites({ ...link, personId: father })]);
    }
  }
  return people;
}
async function inboxes(world: IdentityWorld, people: Iterable<string>): Promise<number[]> {
  const { listMessages } = messaging(world.platform).useCases;
  const counts = [];
  for (const personId of people) {
    const { items } = await listMessages({ limit: 10 }, { personId, memberships: [], children: [], requestId: 'r' });
    counts.push(items.length);
  }
  return counts;
}

test('a whole school is told chunk by chunk, each guardian once, and nobody of another school', async () => {
  const table = await testTable();
  const world = await identityWorld(table);
  const people = await families(world, table, CHUNK + 10);
  const outsider = newId('person');
  const elsewhere = await world.pupil('别校', 'X001', [], world.otherSchool);
  await table.write(
    linkChildWrites({
      personId: outsider,
      child: elsewhere,
      via: { viaPhone: '13800000000' },
      name: undefined,
      relation: undefined,
      at: world.platform.clock.now(),
    }),
  );
  const stream = await streamOf(table);
  await stream.settle([]);
  await tellMany(world.platform, { of: 'school', schoolId: world.school.organisationId }, 'win:published', told);
  await tellMany(world.platform, { of: 'school', schoolId: world.school.organisationId }, 'win:published', told);
  const changes = await stream.settle([followFanOuts(world.platform)]);
  expect(await inboxes(world, people)).toEqual([...people].map(() => 1));
  expect(await inboxes(world, [outsider])).toEqual([0]);
  // 120 pupils: three chunks of fifty at most, each one commit of the job.
  expect(changes.filter(({ keys }) => keys.SK === 'FANOUT').length).toBeLessThanOrEqual(5);
});

test('a job whose process died anywhere is taken up by the sweeper and reaches everyone once', async () => {
  const deaths = await atEveryCrash(async (fail) => {
    const table = await testTable();
    const world = await identityWorld(table);
    const people = await families(world, table, 2);
    const cause = 'win:published';
    const school = { of: 'school', schoolId: world.school.organisationId } as const;
    await tellMany(world.platform, school, cause, told);
    const faults = await fail(table);
    const dying = testPlatform(faults.table, { clock: world.platform.clock });
    const job = {
      keys: { PK: '', SK: 'FANOUT' },
      sequence: '1',
      before: undefined,
      after: { cause, people: school, told, chunks: 0, done: false },
    };
    await followFanOuts(dying)(job).catch(() => undefined);
    // The change comes no more (it was parked): the due index finds the job.
    world.platform.clock.addMinutes(5);
    const sweep = sweepDue(world.platform, { FANOUT: resumeFanOut(world.platform) });
    while ((await sweep()).handled > 0) world.platform.clock.addMinutes(5);
    expect(await inboxes(world, people)).toEqual([...people].map(() => 1));
    // And should it come after all, nothing happens.
    await followFanOuts(world.platform)(job);
    expect(await inboxes(world, people)).toEqual([...people].map(() => 1));
  });
  expect(deaths).toBeGreaterThan(3);
});
