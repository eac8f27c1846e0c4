import * as z from 'zod';
import { Id } from '../kernel/id.ts';
import { addMinutes, Instant, ms } from '../kernel/time.ts';
import { Offering, Reserve, Slot } from '../offering/offering.ts';
import { Grade, Period } from '../school/school.ts';
import { Shortlist } from './basket.ts';
import { Enrolment } from './enrolment.ts';
import { Lottery } from './lottery.ts';

/**
 * draft → published → open → closed → settled; a draft or published window may be withdrawn.
 * Open and closed are turned by the state machine; seats judge the hours by themselves all the same.
 */
export const WindowStatus = z.enum(['draft', 'published', 'open', 'closed', 'settled', 'withdrawn']);
export type WindowStatus = z.infer<typeof WindowStatus>;

export const windowMoves: Readonly<Record<WindowStatus, readonly WindowStatus[]>> = {
  draft: ['published', 'withdrawn'],
  published: ['open', 'withdrawn'],
  open: ['closed'],
  closed: ['settled'],
  settled: [],
  withdrawn: [],
};

/** Minutes that a seat is held for payment. */
export const HOLD_MINUTES = 15;
/** Places of one class that a child may take and let go unpaid; after that they are for others. */
export const LAPSES_MAX = 3;
/** Minutes after the last hold may have run out until a window is settled; the sweeper needs one or two of them. */
export const SETTLE_MARGIN_MINUTES = 2;

/** A place that was kept for a purpose and given to a child is its family's to pay for so long: two days. */
export const RESERVED_PAY_MINUTES = 2880;

/** Minutes that a place offered from a waiting list is kept: the school chooses within these. */
export const OFFER_MINUTES_MIN = 15;
export const OFFER_MINUTES_MAX = 2880;

/** Hours that the school and the parents may be asked at most. */
export const ASK_HOURS_MAX = 168;

/** Some grades begin later than the window itself: those of one group together. */
export const GradeOpening = z.object({ grades: z.array(Grade).min(1).max(9), opensAt: Instant });
export type GradeOpening = z.infer<typeof GradeOpening>;

/**
 * Families are let in spread over so many seconds from the opening, each at an instant drawn by the server. Fixed when the window is
 * published; absent where all may come at once. `families`: how many wait, children counted.
 */
export const Admission = z.object({ spreadSeconds: z.int().min(1), families: z.int().min(1) });
export type Admission = z.infer<typeof Admission>;

/** A family's turn: before `admitAt` no seat is taken. The token says so, signed; it goes along with each seat that is asked for. */
export const Turn = z.object({ token: z.string(), admitAt: Instant, place: z.int().min(1), families: z.int().min(1) });
export type Turn = z.infer<typeof Turn>;

export const Window = z.object({
  windowId: Id('window'),
  schoolId: Id('organisation'),
  schoolName: z.string(),
  termId: Id('term'),
  name: z.string().trim().min(2).max(40),
  opensAt: Instant,
  closesAt: Instant,
  offeringIds: z.array(Id('offering')).min(1).max(80),
  status: WindowStatus,
  /** Rises with every change of the hours: `<id>-v<version>` names the state machine's execution. */
  version: z.int().min(1),
  note: z.string().max(300).optional(),
  /** With a waiting list: a place that comes free is offered in order, and kept for so long. */
  waitingList: z.object({ offerMinutes: z.int().min(OFFER_MINUTES_MIN).max(OFFER_MINUTES_MAX) }).optional(),
  /** Classes under their smallest size at the close: the parents are asked, for so long; absent: they are called off at once. */
  underSize: z.object({ askHours: z.int().min(1).max(ASK_HOURS_MAX) }).optional(),
  /** Places are drawn among wishes; absent: first come, first served. */
  lottery: Lottery.optional(),
  /** First come, staggered: grades that are named here may take seats from then on, all others from `opensAt`. */
  gradeOpenings: z.array(GradeOpening).min(1).max(9).optional(),
  admission: Admission.optional(),
});
export type Window = z.infer<typeof Window>;

