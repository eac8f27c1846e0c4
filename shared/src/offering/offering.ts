/** An offering is a course run by a school in a term: what parents call a class. */
import * as z from 'zod';
import { PersonName } from '../identity/person.ts';
import { PositiveFen } from '../kernel/fen.ts';
import { Id } from '../kernel/id.ts';
import { ChinaDate, Instant, ms, Weekday } from '../kernel/time.ts';
import { CourseKind } from '../library/library.ts';

/** When it meets each week. */
export const Slot = z.object({ weekday: Weekday, period: z.int().min(1).max(12) });
export type Slot = z.infer<typeof Slot>;

export function sameSlot(a: Slot, b: Slot): boolean {
  return a.weekday === b.weekday && a.period === b.period;
}

/** Bought apart, never bundled (D4). */
export const MaterialPack = z.object({
  name: z.string().trim().min(1).max(40),
  priceFen: PositiveFen.refine((price) => price > 0),
  description: z.string().max(200),
});
export type MaterialPack = z.infer<typeof MaterialPack>;

/**
 * Places kept for a purpose that is named and published with their number: neither draw nor rush gives them, the school does, one by one.
 * What is not needed is let go to everybody; after the publication their number only falls.
 */
export const Reserve = z.object({ purpose: z.string().trim().min(2).max(20), places: z.int().min(0).max(500) });
export type Reserve = z.infer<typeof Reserve>;

export const RESERVES_MAX = 3;

export const OfferingStatus = z.enum(['draft', 'published', 'running', 'cancelled', 'ended']);
export type OfferingStatus = z.infer<typeof OfferingStatus>;

/** Published with its window, and back to a draft when that is withdrawn; running once the window is settled. */
export const offeringMoves: Readonly<Record<OfferingStatus, readonly OfferingStatus[]>> = {
  draft: ['published', 'cancelled'],
  published: ['draft', 'running', 'cancelled'],
  running: ['ended', 'cancelled'],
  cancelled: [],
  ended: [],
};

const terms = {
  offeringId: Id('offering'),
  courseId: Id('course'),
  instructorId: Id('instructor'),
  roomId: Id('room'),
  slots: z.array(Slot).min(1).max(5),
  capacity: z.int().min(1).max(500),
  /** Fewer at the close of the window: cancelled with full refunds. */
  smallestSize: z.int().min(1).max(500),
  grades: z.array(z.int().min(1).max(9)).min(1).max(9),
  feePerSessionFen: PositiveFen,
  payPerSessionFen: PositiveFen,
  materialPack: MaterialPack.optional(),
  reserved: z
    .array(Reserve)
    .min(1)
    .max(RESERVES_MAX)
    .refine((reserves) => new Set(reserves.map(({ purpose }) => purpose)).size === reserves.length, '同一用途只写一次')
    .optional(),
};

/** What a school fills in. Sessions are dated by the server over term, holidays and make-up days. */
export const OfferingInput = z
  .object({
    ...terms,
    termId: Id('term'),
    /** No session before this day. Absent: from the first day of the service, or from tomorrow when that is over. */
    firstDay: ChinaDate.optional(),
  })
  .refine((value) => value.smallestSize <= value.capacity, { path: ['smallestSize'], message: '最少开班人数不能大于名额' })
  .refine((value) => openPlaces(value) >= 1, { path: ['reserved'], message: '预留之外至少要有一个公开名额' });
export type OfferingInput = z.infer<typeof OfferingInput>;

/**
 * Under its smallest size when its window was settled, and not called off at once: until then the school may say that it runs all the
 * same, and families may move to another class. Then, if too few are in it, it is called off and who is left is paid back.
 */
export const HeldBack = z.object({
  until: Instant,
  /** The class that the school asks the parents to move to. */
  into: z.object({ offeringId: Id('offering'), courseName: z.string() }).optional(),
  /** The school has said that it becomes one with that class: its families are being moved there. */
  merging: z.literal(true).optional(),
});
export type HeldBack = z.infer<typeof HeldBack>;

