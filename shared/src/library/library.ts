import * as z from 'zod';
import { PersonName, Phone } from '../identity/person.ts';
import { Id } from '../kernel/id.ts';
import { ChinaDate, Instant } from '../kernel/time.ts';

/** Eight kinds; science is counted apart by the indicators (I2). */
export const CourseKind = z.enum(['science', 'sports', 'arts', 'music', 'reading', 'labour', 'psychology', 'heritage']);
export type CourseKind = z.infer<typeof CourseKind>;

/** Admitted → usable; suspended or past `validUntil` → no new classes, the running ones are flagged (B5). */
export const AdmissionStatus = z.enum(['admitted', 'suspended', 'withdrawn']);
export type AdmissionStatus = z.infer<typeof AdmissionStatus>;

/** A suspension can be lifted; a withdrawal is final. */
export const admissionMoves: Readonly<Record<AdmissionStatus, readonly AdmissionStatus[]>> = {
  admitted: ['suspended', 'withdrawn'],
  suspended: ['admitted', 'withdrawn'],
  withdrawn: [],
};

export function canChangeAdmission(from: AdmissionStatus, to: AdmissionStatus): boolean {
  return admissionMoves[from].includes(to);
}

/**
 * The recorded decision that opens the door: who decided, by which document, when, and until when it holds. Until review
 * panels exist this is the only door.
 */
export const Admission = z.object({
  admissionId: Id('admission'),
  bureauId: Id('organisation'),
  document: z.string().trim().min(4).max(100),
  decidedOn: ChinaDate,
  validUntil: ChinaDate,
  status: AdmissionStatus,
  recordedBy: z.string(),
  recordedAt: Instant,
});
export type Admission = z.infer<typeof Admission>;

export const Course = z.object({
  courseId: Id('course'),
  name: z.string().trim().min(2).max(40),
  kind: CourseKind,
  introduction: z.string().trim().min(10).max(1000),
  gradeFrom: z.int().min(1).max(9),
  gradeTo: z.int().min(1).max(9),
  lessonMinutes: z.int().min(20).max(240),
  admission: Admission,
});
export type Course = z.infer<typeof Course>;

/** A bank account for the payout file. Shown masked, never logged. */
export const BankAccount = z.object({
  holder: PersonName,
  bank: z.string().trim().min(2).max(40),
  number: z.string().regex(/^\d{12,19}$/),
});
export type BankAccount = z.infer<typeof BankAccount>;

export const Instructor = z.object({
  instructorId: Id('instructor'),
  name: PersonName,
  /** `own`: on a school's staff; `outside`: from an institution or by themself. */
  kind: z.enum(['own', 'outside']),
  institutionName: z.string().trim().max(60).optional(),
  courseKinds: z.array(CourseKind).min(1).max(8),
  introduction: z.string().trim().max(500),
  /** Masked in replies. */
  phone: z.string(),
  /** Last four digits in replies. */
  accountEnding: z.string().optional(),
  admission: Admission,
});
export type Instructor = z.infer<typeof Instructor>;

export const AdmissionInput = Admission.omit({ status: true, recordedAt: true, recordedBy: true, bureauId: true });
export type AdmissionInput = z.infer<typeof AdmissionInput>;
export const CourseInput = Course.omit({ admission: true }).extend({ admission: AdmissionInput });
export const InstructorInput = Instructor.omit({ admission: true, phone: true, accountEnding: true }).extend({
  phone: Phone,
  account: BankAccount.optional(),
  admission: AdmissionInput,
});

/** What was written down wrong, or has changed since: only what is given is replaced. */
export const InstructorCorrection = z.object({ name: PersonName.optional(), phone: Phone.optional(), account: BankAccount.optional() });
export type InstructorCorrection = z.infer<typeof InstructorCorrection>;

/** May new classes be built on it on this day? */
export function isUsable(admission: Pick<Admission, 'status' | 'validUntil'>, on: ChinaDate): boolean {
  return admission.status === 'admitted' && on <= admission.validUntil;
}
