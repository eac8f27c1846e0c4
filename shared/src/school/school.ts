import * as z from 'zod';
import { PersonName, Phone } from '../identity/person.ts';
import { PositiveFen } from '../kernel/fen.ts';
import { Id } from '../kernel/id.ts';
import { ChinaDate, Instant, TimeOfDay, Weekday } from '../kernel/time.ts';

export const Grade = z.int().min(1).max(9);

/** Rises with every change; 0: nothing is kept yet. What is sent must be the version that was read: another's change is not written over unseen. */
export const Version = z.int().min(0).default(0);

export const Term = z.object({
  termId: Id('term'),
  version: Version,
  name: z.string().trim().min(2).max(30),
  /** Both included; at most 200 days. */
  firstDay: ChinaDate,
  lastDay: ChinaDate,
  /** After-school classes start and end inside the term. */
  serviceFirstDay: ChinaDate,
  serviceLastDay: ChinaDate,
});
export type Term = z.infer<typeof Term>;

/**
 * A day that is not what its weekday says. `off`: no school. `school`: a make-up day, on which the timetable of
 * `follows` is taught.
 */
export const CalendarDay = z.object({
  date: ChinaDate,
  kind: z.enum(['off', 'school']),
  follows: Weekday.optional(),
  name: z.string().max(30),
});
export type CalendarDay = z.infer<typeof CalendarDay>;

/** A year's exceptions, published by a bureau for its subtree; a school's own corrections stand above them. */
export const CalendarYear = z.object({
  year: z.int().min(2020).max(2100),
  days: z.array(CalendarDay).max(120),
  source: z.string().max(100),
});
export type CalendarYear = z.infer<typeof CalendarYear>;

/** A period of the day in which classes are held: 1, 2, … with its hours. */
export const Period = z.object({ period: z.int().min(1).max(12), name: z.string().max(20), startsAt: TimeOfDay, endsAt: TimeOfDay });
export type Period = z.infer<typeof Period>;

export const Room = z.object({ roomId: Id('room'), name: z.string().trim().min(1).max(30), capacity: z.int().min(1).max(2000) });
export type Room = z.infer<typeof Room>;

/** Who approves, in which order. A person approves a thing once at most, whatever roles they hold. */
export const ApprovalChain = z
  .array(z.enum(['school', 'operator', 'bureau']))
  .min(1)
  .max(3);

/** Longer is no trial any more. */
export const TRIAL_WEEKS_MAX = 8;

export const SchoolSettings = z.object({
  version: Version,
  periods: z.array(Period).min(1).max(12),
  refundApproval: z.object({
    /** `automatic`: never asks; `after-first-session`: asks once a session has been held; `always`. */
    when: z.enum(['automatic', 'after-first-session', 'always']),
    chain: ApprovalChain,
    /** Unanswered for so long, it goes to the school's queue and is chased up. Hours. */
    timeLimitHours: z.int().min(1).max(720),
  }),
  payoutApproval: ApprovalChain,
  /** Minutes before the start from which a teacher may sign in, and after which it counts as late. */
  signInOpensMinutes: z.int().min(5).max(120),
  lateAfterMinutes: z.int().min(0).max(60),
  /** Weeks of a class, from that of its first session, in which a family may move to another class; 0: none. */
  trialWeeks: z.int().min(0).max(TRIAL_WEEKS_MAX).default(0),
});
export type SchoolSettings = z.infer<typeof SchoolSettings>;

export const Pupil = z.object({
  pupilId: Id('pupil'),
  schoolId: Id('organisation'),
  pupilNumber: z.string().min(4).max(30),
  name: PersonName,
  grade: Grade,
  className: z.string().min(1).max(20),
  /** Left the school on that day: no class any more, until restored. */
  leftOn: ChinaDate.optional(),
});
export type Pupil = z.infer<typeof Pupil>;