/** How places are given. */
export const WindowMode = z.enum(['first-come', 'lottery', 'lottery-then-first-come']);
export type WindowMode = z.infer<typeof WindowMode>;
export function modeOf(window: Pick<Window, 'lottery'>): WindowMode {
  if (!window.lottery) return 'first-come';
  return window.lottery.firstCome ? 'lottery-then-first-come' : 'lottery';
}

/**
 * When the last hold of a window has run out: a seat taken in its last minute; in a lottery, the winners' time as the draw set it (or
 * as it will be at the earliest), and a seat taken in the last minute of the hours after it. `lastBegins`: when the last class begins, which
 * no winner's hold outlasts: a late draw leaves them less time, or none.
 */
export function lastHoldAt(
  { closesAt, lottery }: Pick<Window, 'closesAt' | 'lottery'>,
  draw?: { readonly payBefore?: Instant | undefined },
  lastBegins?: Instant,
): Instant {
  if (!lottery) return addMinutes(closesAt, HOLD_MINUTES);
  const { seedSource, payHours, firstCome } = lottery;
  const paid = draw?.payBefore ?? addMinutes(seedSource.kind === 'public' ? seedSource.bornAt : closesAt, payHours * 60);
  const won = lastBegins && ms(lastBegins) < ms(paid) ? lastBegins : paid;
  const after = firstCome ? addMinutes(firstCome.closesAt, HOLD_MINUTES) : won;
  return ms(after) > ms(won) ? after : won;
}

export const WindowInput = Window.pick({
  windowId: true,
  termId: true,
  name: true,
  opensAt: true,
  closesAt: true,
  offeringIds: true,
  note: true,
  waitingList: true,
  underSize: true,
  lottery: true,
  gradeOpenings: true,
});

/** Why a child may not take a class right now; the page says it in words. */
export const NotNow = z.enum(['grade', 'clash', 'full', 'not-open', 'closed', 'cancelled', 'taken']);
export type NotNow = z.infer<typeof NotNow>;

/** One row of the class page. */
export const ClassCard = Offering.pick({
  offeringId: true,
  courseName: true,
  courseKind: true,
  instructorName: true,
  roomName: true,
  slots: true,
  grades: true,
  smallestSize: true,
  feePerSessionFen: true,
  feeFen: true,
  sessionCount: true,
  firstSessionDate: true,
  lastSessionDate: true,
  materialPack: true,
  status: true,
}).extend({
  /** Without the places that are kept for a purpose, as long as they are not given. */
  capacity: z.int(),
  taken: z.int(),
  /** Places kept for a purpose: so many in all, of which `left` are not given yet. Those are in no count of `capacity`. */
  reserved: z.array(Reserve.extend({ left: z.int() })).optional(),
  /** 0 while a waiting list is being served, even where a place has just come free: it is kept for the next in line. */
  seatsLeft: z.int(),
  /** There is a waiting list with somebody on it. */
  waiting: z.boolean().optional(),
  notNow: NotNow.optional(),
  clashesWith: z.string().optional(),
  enrolment: Enrolment.optional(),
});
export type ClassCard = z.infer<typeof ClassCard>;

export const BusySlot = Slot.extend({ offeringId: Id('offering'), courseName: z.string(), status: Enrolment.shape.status });

export const ClassPage = z.object({
  window: Window.omit({ offeringIds: true }),
  classes: z.array(ClassCard),
  /** The hours of the school's periods: slots name a period by its number. */
  periods: z.array(Period),
  /** What the child's week holds already. */
  busy: z.array(BusySlot),
  /** What the child's guardians have marked; absent: nothing yet. */
  shortlist: Shortlist.optional(),
  /** When the seats were counted: shown on the screen. */
  seatsAsOf: Instant,
  /** The family's turn, until everyone has been let in. */
  turn: Turn.optional(),
});
export type ClassPage = z.infer<typeof ClassPage>;
