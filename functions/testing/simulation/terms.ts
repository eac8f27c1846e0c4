/**
 * What a seed draws beside the evening that it has always drawn. Each thing has a source of its own: a seed that does not draw it is the
 * run that it was before there was such a thing, and what one draws does not change with the others.
 */
import { addMinutes, type Instant } from '@kehou/shared/kernel/time';
import type { GradeOpening } from '@kehou/shared/selection/window';
import { mulberry32 } from '../../src/platform/seeded.ts';
import { Draws } from './draws.ts';

export interface Terms {
  /** When the school calls off a class that runs. */
  readonly callOffs: readonly CallOffPlan[];
  /** Some grades begin later; never where places are drawn. */
  readonly openings?: OpeningsPlan | undefined;
  /** Families are let in by turns. */
  readonly turns?: TurnsPlan | undefined;
}

const HOUR = 60;
const DAY = 24 * HOUR;
/** Minutes: from about when on classes run, until money has time to go back before the run ends. */
const RANGES = {
  free: [17, 10 * DAY],
  offered: [17, 5 * HOUR],
  paying: [17, 3 * HOUR],
  moving: [HOUR, 6 * DAY],
  lesson: [0, 2],
} as const satisfies Record<CallOffPlan['when'], readonly [number, number]>;
const LESSONS_WEEKS = 2;
const GRADES = 6;
/** So many grades are drawn; more children begin anew. */
const CHILDREN = 80;

const SOURCES = { callOffs: 0x0ca1_10ff, openings: 0x09e4_1465, turns: 0x0701_2455 } as const;
const PLAIN: Terms = { callOffs: [] };

/** `plain`: nothing of it, as seeds were played before. */
export function drawTerms(
  seed: number,
  { plain, lottery }: { readonly plain?: boolean | undefined; readonly lottery?: boolean | undefined },
): Terms {
  if (plain) return PLAIN;
  const source = (name: keyof typeof SOURCES) => new Draws(mulberry32(seed ^ SOURCES[name]));
  return {
    callOffs: drawCallOffs(source('callOffs')),
    openings: lottery ? undefined : drawOpenings(source('openings')),
    turns: drawTurns(source('turns')),
  };
}

/** `free`: at that time. `offered`, `paying`, `moving`: in the first moment after it in which such a thing happens to a place of a class. `lesson`: minutes before a session begins. */
export interface CallOffPlan {
  readonly when: 'free' | 'offered' | 'paying' | 'moving' | 'lesson';
  /** After the close of the window; before the session. */
  readonly minutes: number;
  /** Which of the weekly sessions. */
  readonly week: number;
  /** Two at the school are at it at once. */
  readonly byTwo: boolean;
}

function drawCallOffs(draws: Draws): CallOffPlan[] {
  if (!draws.chance(0.5)) return [];
  return Array.from({ length: draws.between(1, 2) }, () => {
    const when = draws.weighed({ free: 3, offered: 3, paying: 3, moving: 3, lesson: 2 });
    const [least, most] = RANGES[when];
    return { when, minutes: draws.between(least, most), week: draws.below(LESSONS_WEEKS), byTwo: draws.chance(0.3) };
  });
}

export interface OpeningsPlan {
  /** Who begins how many minutes after the window. */
  readonly groups: readonly { readonly grades: readonly number[]; readonly minutes: number }[];
  /** The grade of the n-th child of the school. */
  gradeOf(index: number): number;
}

/** One group or two; children of all grades. */
function drawOpenings(draws: Draws): OpeningsPlan | undefined {
  if (!draws.chance(0.4)) return undefined;
  const left = Array.from({ length: GRADES }, (_, index) => index + 1);
  const groups = Array.from({ length: draws.between(1, 2) }, (_, group) => ({
    grades: Array.from({ length: draws.between(1, 2) }, () => left.splice(draws.below(left.length), 1)[0] ?? 1),
    minutes: draws.between(1, 20) + 10 * group,
  }));
  const grades = Array.from({ length: CHILDREN }, () => draws.between(1, GRADES));
  return { groups, gradeOf: (index) => grades[index % CHILDREN] ?? 1 };
}

export function gradeOpeningsOf({ groups }: OpeningsPlan, opensAt: Instant): GradeOpening[] {
  return groups.map(({ grades, minutes }) => ({ grades: [...grades], opensAt: addMinutes(opensAt, minutes) }));
}

export interface TurnsPlan {
  /** As the deployment says: less than one. */
  readonly familiesPerSecond: number;
}

function drawTurns(draws: Draws): TurnsPlan | undefined {
  return draws.chance(0.4) ? { familiesPerSecond: 1 / draws.between(4, 20) } : undefined;
}