/** Fee and pay ceilings, set by the departments together and recorded with the document that sets them (H1). */
export const Scale = z.object({
  scaleId: Id('scale'),
  document: z.string().trim().min(4).max(100),
  validFrom: ChinaDate,
  validUntil: ChinaDate.optional(),
  /** Highest fee a session that a pupil may be charged. */
  feePerSessionFenMax: PositiveFen,
  /** Highest pay a session for a school's own teacher and for an outside instructor. */
  ownTeacherPayFenMax: PositiveFen,
  outsideInstructorPayFenMax: PositiveFen,
  /** What of each session's fee stays with the instructor's pay is counted at payout; the rest is the school's fund. */
  recordedAt: Instant,
  recordedBy: z.string(),
});
export type Scale = z.infer<typeof Scale>;

// --- rosters --------------------------------------------------------------------------------------------------------

export const RosterKind = z.enum(['pupils', 'staff']);
export type RosterKind = z.infer<typeof RosterKind>;
export const PupilRow = z.object({
  pupilNumber: z
    .string()
    .trim()
    .regex(/^[0-9A-Za-z-]{4,30}$/),
  name: PersonName,
  grade: Grade,
  className: z.string().trim().min(1).max(20),
  /** Absent: the file says nothing about it, and whoever has left stays so. */
  standing: z.enum(['here', 'left']).optional(),
  /** What the file calls it (`转学`). */
  standingWord: z.string().max(20).optional(),
  /** Absent: the row names none (its cells are empty, or the file has no such columns), and those there are stay. */
  guardians: z
    .array(z.object({ phone: Phone, name: PersonName.optional(), relation: z.string().max(10).optional() }))
    .max(4)
    .optional(),
});
export type PupilRow = z.infer<typeof PupilRow>;
export const StaffRow = z.object({
  name: PersonName,
  phone: Phone,
  role: z.enum(['teacher', 'school']),
  staffNumber: z.string().trim().max(30).optional(),
});
export type StaffRow = z.infer<typeof StaffRow>;

/** One thing wrong in one row: the line as the spreadsheet numbers it, the column's own heading, and why. */
export const RowProblem = z.object({
  line: z.int(),
  column: z.string().optional(),
  value: z.string().max(60).optional(),
  reason: z.string(),
});
export type RowProblem = z.infer<typeof RowProblem>;

/** A guardian who loses a child by a row that names other numbers than theirs. */
export const RosterRemoval = z.object({
  line: z.int(),
  pupilName: PersonName,
  guardianName: PersonName.optional(),
  /** Masked. */
  phone: z.string(),
});
export type RosterRemoval = z.infer<typeof RosterRemoval>;

export const RosterImport = z.object({
  rosterImportId: Id('rosterImport'),
  kind: RosterKind,
  filename: z.string().max(120),
  /**
   * `refused`: rows are wrong, nothing was imported. `unconfirmed`: it would end more links of guardians than was agreed to; nothing is kept
   * of it. `applying`: accepted whole, being written; goes on by itself after a crash.
   */
  status: z.enum(['refused', 'unconfirmed', 'applying', 'done']),
  rows: z.int(),
  applied: z.int(),
  added: z.int(),
  changed: z.int(),
  unchanged: z.int(),
  /** Links of guardians that it has ended, or would end (`unconfirmed`). */
  linksRemoved: z.int().default(0),
  /** Whose, of an `unconfirmed` one: the first of them. */
  removals: z.array(RosterRemoval).max(200).optional(),
  problems: z.array(RowProblem).max(200),
  problemCount: z.int(),
  startedAt: Instant,
});
export type RosterImport = z.infer<typeof RosterImport>;

/** A past import in a list: what is wrong with which row is read with the import itself. */
export const RosterImportItem = RosterImport.omit({ problems: true, removals: true }).extend({
  /** Who sent the file; absent for somebody without a name. */
  byName: z.string().optional(),
});
export type RosterImportItem = z.infer<typeof RosterImportItem>;
