/** The office of a simulated run, when a class has too few: says what becomes of it, sometimes one thing after another, or never gets to it. */
import { addMinutes } from '@kehou/shared/kernel/time';
import { mayMergeInto } from '@kehou/shared/offering/offering';
import type { School } from './school.ts';
import type { Simulation } from './simulation.ts';

const TRIES = 8;
const BETWEEN_MINUTES = 25;

export async function decideUnderSize(simulation: Simulation, school: School): Promise<void> {
  const { scheduler } = simulation;
  const { schoolId, office, window, unloved, classes } = school;
  if (!window.underSize) return;
  const who = 'office.under-size';
  await scheduler.sleepUntil(who, addMinutes(school.closesAt, scheduler.between(10, 60)));
  for (let each = 0; each < TRIES; each++) {
    const decision = scheduler.weighed({ merge: 4, move: 2, run: 1, cancel: 1 });
    const alike = classes.filter((one) => one.offeringId !== unloved.offeringId && mayMergeInto(unloved, one));
    const target = scheduler.pick(decision === 'merge' && alike.length > 0 && scheduler.chance(0.9) ? alike : classes);
    const into = decision === 'merge' || decision === 'move' ? { intoOfferingId: target.offeringId } : {};
    const input = { schoolId, offeringId: unloved.offeringId, decision, ...into };
    const outcome = await simulation.request(who, `decide ${decision}`, ({ selection }, requestId) =>
      selection.useCases.decideUnderSize(input, { ...office, requestId }),
    );
    if ('answer' in outcome && decision !== 'move') return;
    await scheduler.sleep(who, scheduler.between(1, BETWEEN_MINUTES) * 60_000);
  }
}
