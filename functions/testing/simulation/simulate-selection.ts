/**
 * A school's term of selection in virtual time, drawn by a seed: a window that opens, is prolonged, closes and settles; families who
 * all want the same; a provider that calls late, twice or never; containers that die. The same seed is the same run to the last call.
 */

import { makeIdsFrom } from '@kehou/shared/kernel/id';
import { addMinutes, type Instant, ms } from '@kehou/shared/kernel/time';
import { mulberry32 } from '../../src/platform/seeded.ts';
import { brokenInvariants } from '../invariants.ts';
import { brokenAtRest } from './at-rest.ts';
import { followStream, runProvider, runSweeper, runTtl } from './background.ts';
import { spawnCallOffs, watchCallOffs } from './call-off.ts';
import { runGuardian } from './families.ts';
import { watchFigures } from './figures.ts';
import { brokenDraw } from './lottery.ts';
import { watchOpenings } from './openings.ts';
import { spawnReserveDesks } from './reserves.ts';
import { buildSchool, runOffice, runRefundDesk } from './school.ts';
import { Simulation } from './simulation.ts';
import { drawTerms } from './terms.ts';
import { watchNews } from './told.ts';
import { admissionOf, watchTurns } from './turns.ts';
import { decideUnderSize } from './under-size.ts';

/** Everything goes wrong until here; from here on everything answers. */
const CALM_AT = '2026-12-02T00:00:00.000Z' as Instant;
/** By then all that works by itself has come to rest. */
const END = '2026-12-09T00:00:00.000Z' as Instant;
const EVENING_MINUTES = 180;
/** In a lottery: until the value is there, winners have had their time, and who comes first after them. */
const DRAW_MINUTES = 480;

export interface SimulatedRun {
  readonly seed: number;
  readonly steps: number;
  /** Of the whole trace: two runs of a seed have the same. */
  readonly hash: string;
  /** What happened how often: requests by their outcome, states reached, faults. */
  readonly counts: ReadonlyMap<string, number>;
}

export interface SimulationOptions {
  /** Changes calls of the table before they are performed: to take a protection away and see that it was one. */
  readonly tamper?: (command: object) => object;
  /** Places are drawn among wishes, on terms that the seed draws. */
  readonly lottery?: boolean;
  /** Without what seeds draw since (`terms.ts`): each is the run that it was. */
  readonly plain?: boolean;
}

/** Throws `SimulationFailed` with the seed, the step and the last lines of the trace. */
export async function simulateSelection(seed: number, options: SimulationOptions = {}): Promise<SimulatedRun> {
  const terms = drawTerms(seed, options);
  const simulation = new Simulation(seed, {
    ...options,
    withClasses: terms.callOffs.length > 0,
    familiesPerSecond: terms.turns?.familiesPerSecond,
  });
  const { scheduler } = simulation;
  const restoreIds = makeIdsFrom(mulberry32(seed ^ 0x5eed), () => ms(scheduler.now()));
  try {
    const built = await buildSchool(simulation, options.lottery ?? false, terms);
    const school = { ...built, admission: terms.turns && admissionOf(built, terms.turns) };
    watchOpenings(simulation, school);
    const brokenTurns = watchTurns(simulation, school);
    const miscounted = await watchFigures(simulation, school.schoolId);
    followStream(simulation);
    const unheard = watchNews(simulation);
    const brokenCallOffs = watchCallOffs(simulation);
    const evening = addMinutes(school.closesAt, options.lottery ? DRAW_MINUTES : EVENING_MINUTES);
    scheduler.spawn('office', () => runOffice(simulation, school));
    spawnReserveDesks(simulation, school);
    scheduler.spawn('office.under-size', () => decideUnderSize(simulation, school));
    spawnCallOffs(simulation, school, terms.callOffs);
    scheduler.spawn('desk', () => runRefundDesk(simulation, school, END));
    scheduler.spawn('sweeper', () => runSweeper(simulation, evening, END));
    scheduler.spawn('provider', () => runProvider(simulation, END));
    scheduler.spawn('ttl', () => runTtl(simulation, END));
    scheduler.spawn('calm', async () => {
      await scheduler.sleepUntil('calm', CALM_AT);
      simulation.calm();
    });
    for (const family of school.families) {
      for (const [number, actor] of family.guardians.entries()) {
        scheduler.spawn(`${family.name}.${number}`, () => runGuardian(simulation, school, family, actor, number));
      }
    }
    const hash = await scheduler.run();
    const broken = [
      ...(await brokenInvariants(simulation.ground, { atRest: true })),
      ...brokenAtRest(simulation.memory, simulation.payments),
      ...unheard(),
      ...brokenCallOffs(),
      ...brokenTurns(),
      ...(await miscounted()),
      ...(options.lottery
        ? brokenDraw({
            memory: simulation.memory,
            objects: simulation.objects,
            receipts: school.receipts,
            windowId: school.window.windowId,
          })
        : []),
    ];
    if (broken.length > 0) throw scheduler.explained(new Error(`at rest:\n${broken.join('\n')}\n`));
    return { seed, steps: scheduler.steps, hash, counts: simulation.counts };
  } finally {
    restoreIds();
  }
}
