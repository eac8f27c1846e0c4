/**
 * The lottery of a rehearsal: wishes over the window's hours, the one draw by the product's own steps, winners who pay or do not, and
 * what they leave going down the drawn order. The value that is named beforehand is made up, and recorded as soon as it is born.
 */
import { DomainError } from '@kehou/shared/kernel/errors';
import { type Instant, ms } from '@kehou/shared/kernel/time';
import { hashOfSecret } from '@kehou/shared/selection/draw-file';
import type { Lottery } from '@kehou/shared/selection/lottery';
import type { Window } from '@kehou/shared/selection/window';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { put, type Write } from '../platform/table.ts';
import { allotDraw } from '../selection/allot-draw.ts';
import { fixDraw } from '../selection/fix-draw.ts';
import { recordPublicValue } from '../selection/record-public-value.ts';
import { runDraw } from '../selection/run-draw.ts';
import { selectionTasks } from '../selection/tasks.ts';
import { readWindowPartition } from '../selection/window.repository.ts';
import type { Draws } from './draws.ts';
import type { Child, Family } from './parents.ts';
import type { Stage } from './stage.ts';
import type { VirtualTime } from './virtual-time.ts';

/** Wishes come all over the hours, and more of them in the first and in the last. */
const WISHES_AT_ONCE = 0.25;
const WISHES_AT_LAST = 0.25;
const HOUR_MS = 3_600_000;
/** All things of the draw in one call: only a Lambda's time is bounded. */
const WHOLE = Number.MAX_SAFE_INTEGER;
/** A winner pays some time within this share of what they have. */
const PAYS_WITHIN = 0.9;
const SECRET_CHARACTERS = 64;
/** As the state machine does what was too busy again. */
const STEP_TRIES_MAX = 8;
const STEP_PAUSE_MS = 1000;

/** A lottery whose seed the rehearsal knows: the secret that publishing would seal, made of the rehearsal's own seed. */
export function sealedBy(draws: Draws, windowId: string, lottery: Lottery): { lottery: Lottery; writes: Write[] } {
  if (lottery.seedSource.kind !== 'secret') return { lottery, writes: [] };
  const secret = Array.from({ length: SECRET_CHARACTERS }, () => draws.below(16).toString(16)).join('');
  return {
    lottery: { ...lottery, seedSource: { kind: 'secret', hash: hashOfSecret(secret) } },
    writes: [put(keys.drawSecret(windowId), { secret })],
  };
}

/** One parent's wishes, at some moment of the hours. Answers why they were not taken in; `undefined`: they were, or there are none. */
export async function wishInTime(time: VirtualTime, family: Family, window: Window, child: Child): Promise<string | undefined> {
  const { draws, wishes } = child;
  const [opensMs, closesMs] = [ms(window.opensAt), ms(window.closesAt)];
  const hourMs = Math.min(HOUR_MS, (closesMs - opensMs) / 4);
  const when = draws.share();
  // The page is looked at first, and who comes in the last minute is not counted on.
  const lastMs = closesMs - Math.min(60_000, hourMs);
  let atMs = draws.between(opensMs, lastMs);
  if (when < WISHES_AT_ONCE) atMs = draws.between(opensMs, opensMs + hourMs);
  else if (when < WISHES_AT_ONCE + WISHES_AT_LAST) atMs = draws.between(lastMs - hourMs, lastMs);
  await time.sleepUntil(atMs);
  if (wishes.length === 0) return undefined;
  await family.open(child);
  return family.wish(child);
}

/** Closes the list, draws when the value is born, and gives every winner their place: what the state machine does, step by step. */
export async function drawLots(time: VirtualTime, platform: Platform, window: Window): Promise<void> {
  const step = { windowId: window.windowId, version: window.version };
  const retried = async <T>(work: () => Promise<T>): Promise<T> => {
    for (let tries = 1; ; tries++) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof DomainError) || tries >= STEP_TRIES_MAX) throw error;
        await time.sleep(STEP_PAUSE_MS * 2 ** tries);
      }
    }
  };
  await time.sleepUntil(ms(window.closesAt));
  await retried(async () => selectionTasks(platform)['selection.closeWindow']?.(step));
  const { drawAt } = (await retried(() => fixDraw(platform)(step))) as { drawAt: Instant };
  await time.sleepUntil(ms(drawAt));
  if (window.lottery?.seedSource.kind === 'public') {
    const desk = { personId: 'rehearsal', memberships: [], children: [], requestId: 'rehearsal' };
    const value = { schoolId: window.schoolId, windowId: window.windowId, value: `rehearsal ${window.windowId}` };
    await retried(() => recordPublicValue(platform)(value, desk));
  }
  await retried(() => runDraw(platform)(step));
  await retried(() => allotDraw(platform, WHOLE)({ ...step, cursor: '' }));
}

/** A winner's family pays within the time that the school gives. */
export async function payForDrawn(time: VirtualTime, family: Family, window: Window, child: Child): Promise<void> {
  const won = child.places.filter(({ by }) => by === 'draw');
  if (won.length === 0) return;
  await time.sleep(child.draws.between(0, PAYS_WITHIN * (window.lottery?.payHours ?? 0) * HOUR_MS));
  await family.pay(child, won);
}

/** The hours of who comes first as the draw left them, with the places that are there for them; `undefined`: there are none. */
export async function remainderOf(
  { ground }: Stage,
  windowId: Window['windowId'],
): Promise<{ opensAt: Instant; left: ReadonlyMap<string, number> } | undefined> {
  const partition = await readWindowPartition(ground, windowId);
  const opensAt = partition?.window.lottery?.firstCome?.opensAt;
  if (!partition || !opensAt) return undefined;
  return {
    opensAt,
    left: new Map(
      partition.cards.map(({ offeringId, capacity, taken, waiting }) => [offeringId, waiting ? 0 : Math.max(0, capacity - taken)]),
    ),
  };
}
