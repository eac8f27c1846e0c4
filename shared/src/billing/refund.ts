import * as z from 'zod';
import { Fen, PositiveFen } from '../kernel/fen.ts';
import { Id } from '../kernel/id.ts';
import { Instant } from '../kernel/time.ts';
import { ApprovalChain } from '../school/school.ts';

/** The sum first, then how it is made up, then the rule. */
export const RefundQuote = z.object({
  enrolmentId: Id('enrolment'),
  totalFen: PositiveFen,
  feeFen: PositiveFen,
  materialFen: PositiveFen,
  paidFeeFen: PositiveFen,
  paidMaterialFen: PositiveFen,
  sessionCount: z.int(),
  sessionsLeft: z.int(),
  rule: z.enum(['full-before-first-session', 'by-sessions-left', 'nothing-left']),
  /** Will someone have to approve it? */
  approval: z.enum(['automatic', 'needed']),
  approvers: ApprovalChain.or(z.array(z.never())),
  /** The server's word for exactly this quote: sent back on confirming, refused when the sum has changed since. */
  quoteToken: z.string(),
  quotedAt: Instant,
});
export type RefundQuote = z.infer<typeof RefundQuote>;

/**
 * requested → (approving) → approved → sending → succeeded, or refused by an approver.
 * `attention`: the provider said abnormal, or nothing for too long; a person looks and retries.
 */
export const RefundStatus = z.enum(['requested', 'approving', 'approved', 'sending', 'attention', 'succeeded', 'refused']);
export type RefundStatus = z.infer<typeof RefundStatus>;
export const refundMoves: Readonly<Record<RefundStatus, readonly RefundStatus[]>> = {
  requested: ['approving', 'approved'],
  approving: ['approved', 'refused'],
  approved: ['sending'],
  sending: ['succeeded', 'attention'],
  attention: ['sending', 'succeeded'],
  succeeded: [],
  refused: [],
};

export const RefundStep = z.object({ status: RefundStatus, at: Instant, by: z.string().optional(), note: z.string().optional() });

export const Refund = z.object({
  refundId: Id('refund'),
  enrolmentId: Id('enrolment'),
  orderId: Id('order'),
  paymentId: Id('payment'),
  schoolId: Id('organisation'),
  pupilId: Id('pupil'),
  pupilName: z.string(),
  courseName: z.string(),
  amountFen: PositiveFen,
  feeFen: PositiveFen,
  materialFen: PositiveFen,
  sessionsLeft: z.int(),
  cause: z.enum(['parent', 'under-size', 'school', 'late-payment']),
  status: RefundStatus,
  chain: z.array(z.enum(['school', 'operator', 'bureau'])),
  approvals: z.array(z.object({ role: z.enum(['school', 'operator', 'bureau']), personId: Id('person'), at: Instant })),
  attentionReason: z.string().optional(),
  timeline: z.array(RefundStep),
  requestedAt: Instant,
  refundedFen: Fen.optional(),
});
export type Refund = z.infer<typeof Refund>;
