/** Grades that begin later, in a simulated run: families who are there to the millisecond, and what must never be. */
import { type Instant, instant, ms } from '@kehou/shared/kernel/time';
import type { Family, School } from './school.ts';
import type { Simulation } from './simulation.ts';

/** When the school said that this child may begin. */
export function beginsAt({ window }: Pick<School, 'window'>, { grade }: { readonly grade: number }): Instant {
  return window.gradeOpenings?.find(({ grades }) => grades.includes(grade))?.opensAt ?? window.opensAt;
}

/** Half of those who have to wait are at it a millisecond too early, and again on the dot. */
export async function rushAtOpening<Child extends { readonly grade: number }>(
  { scheduler }: Simulation,
  school: School,
  who: string,
  children: readonly Child[],
  take: (child: Child) => Promise<void>,
): Promise<void> {
  const late = children.find((child) => beginsAt(school, child) > scheduler.now());
  if (!late || scheduler.chance(0.5)) return;
  const at = beginsAt(school, late);
  await scheduler.sleepUntil(who, instant(ms(at) - 1));
  await take(late);
  await scheduler.sleepUntil(who, at);
  await take(late);
}

/** Stops the run at the first place, or place in a list, that a child got by hand before its grade began. */
export function watchOpenings(simulation: Simulation, school: School): void {
  if (!school.window.gradeOpenings) return;
  const begins = new Map(beginningsIn(school, school.families));
  simulation.onChanges((changes) => {
    for (const { key, before, after } of changes) {
      const isPlace =
        key.SK.startsWith('ENROLMENT#') && !before && !after?.offer && !after?.drawn && !after?.reservedFor && !after?.movedFrom;
      const isWait = key.SK.startsWith('WAIT#') && after?.status?.S === 'waiting' && before?.waitId?.S !== after.waitId?.S;
      const opensAt = begins.get(after?.pupilId?.S ?? '');
      if ((!isPlace && !isWait) || !opensAt) continue;
      const at = after?.takenAt?.S ?? after?.joinedAt?.S ?? '';
      if (at < opensAt || simulation.scheduler.now() < opensAt)
        throw new Error(`${key.PK} ${key.SK} is there since ${at}, and its grade begins at ${opensAt}`);
      if (opensAt > school.window.opensAt) simulation.count(`${isPlace ? 'place' : 'wait'} of a later grade`);
    }
  });
}

function* beginningsIn(school: School, families: readonly Family[]): Generator<readonly [string, Instant]> {
  for (const { children } of families) for (const child of children) yield [child.pupilId, beginsAt(school, child)];
}
