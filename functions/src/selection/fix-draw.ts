/** A lottery at its close: the list of wishes is closed, read, published with its root, and never changes again. */
import { hashOf } from '@kehou/shared/kernel/merkle';
import { type Instant, ms } from '@kehou/shared/kernel/time';
import { Offering, Slot } from '@kehou/shared/offering/offering';
import { Pupil } from '@kehou/shared/school/school';
import { canonicalList, type DrawClass, type DrawEntry } from '@kehou/shared/selection/draw';
import { type DrawFile, sealedFile } from '@kehou/shared/selection/draw-file';
import { Window } from '@kehou/shared/selection/window';
import * as z from 'zod';
import { getAll } from '../platform/get-all.ts';
import { inLanes } from '../platform/in-lanes.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import type { Table } from '../platform/table.ts';
import type { Task } from '../use-cases.ts';
import { closeChoices, createDraw, getDraw, Luck, readChoices, type StoredChoices, type StoredDraw, ticketsOf } from './draw.repository.ts';
import { receiptPublicKey } from './draw-keys.ts';
import { putDrawFile } from './draw-objects.ts';
import { DrawStep, staleDraw } from './draw-step.ts';
import { Seat } from './seat.repository.ts';

export type DrawDeps = Pick<Platform, 'table' | 'clock' | 'objects' | 'secrets'>;

const LANES = 16;
const SLOTS_MAX = 50;

/**
 * Closes the list first, then reads it; writes the file, then the draw on record: the first one on record counts, and a repeat (or a
 * second process, whose file may say another instant) reads it. Answers from when on it may be drawn.
 */
export function fixDraw(deps: DrawDeps): Task {
  const { table, clock, objects } = deps;
  return async (payload) => {
    const { windowId, version } = DrawStep.parse(payload);
    const window = await table.get(keys.window(windowId), Window);
    if (!window?.lottery || window.version !== version || (window.status !== 'closed' && window.status !== 'settled')) return staleDraw;
    const known = await getDraw(table, windowId);
    if (known) return { ...staleDraw, stale: false, drawAt: drawAtOf(known) };
    await closeChoices(table, windowId, clock.now());
    const { fixedAt, file } = await fileOf(deps, window);
    await putDrawFile(objects, file);
    const draw = await createDraw(table, {
      windowId: window.windowId,
      schoolId: window.schoolId,
      windowName: window.name,
      stage: 'fixed',
      fixedAt,
      entries: file.entries.length,
      root: file.root,
      commitment: file.commitment,
      rounds: file.rounds,
      seedSource: file.seedSource,
    });
    return { ...staleDraw, stale: false, drawAt: drawAtOf(draw) };
  };
}

function drawAtOf({ seedSource, fixedAt }: StoredDraw): Instant {
  return seedSource.kind === 'public' && ms(seedSource.bornAt) > ms(fixedAt) ? seedSource.bornAt : fixedAt;
}

async function fileOf({ table, clock, secrets }: DrawDeps, window: Window): Promise<{ fixedAt: Instant; file: DrawFile }> {
  if (!window.lottery) throw new Error(`${window.windowId} is no lottery`);
  const { rounds, seedSource } = window.lottery;
  const choices = await readChoices(table, window.windowId);
  const [entries, classes] = await Promise.all([entriesOf(table, window, choices), classesOf(table, window)]);
  // Once the list is read: not before it could no longer change.
  const fixedAt = clock.now();
  const file = sealedFile({
    format: 'kehou-draw-2',
    windowId: window.windowId,
    schoolName: window.schoolName,
    windowName: window.name,
    entries: canonicalList(entries),
    classes,
    rounds,
    seedSource,
    publicKey: receiptPublicKey(secrets),
    ...(seedSource.kind === 'public' ? { fixedAt } : {}),
  });
  return { fixedAt, file };
}

/** Every wish with what the draw must know of its child: grade, hours that are taken, tickets, and whom it goes together with. */
async function entriesOf(table: Table, window: Window, choices: readonly StoredChoices[]): Promise<DrawEntry[]> {
  const pupilIds = choices.map(({ pupilId }) => pupilId);
  const [pupils, luck, groups] = [
    await getAll(
      table,
      pupilIds.map((pupilId) => keys.pupil(pupilId)),
      Pupil,
    ),
    await getAll(
      table,
      pupilIds.map((pupilId) => keys.luck(pupilId)),
      Luck,
    ),
    groupsOf(choices),
  ];
  const entries: DrawEntry[] = [];
  await inLanes([...choices.keys()], LANES, async (index) => {
    const [wish, pupil] = [choices[index], pupils[index]];
    if (!wish || !pupil) throw new Error(`a wish of ${window.windowId} has no child`);
    // Left the school since: not drawn, as those who never wished.
    if (pupil.leftOn) return;
    const slots = await table.queryAll({ ...keys.pupilSlots(wish.pupilId, window.termId), consistent: true, most: SLOTS_MAX }, Slot);
    const { entrant } = wish.receipt;
    entries.push({
      entrant,
      group: groups.get(wish.pupilId) ?? entrant,
      grade: pupil.grade,
      tickets: ticketsOf(luck[index], window.termId),
      busy: slots.map(({ weekday, period }) => ({ weekday, period })),
      choices: wish.offeringIds,
    });
  });
  return entries;
}

const GROUP_CHARACTERS = 32;

/** Children who each name the other, and whoever is bound to them in the same way, are one group. */
export function groupsOf(choices: readonly Pick<StoredChoices, 'pupilId' | 'together' | 'receipt'>[]): Map<string, string> {
  const wishes = new Map(choices.map((wish) => [wish.pupilId as string, wish]));
  const mutual = (pupilId: string) =>
    (wishes.get(pupilId)?.together ?? []).filter((other) => wishes.get(other)?.together.some((back) => back === pupilId));
  const groups = new Map<string, string>();
  for (const start of wishes.keys()) {
    if (groups.has(start)) continue;
    const members = new Set([start]);
    // A set that grows while it is gone through: whoever is added is looked at too.
    for (const member of members) for (const other of mutual(member)) members.add(other);
    if (members.size === 1) continue;
    const entrants = [...members].map((member) => wishes.get(member)?.receipt.entrant ?? '').sort();
    const group = hashOf('kehou group', ...entrants).slice(0, GROUP_CHARACTERS);
    for (const member of members) groups.set(member, group);
  }
  return groups;
}

const Row = z.union([Offering, Seat]);

/** The window's classes with the places that are there to be drawn: none in a class that was called off. */
async function classesOf(table: Table, window: Window): Promise<DrawClass[]> {
  const [offerings, seats] = [
    (await getAll(
      table,
      window.offeringIds.map((id) => keys.offering(id)),
      Row,
    )) as (Offering | undefined)[],
    (await getAll(
      table,
      window.offeringIds.map((id) => keys.seat(id)),
      Row,
    )) as (Seat | undefined)[],
  ];
  return window.offeringIds.map((offeringId, index) => {
    const [offering, seat] = [offerings[index], seats[index]];
    if (!offering || !seat) throw new Error(`${offeringId} of ${window.windowId} is not there`);
    const runs = offering.status !== 'cancelled' && seat.status === 'open';
    return {
      offeringId,
      courseName: offering.courseName,
      places: runs ? Math.max(0, seat.capacity - Object.keys(seat.holders).length) : 0,
      grades: [...offering.grades],
      slots: offering.slots.map(({ weekday, period }) => ({ weekday, period })),
    };
  });
}
