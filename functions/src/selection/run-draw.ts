/** A lottery's one draw: the seed follows from what was fixed and a value that nobody knew then, for which it waits. */
import { addMinutes, type Instant, ms } from '@kehou/shared/kernel/time';
import { seedOf } from '@kehou/shared/selection/draw';
import { checkDrawFile, type DrawFile } from '@kehou/shared/selection/draw-file';
import { Window } from '@kehou/shared/selection/window';
import * as z from 'zod';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { set } from '../platform/table.ts';
import type { Task } from '../use-cases.ts';
import { awaitValueWrite, getDraw, moveDraw, readSecret, type StoredDraw } from './draw.repository.ts';
import { putDrawFile, readDrawFile } from './draw-objects.ts';
import { DrawStep, staleDraw } from './draw-step.ts';
import type { DrawDeps } from './fix-draw.ts';

/**
 * It is told when the value comes; should that word be lost, it looks again after a quarter of the time that it has waited: soon at
 * first, and for weeks on end without ado.
 */
const LOOK_MINUTES_MIN = 5;
const LOOK_MINUTES_MAX = 360;
/** A draw that is made so soon after its time is in time. */
const PUNCTUAL_MINUTES = 10;

/**
 * Draws once: the seed on record is never another. Without the public value it answers `pending`, and tells the school's desk once.
 * The file with value and seed is written before the word `drawn`: whoever reads the word finds the file.
 */
export function runDraw({ table, clock, objects }: DrawDeps): Task {
  return async (payload) => {
    const { windowId, version } = DrawStep.parse(payload);
    const window = await table.get(keys.window(windowId), Window);
    const draw = await getDraw(table, windowId);
    if (!draw || !window?.lottery || window.version !== version) return staleDraw;
    const drawn = { ...staleDraw, stale: false };
    if (draw.stage !== 'fixed') return drawn;
    const now = clock.now();
    const publicValue = draw.seedSource.kind === 'secret' ? await readSecret(table, windowId) : draw.publicValue;
    if (publicValue === undefined) {
      const unless = { expression: 'attribute_not_exists(#wantedAt)' };
      await table.tryWrite([set(keys.draw(windowId), { wantedAt: now }, { condition: unless })]);
      return { ...drawn, pending: true, lookAgainSeconds: lookAgainSeconds(draw, now) };
    }
    const { file } = await readDrawFile(objects, draw);
    const late = file.format === 'kehou-draw-1' ? { fixedAt: draw.fixedAt } : {};
    const done: DrawFile = { ...file, ...late, publicValue, seed: seedOf(draw.commitment, publicValue) };
    const { problems } = checkDrawFile(done);
    if (problems.length > 0) throw new Error(`the draw of ${windowId} does not hold: ${problems.join('; ')}`);
    await putDrawFile(objects, done);
    await moveDraw(table, draw, {
      stage: 'drawn',
      publicValue,
      seed: done.seed,
      drawnAt: now,
      payBefore: addMinutes(countedFrom(window, now), window.lottery.payHours * 60),
    });
    return drawn;
  };
}

/**
 * From when on the winners' time is counted: from when the draw was to be made, where it is made within minutes of it, so that
 * what was published holds to the minute; from now where it is late.
 */
function countedFrom({ closesAt, lottery }: Window, now: Instant): Instant {
  const planned = lottery?.seedSource.kind === 'public' ? lottery.seedSource.bornAt : closesAt;
  return ms(now) - ms(planned) <= PUNCTUAL_MINUTES * 60_000 ? planned : now;
}

/** Keeps the token on which the machine waits for the public value; answered at once where there is nothing to wait for. */
export function awaitValue({ table, workflows }: Pick<Platform, 'table' | 'workflows'>): Task {
  return async (payload) => {
    const { windowId, version, token } = DrawStep.extend({ token: z.string().min(1) }).parse(payload);
    const window = await table.get(keys.window(windowId), Window);
    if (window?.version !== version || (await table.tryWrite([awaitValueWrite(windowId, token)]))) await workflows.succeed(token, {});
    return {};
  };
}

function lookAgainSeconds({ seedSource, fixedAt }: StoredDraw, now: Instant): number {
  const since = seedSource.kind === 'public' ? seedSource.bornAt : fixedAt;
  const waitedMinutes = (ms(now) - ms(since)) / 60_000;
  return 60 * Math.round(Math.min(LOOK_MINUTES_MAX, Math.max(LOOK_MINUTES_MIN, waitedMinutes / 4)));
}
