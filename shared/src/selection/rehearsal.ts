/**
 * The rehearsal of a window: what was played, what came of it, and the rules by which it is called go or no-go. Nothing here
 * is about a real child: parents, children and payments of a rehearsal are made up.
 */
import * as z from 'zod';
import { Id } from '../kernel/id.ts';
import { Instant } from '../kernel/time.ts';
import { WindowMode } from './window.ts';

export const REHEARSAL_PARENTS_MAX = 5000;
/** Rehearsals of one window in a day of China. */
export const REHEARSALS_A_DAY_MAX = 10;
/** One that has said nothing for so long has died: another may be started. */
export const REHEARSAL_SILENT_MINUTES_MAX = 5;
export const FAVOURITES_MAX = 5;

/** What DynamoDB writes to one item a second. */
export const HOT_WRITES_MAX = 1000;
/** A parent who waits longer for an answer taps again. */
export const WAIT_P99_MS_MAX = 3000;
/** From here on it is time to think of letting grades in one after the other. */
export const WAIT_P99_MS_WARN = 1500;
/** A class that is full before most have seen it, and that many more wanted, is won by the faster thumb. */
export const SNATCHED_MS = 10_000;
export const OVERRUN = 2;
/** Children who wanted a place and have none at all, of a hundred. */
export const EMPTY_HANDED_PERCENT_MAX = 10;

export const RehearsedClass = z.object({
  offeringId: Id('offering'),
  courseName: z.string(),
  capacity: z.int(),
  smallestSize: z.int(),
  /** Children whose list has it, and those who want it most. */
  wanted: z.int(),
  wantedMost: z.int(),
  /** Times that a place in it was asked for by hand, and got. */
  tries: z.int(),
  seated: z.int(),
  /** In a lottery: places of it that were drawn. */
  drawn: z.int().optional(),
  /** Paid for in the end. */
  confirmed: z.int(),
  /** From the opening to who comes first until its last place was gone; absent: it was never full, or the draw had filled it. */
  fullAfterMs: z.int().optional(),
});
export type RehearsedClass = z.infer<typeof RehearsedClass>;

/** What to know, and mostly what to do about it; the numbers are those of the sentence. `grave`: reason enough for no-go. */
export const Finding = z.object({
  code: z.enum([
    // the evening as a whole
    'slow',
    'hot-item',
    'turned-away-busy',
    'broken',
    'empty-handed',
    'few-places',
    'nothing-left',
    // one class
    'snatched',
    'overrun',
    'under-size',
    'unwanted',
  ]),
  grave: z.boolean(),
  offeringId: Id('offering').optional(),
  courseName: z.string().optional(),
  /** What was counted, in the unit of the code: seconds, milliseconds, writes, children, percent. */
  value: z.number(),
  /** What it was held against, or what would mend it (places more). */
  limit: z.number().optional(),
});
export type Finding = z.infer<typeof Finding>;

/** What came of the draw, where there is one. */
export const RehearsedDraw = z.object({
  /** Children in it, and those who got a class by it. */
  entries: z.int(),
  won: z.int(),
  /** Places that it gave; those of them that were let go and offered down the drawn order, and taken. */
  places: z.int(),
  handedOn: z.int(),
  /** Places that were there for who comes first, or that nobody wanted where nobody comes after the draw. */
  left: z.int(),
});
export type RehearsedDraw = z.infer<typeof RehearsedDraw>;

export const RehearsalReport = z.object({
  mode: WindowMode.default('first-come'),
  seed: z.int(),
  parents: z.int(),
  /** Of the window that was played. */
  windowVersion: z.int(),
  classes: z.array(RehearsedClass).max(80),
  tries: z.int(),
  seated: z.int(),
  /** Every try that got no place, by the reason that was told. */
  refused: z.array(z.object({ reason: z.string(), count: z.int() })),
  /** From the tap to the answer. */
  waits: z.object({ p50Ms: z.int(), p99Ms: z.int(), mostMs: z.int() }),
  children: z.object({ placed: z.int(), emptyHanded: z.int() }),
  draw: RehearsedDraw.optional(),
  /** Places by what became of them: paid in time, paid after the time, never paid. */
  payments: z.object({ paid: z.int(), late: z.int(), lapsed: z.int() }),
  hottest: z.object({ courseName: z.string(), writesPerSecond: z.int(), throttled: z.int() }),
  busiest: z.object({ requestsPerSecond: z.int(), containers: z.int() }),
  go: z.boolean(),
  findings: z.array(Finding),
});
export type RehearsalReport = z.infer<typeof RehearsalReport>;

