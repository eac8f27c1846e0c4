import { newId } from '@kehou/shared/kernel/id';
import type { Actor } from '@kehou/shared/kernel/route';
import { instant, ms } from '@kehou/shared/kernel/time';
import { testTable } from '../../testing/engine.ts';
import { OPENING, type SelectionWorld, selectionWorld } from '../../testing/selection-world.ts';
import { NO_WECHAT } from '../../testing/test-platform.ts';
import { keys } from '../platform/keys.ts';
import { MemoryObjects } from '../platform/memory-objects.ts';
import { set, type Table, type TableCall } from '../platform/table.ts';
import { selection } from './index.ts';
import { WINDOW_SHOWN_MS } from './window-memory.ts';

const parent: Actor = { personId: 'per_test', memberships: [], children: [], requestId: 'test' };
const AT_ONCE = 1000;

function container({ clock, secrets, table: own }: SelectionWorld, table: Table = own) {
  const workflows = { start: async () => undefined, succeed: async () => true };
  return selection({ table, clock, secrets, workflows, objects: new MemoryObjects(), wechat: NO_WECHAT }).useCases;
}

async function world() {
  const calls: TableCall[] = [];
  const made = await selectionWorld(await testTable({ onCall: (call) => calls.push(call) }), {
    classes: [{ capacity: 10 }, { capacity: 10 }],
  });
  calls.length = 0;
  const queries = () => calls.filter(({ operation }) => operation.startsWith('query')).length;
  const { windowId } = made.window;
  const [offering] = made.offerings;
  if (!offering) throw new Error('the world has a class');
  const count = (taken: number) => made.table.write([set(keys.windowCard(windowId, offering.offeringId), { taken })]);
  return { ...made, calls, queries, windowId, offeringId: offering.offeringId, count };
}

const later = (byMs: number) => instant(ms(OPENING) + byMs);

describe('what a container has just read of a window', () => {
  it('is one query for a thousand who ask for the seats at once, and for those who come within the second', async () => {
    const evening = await world();
    const { queries, windowId, clock } = evening;
    const { getSeats } = container(evening);
    const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => getSeats({ windowId }, parent)));
    expect(answers).toHaveLength(AT_ONCE);
    expect(queries()).toBe(1);
    clock.set(later(WINDOW_SHOWN_MS - 1));
    expect((await getSeats({ windowId }, parent)).asOf).toBe(OPENING);
    expect(queries()).toBe(1);
    clock.set(later(WINDOW_SHOWN_MS));
    expect((await getSeats({ windowId }, parent)).asOf).toBe(later(WINDOW_SHOWN_MS));
    expect(queries()).toBe(2);
  });

  it("serves class pages as well: beyond the child's own reads only one query", async () => {
    const evening = await world();
    const { queries, windowId } = evening;
    const { getClassPage } = container(evening);
    const [pupil] = evening.pupils;
    if (!pupil) throw new Error('the world has a child');
    await Promise.all(Array.from({ length: 20 }, () => getClassPage({ pupilId: pupil.pupilId, windowId }, parent)));
    expect(queries()).toBe(1 + 20);
  });

  it('says when it was read, and tells the newer count once the second is over, also after the clock was set back', async () => {
    const evening = await world();
    const { windowId, offeringId, clock, count } = evening;
    const { getSeats } = container(evening);
    const taken = async () => (await getSeats({ windowId }, parent)).seats[offeringId]?.taken;
    expect(await taken()).toBe(0);
    await count(3);
    expect(await taken()).toBe(0);
    clock.set(later(WINDOW_SHOWN_MS));
    expect(await taken()).toBe(3);
    await count(5);
    clock.set(later(-1));
    expect(await taken()).toBe(5);
  });

  it('is not kept when it failed or when there was nothing to show: the next one asks again', async () => {
    const evening = await world();
    const { queries, windowId, clock, table } = evening;
    const { getSeats } = container(evening);
    const missing = newId('window');
    for (let tries = 1; tries <= 2; tries++) {
      await expect(getSeats({ windowId: missing }, parent)).rejects.toMatchObject({ code: 'request.not_found' });
      expect(queries()).toBe(tries);
    }
    let broken = true;
    const flaky = new Proxy(table, {
      get: (target, name) => {
        if (name === 'queryAll' && broken) return () => Promise.reject(new Error('the table is away'));
        const value = Reflect.get(target, name) as unknown;
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const other = container(evening, flaky);
    await expect(other.getSeats({ windowId }, parent)).rejects.toThrow('away');
    broken = false;
    await expect(other.getSeats({ windowId }, parent)).resolves.toMatchObject({ asOf: OPENING });
    await table.write([set(keys.window(windowId), { status: 'draft' })]);
    clock.set(later(WINDOW_SHOWN_MS));
    await expect(getSeats({ windowId }, parent)).rejects.toMatchObject({ code: 'request.not_found' });
    await table.write([set(keys.window(windowId), { status: 'open' })]);
    await expect(getSeats({ windowId }, parent)).resolves.toMatchObject({ asOf: later(WINDOW_SHOWN_MS) });
  });
});