export const Offering = z.object({
  ...terms,
  termId: Id('term'),
  schoolId: Id('organisation'),
  windowId: Id('window').optional(),
  /** No session before this day. */
  firstDay: ChinaDate.optional(),
  courseName: z.string(),
  courseKind: CourseKind,
  introduction: z.string(),
  instructorName: PersonName,
  instructorKind: z.enum(['own', 'outside']),
  roomName: z.string(),
  status: OfferingStatus,
  /** Sessions that the fee is for. */
  sessionCount: z.int(),
  /** fee a session × sessions. */
  feeFen: PositiveFen,
  firstSessionDate: ChinaDate.optional(),
  lastSessionDate: ChinaDate.optional(),
  heldBack: HeldBack.optional(),
  /** Set when the admission behind it ended while it ran (B5). */
  flag: z.enum(['course-suspended', 'instructor-suspended', 'admission-expired']).optional(),
  updatedAt: Instant,
  /** Rises with every change of it; whoever changes it says which one they read. */
  version: z.int().min(1).default(1),
});
export type Offering = z.infer<typeof Offering>;

/** For so many days the school can say of a session that nobody taught it. */
export const NOT_HELD_DAYS = 7;

/** `scheduled` → held or cancelled; what happened in it belongs to attendance. */
export const Session = z.object({
  sessionId: Id('session'),
  offeringId: Id('offering'),
  schoolId: Id('organisation'),
  /** 1, 2, … in the order of the dates. */
  number: z.int().min(1),
  date: ChinaDate,
  period: z.int(),
  startsAt: Instant,
  endsAt: Instant,
  courseName: z.string(),
  roomName: z.string(),
  instructorId: Id('instructor'),
  instructorName: z.string(),
  status: z.enum(['scheduled', 'cancelled']),
  cancelReason: z.string().optional(),
});
export type Session = z.infer<typeof Session>;

/** How a session can be called off now: before it begins, or, over for less than {@link NOT_HELD_DAYS}, as one that nobody taught; `undefined`: not. */
export function callingOff({ startsAt, endsAt }: Pick<Session, 'startsAt' | 'endsAt'>, now: Instant): 'ahead' | 'not-held' | undefined {
  if (ms(now) < ms(startsAt)) return 'ahead';
  return ms(now) >= ms(endsAt) && ms(now) < ms(endsAt) + NOT_HELD_DAYS * 86_400_000 ? 'not-held' : undefined;
}

/** A class as anyone signed in sees it: what its instructor is paid is between the school and them. */
export const PublicOffering = Offering.omit({ payPerSessionFen: true, flag: true });
export type PublicOffering = z.infer<typeof PublicOffering>;

/** The places that everybody may have: those kept for a purpose apart. */
export function openPlaces({ capacity, reserved = [] }: Pick<Offering, 'capacity' | 'reserved'>): number {
  return capacity - reserved.reduce((sum, { places }) => sum + places, 0);
}

/** `校队队员 2、教职工子女 1`, for desks and the audit trail; `0`: none are kept. */
export const reservedText = (reserved: readonly Reserve[] = []): string =>
  reserved.map(({ purpose, places }) => `${purpose} ${places}`).join('、') || '0';

/** Is `is` what `was` may become once parents have seen it: the same purposes, none with more places? */
export function onlyLetsGo(was: readonly Reserve[] = [], is: readonly Reserve[] = []): boolean {
  return (
    was.length === is.length && is.every(({ purpose, places }, index) => purpose === was[index]?.purpose && places <= was[index].places)
  );
}

type Fate = Pick<Offering, 'status' | 'heldBack'>;

/** Does it wait for the school and the parents to say what becomes of it? */
export function isHeldBack({ status, heldBack }: Fate, now: Instant): boolean {
  return status === 'published' && heldBack !== undefined && now < heldBack.until;
}

/** May families move to it: it runs, or it would with them? */
export function mayMoveTo(offering: Fate, now: Instant): boolean {
  return offering.status === 'running' || isHeldBack(offering, now);
}

/** May a school make one class of two without asking the families: the same hours, at the same fee? */
export function mayMergeInto(
  from: Pick<Offering, 'slots' | 'feePerSessionFen'>,
  into: Pick<Offering, 'slots' | 'feePerSessionFen'>,
): boolean {
  const has = (slots: readonly Slot[], wanted: Slot) => slots.some((slot) => sameSlot(slot, wanted));
  return (
    from.feePerSessionFen === into.feePerSessionFen &&
    from.slots.length === into.slots.length &&
    from.slots.every((slot) => has(into.slots, slot))
  );
}