export const RehearsalInput = z.object({
  rehearsalId: Id('rehearsal'),
  /** Absent: as many as the roster has children. */
  parents: z.int().min(1).max(REHEARSAL_PARENTS_MAX).optional(),
  /** The same seed plays the same evening again. */
  seed: z
    .int()
    .min(0)
    .max(2 ** 31 - 1),
  /** What the school expects to be wanted most, the first before the others; the rest is drawn by the seed. */
  favourites: z.array(Id('offering')).max(FAVOURITES_MAX).default([]),
});

export const Rehearsal = z.object({
  rehearsalId: Id('rehearsal'),
  windowId: Id('window'),
  schoolId: Id('organisation'),
  status: z.enum(['running', 'done', 'failed']),
  parents: z.int().optional(),
  seed: z.int(),
  favourites: z.array(Id('offering')),
  startedAt: Instant,
  /** When it last said something. */
  heardAt: Instant,
  /** Of a hundred. */
  progress: z.int().min(0).max(100),
  report: RehearsalReport.optional(),
});
export type Rehearsal = z.infer<typeof Rehearsal>;

/** A rehearsal that is under way, as far as anybody can tell at `nowMs`. */
export function isRehearsing({ status, heardAt }: Pick<Rehearsal, 'status' | 'heardAt'>, nowMs: number): boolean {
  return status === 'running' && nowMs < Date.parse(heardAt) + REHEARSAL_SILENT_MINUTES_MAX * 60_000;
}

export type Played = Omit<RehearsalReport, 'go' | 'findings'>;

/** The verdict over what was played: no-go as soon as one finding is grave. Grave ones first, then in the order of the evening. */
export function judgeRehearsal(played: Played): RehearsalReport {
  const findings = [...ofTheEvening(played), ...played.classes.flatMap((each) => [...ofClass(each)])].sort(
    (one, other) => +other.grave - +one.grave,
  );
  return { ...played, go: findings.every(({ grave }) => !grave), findings };
}

function refusedFor(played: Played, reason: string): number {
  return played.refused.find((each) => each.reason === reason)?.count ?? 0;
}

function* ofTheEvening(played: Played): Generator<Finding> {
  const { waits, hottest, children } = played;
  const broken = refusedFor(played, 'broken');
  if (broken > 0) yield { code: 'broken', grave: true, value: broken };
  const busy = refusedFor(played, 'request.busy');
  if (busy > 0) yield { code: 'turned-away-busy', grave: true, value: busy };
  if (hottest.writesPerSecond >= HOT_WRITES_MAX) {
    yield { code: 'hot-item', grave: true, courseName: hottest.courseName, value: hottest.writesPerSecond, limit: HOT_WRITES_MAX };
  }
  if (waits.p99Ms > WAIT_P99_MS_WARN)
    yield { code: 'slow', grave: waits.p99Ms > WAIT_P99_MS_MAX, value: waits.p99Ms, limit: WAIT_P99_MS_MAX };
  const all = children.placed + children.emptyHanded;
  const percent = all > 0 ? Math.round((children.emptyHanded / all) * 100) : 0;
  if (percent > EMPTY_HANDED_PERCENT_MAX) yield { code: 'empty-handed', grave: true, value: percent, limit: EMPTY_HANDED_PERCENT_MAX };
  const places = played.classes.reduce((sum, { capacity }) => sum + capacity, 0);
  if (places < all) yield { code: 'few-places', grave: false, value: all, limit: places };
  if (played.mode === 'lottery-then-first-come' && played.draw?.left === 0) {
    yield { code: 'nothing-left', grave: false, value: played.draw.places };
  }
}

function* ofClass(each: RehearsedClass): Generator<Finding> {
  const { offeringId, courseName, capacity, wanted, wantedMost, drawn, fullAfterMs } = each;
  const of = { offeringId, courseName };
  const missing = wantedMost - capacity;
  const wasFull = fullAfterMs !== undefined || (drawn !== undefined && drawn >= capacity);
  if (wasFull && missing > 0) {
    // Whoever wanted it most and has no place: so many more would have been filled. Where lots were drawn, no thumb decided.
    const isSnatched = drawn === undefined && fullAfterMs !== undefined && fullAfterMs < SNATCHED_MS && wantedMost >= OVERRUN * capacity;
    if (isSnatched) yield { code: 'snatched', grave: true, ...of, value: fullAfterMs / 1000, limit: missing };
    else yield { code: 'overrun', grave: false, ...of, value: wantedMost, limit: missing };
  }
  if (wanted === 0) yield { code: 'unwanted', grave: false, ...of, value: 0 };
  else if (each.confirmed < each.smallestSize)
    yield { code: 'under-size', grave: false, ...of, value: each.confirmed, limit: each.smallestSize };
}
