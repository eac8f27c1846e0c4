/** What stands on an audit trail, and how it is told to people: who, what, when, about whom; never an id. */
import * as z from 'zod';
import { Fen } from '../kernel/fen.ts';
import { ChinaDate, ChinaMonth, Instant } from '../kernel/time.ts';

/** Everything that is written down, `<area>.<noun>-<verb in the past>`. Each has its words (`audit.action.…`) in the mini-program. */
export const AuditAction = z.enum([
  'organisation.city-bootstrapped',
  'organisation.organisation-created',
  'organisation.school-changed',
  'identity.role-granted',
  'identity.role-revoked',
  'identity.link-approved',
  'identity.link-refused',
  'identity.guardian-unlinked',
  'school.calendar-published',
  'school.scale-recorded',
  'school.roster-imported',
  'school.pupil-left',
  'school.pupil-restored',
  'school.settings-changed',
  'library.course-admitted',
  'library.course-suspended',
  'library.course-restored',
  'library.course-withdrawn',
  'library.instructor-admitted',
  'library.instructor-suspended',
  'library.instructor-restored',
  'library.course-renewed',
  'library.instructor-renewed',
  'library.instructor-corrected',
  'library.instructor-withdrawn',
  'offering.offering-created',
  'offering.offering-changed',
  'offering.offering-removed',
  'offering.offering-called-off',
  'offering.under-size-decided',
  'offering.session-cancelled',
  'offering.reserved-place-given',
  'window.published',
  'window.hours-changed',
  'window.withdrawn',
  'window.public-value-recorded',
  'window.first-come-moved',
  'window.first-come-dropped',
  'attendance.exception-approved',
  'attendance.exception-refused',
  'billing.payment-received',
  'billing.payment-parked',
  'billing.payment-returned',
  'billing.payment-unparked',
  'billing.refund-requested',
  'billing.refund-step-approved',
  'billing.refund-approved',
  'billing.refund-refused',
  'billing.refund-parked',
  'billing.refund-retried',
  'billing.refund-succeeded',
  'billing.refund-paid-by-hand',
  'billing.material-handed-out',
  'billing.place-moved',
  'billing.money-exported',
  'billing.break-closed',
  'billing.fees-repaid',
  'payout.started',
  'payout.restarted',
  'payout.step-approved',
  'payout.approved',
  'payout.refused',
  'payout.blocked',
  'payout.unblocked',
  'payout.statement-approved',
  'payout.statement-sent',
  'payout.statement-paid',
  'payout.statement-rejected',
]);
export type AuditAction = z.infer<typeof AuditAction>;

/** What a change is a change of. */
export const AuditField = z.enum([
  'course',
  'instructor',
  'room',
  'capacity',
  'reserved',
  'smallestSize',
  'feePerSessionFen',
  'payPerSessionFen',
  'sessionCount',
  'area',
  'stage',
  'fence',
  'operator',
  'periods',
  'refundApproval',
  'payoutApproval',
  'signInOpensMinutes',
  'lateAfterMinutes',
  'trialWeeks',
  'opensAt',
  'closesAt',
  'gradeOpenings',
]);
export type AuditField = z.infer<typeof AuditField>;

/** Before and after, where that is one word or number; things with an id stand by their names. */
export const AuditChange = z.object({
  field: AuditField,
  before: z.union([z.string(), z.number()]).optional(),
  after: z.union([z.string(), z.number()]).optional(),
});
export type AuditChange = z.infer<typeof AuditChange>;

export const AuditRow = z.object({
  at: Instant,
  /** `system`: a workflow or the clock. `provider`: the payment provider's own word. `setup`: whoever set the deployment up. */
  by: z.enum(['person', 'system', 'provider', 'setup']),
  /** Absent for a person without a name. */
  byName: z.string().optional(),
  action: AuditAction,
  /** Whom or what it is about: a class, a person, a school. */
  about: z.string().optional(),
  amountFen: Fen.optional(),
  month: ChinaMonth.optional(),
  date: ChinaDate.optional(),
  year: z.int().optional(),
  /** How many: rows of a roster or an export, days of a calendar, people on a payout. */
  count: z.int().optional(),
  role: z.enum(['teacher', 'school', 'operator', 'bureau']).optional(),
  /** Masked. */
  phone: z.string().optional(),
  /** The number of the document that it rests on. */
  document: z.string().optional(),
  reason: z.string().optional(),
  mark: z.enum(['sign-in', 'sign-out']).optional(),
  changes: z.array(AuditChange),
});
export type AuditRow = z.infer<typeof AuditRow>;
