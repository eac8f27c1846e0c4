import * as z from 'zod';
import { PersonName } from '../identity/person.ts';
import { Id } from '../kernel/id.ts';
import { ChinaDate, Instant } from '../kernel/time.ts';
import { Session } from '../offering/offering.ts';

/** Where a phone says it is: GCJ-02, degrees; accuracy in metres. Taken only at sign-in. */
export const Position = z.object({
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
  accuracyMetres: z.number().min(0).max(100_000),
});
export type Position = z.infer<typeof Position>;

/** The code on show: what it says is signed by the server and good for two turns of 30 s. */
export const QR_TURN_SECONDS = 30;

export const ShownQr = z.object({ text: z.string(), shownAt: Instant, changesAt: Instant, schoolName: z.string(), place: z.string() });
export type ShownQr = z.infer<typeof ShownQr>;

/** How one sign-in or sign-out came about. */
export const SignMark = z.object({
  at: Instant,
  /** Metres from the fence's centre as reported; absent when granted by exception. */
  distanceMetres: z.int().optional(),
  late: z.boolean(),
  by: z.enum(['qr', 'exception']),
});
export type SignMark = z.infer<typeof SignMark>;

/** What happened in a session; its row exists from the first sign-in or roll call on. */
export const SessionRecord = z.object({
  sessionId: Id('session'),
  offeringId: Id('offering'),
  schoolId: Id('organisation'),
  instructorId: Id('instructor'),
  date: ChinaDate,
  signedIn: SignMark.optional(),
  signedOut: SignMark.optional(),
  rollCalledAt: Instant.optional(),
  due: z.int(),
  present: z.int(),
  absent: z.int(),
  onLeave: z.int(),
});
export type SessionRecord = z.infer<typeof SessionRecord>;

/** Present by default; `leave` when the parent asked beforehand. */
export const Presence = z.enum(['present', 'absent', 'leave']);
export type Presence = z.infer<typeof Presence>;

/** One pupil in one session's roll. A correction keeps what it was and who changed it. */
export const RollEntry = z.object({
  pupilId: Id('pupil'),
  name: PersonName,
  className: z.string(),
  presence: Presence,
  commented: z.boolean(),
  leaveReason: z.string().optional(),
  corrections: z.array(z.object({ at: Instant, by: z.string(), from: Presence, to: Presence })),
});
export type RollEntry = z.infer<typeof RollEntry>;

export const Leave = z.object({
  leaveId: Id('leave'),
  pupilId: Id('pupil'),
  sessionId: Id('session'),
  offeringId: Id('offering'),
  courseName: z.string(),
  date: ChinaDate,
  reason: z.string().trim().min(1).max(100),
  status: z.enum(['asked', 'withdrawn']),
  askedAt: Instant,
});
export type Leave = z.infer<typeof Leave>;

export const ExceptionRequest = z.object({
  attendanceExceptionId: Id('attendanceException'),
  sessionId: Id('session'),
  offeringId: Id('offering'),
  schoolId: Id('organisation'),
  instructorId: Id('instructor'),
  instructorName: PersonName,
  courseName: z.string(),
  date: ChinaDate,
  mark: z.enum(['sign-in', 'sign-out']),
  reason: z.string().trim().min(2).max(200),
  status: z.enum(['asked', 'approved', 'refused']),
  askedAt: Instant,
  decidedAt: Instant.optional(),
  /** Why it was refused, or what the school adds. */
  note: z.string().trim().min(2).max(200).optional(),
});
export type ExceptionRequest = z.infer<typeof ExceptionRequest>;

/** The one button that is right for this minute. */
export const NextStep = z.enum(['wait', 'sign-in', 'call-roll', 'comment', 'sign-out', 'done', 'missed']);
export type NextStep = z.infer<typeof NextStep>;

export const TeacherSession = Session.extend({ record: SessionRecord.optional(), nextStep: NextStep, enrolled: z.int() });
export type TeacherSession = z.infer<typeof TeacherSession>;

/** How a pupil did in a session, of five. */
export const Stars = z.int().min(1).max(5);

/** A child's session as its guardians see it. */
export const ChildSession = Session.extend({
  signedIn: z.boolean(),
  presence: Presence.optional(),
  arrivedAt: Instant.optional(),
  leaveId: Id('leave').optional(),
  /** What the teacher said: stars with or without words. */
  stars: Stars.optional(),
  comment: z.string().optional(),
});
export type ChildSession = z.infer<typeof ChildSession>;
