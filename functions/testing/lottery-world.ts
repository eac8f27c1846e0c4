/** A school with a lottery, for tests: drafted and published through the product's own use cases, its steps run by hand. */
import { type Id, newId } from '@kehou/shared/kernel/id';
import type { Actor } from '@kehou/shared/kernel/route';
import { addMinutes, instant, ms } from '@kehou/shared/kernel/time';
import { DrawFile } from '@kehou/shared/selection/draw-file';
import type { Lottery } from '@kehou/shared/selection/lottery';
import { Window } from '@kehou/shared/selection/window';
import { keys } from '../src/platform/keys.ts';
import { MemoryObjects } from '../src/platform/memory-objects.ts';
import { put, set, type Table } from '../src/platform/table.ts';
import { getChoice, getDraw } from '../src/selection/draw.repository.ts';
import { selection } from '../src/selection/index.ts';
import { OPENING, type SelectionWorld, selectionWorld, type WorldOptions } from './selection-world.ts';
import { NO_WECHAT, TEST_SECRETS } from './test-platform.ts';

export const officer: Actor = { personId: 'per_officer', memberships: [], children: [], requestId: 'test' };
export const parent: Actor = { personId: 'per_parent', memberships: [], children: [], requestId: 'test' };

export const OPENS = addMinutes(OPENING, 60);
export const CLOSES = addMinutes(OPENING, 120);
export const SECRET_LOTTERY: Lottery = { rounds: 2, payHours: 24, seedSource: { kind: 'secret' } };

/** A window that is out, and not open yet. */
export async function lotteryWorld(table: Table, options: WorldOptions & { readonly lottery?: Lottery } = {}) {
  const base: SelectionWorld = await selectionWorld(table, options);
  const objects = new MemoryObjects();
  /** The tokens on which a state machine was told to go on. */
  const told: string[] = [];
  const started = {
    start: async () => undefined,
    succeed: async (token: string) => {
      told.push(token);
      return true;
    },
  };
  const area = (through: Table = table) =>
    selection({ table: through, clock: base.clock, workflows: started, objects, secrets: TEST_SECRETS, wechat: NO_WECHAT });
  const offeringIds: Id<'offering'>[] = [];
  for (const offering of base.offerings) {
    const offeringId = newId('offering');
    offeringIds.push(offeringId);
    const { windowId: _, ...fresh } = offering;
    await table.write([put(keys.offering(offeringId), { ...fresh, offeringId, status: 'draft' })]);
  }
  const input = {
    schoolId: base.school.organisationId,
    windowId: newId('window'),
    termId: base.window.termId,
    name: '抽签选课',
    opensAt: OPENS,
    closesAt: CLOSES,
    offeringIds,
    waitingList: { offerMinutes: 60 },
    lottery: options.lottery ?? SECRET_LOTTERY,
  };
  const { windowId, schoolId } = input;
  await area().useCases.createWindow(input, officer);
  await area().useCases.publishWindow({ schoolId, windowId }, officer);

  const pupilId = (index: number) => {
    const pupil = base.pupils[index];
    if (!pupil) throw new RangeError(`no pupil ${index}`);
    return pupil.pupilId;
  };
  const offeringId = (index: number) => offeringIds[index] as Id<'offering'>;
  const step = async (task: string, payload: Record<string, unknown> = {}, through: Table = table) => {
    const run = area(through).tasks?.[`selection.${task}`];
    if (!run) throw new Error(`no task ${task}`);
    return run({ windowId, version: 1, ...payload });
  };
  return {
    ...base,
    objects,
    told,
    area,
    input,
    windowId,
    schoolId,
    offeringIds,
    pupilId,
    offeringId,
    step,
    /** The parent is a guardian of these. */
    guard: (...pupils: readonly number[]) =>
      table.write(pupils.map((index) => put(keys.personChild(parent.personId, pupilId(index)), { pupilId: pupilId(index) }))),
    /** By one who has looked at the list that is there. */
    wish: async (pupil: number, classes: readonly number[], together: readonly number[] = [], through: Table = table) =>
      area(through).useCases.submitChoices(
        {
          pupilId: pupilId(pupil),
          windowId,
          offeringIds: classes.map(offeringId),
          together: together.map(pupilId),
          replaces: (await getChoice(table, windowId, pupilId(pupil)))?.at,
        },
        parent,
      ),
    open: async () => {
      base.clock.set(OPENS);
      await step('openWindow');
    },
    close: async () => {
      base.clock.set(CLOSES);
      await step('closeWindow');
    },
    /** Every page of the allotment. */
    allot: async (through: Table = table) => {
      for (let cursor: unknown = '', pages = 1; ; pages++) {
        const answer = await step('allotDraw', { cursor }, through);
        if (answer.done) return pages;
        cursor = answer.cursor;
      }
    },
    draw: async () => {
      const draw = await getDraw(table, windowId);
      if (!draw) throw new Error('nothing is fixed yet');
      return draw;
    },
    window: () => table.mustGet(keys.window(windowId), Window),
    /** The file that is published at this moment. */
    file: async (): Promise<DrawFile> => {
      const { fileUrl } = await area().useCases.getDraw({ windowId }, parent);
      const key = new URL(fileUrl).pathname.slice(1);
      return DrawFile.parse(JSON.parse(objects.files.get(key) ?? ''));
    },
    setGrade: (pupil: number, grade: number) => table.write([set(keys.pupil(pupilId(pupil)), { grade })]),
    later: (minutes: number) => base.clock.set(instant(ms(base.clock.now()) + minutes * 60_000)),
  };
}
export type LotteryWorld = Awaited<ReturnType<typeof lotteryWorld>>;
