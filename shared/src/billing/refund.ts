import * as z from 'zod';
import { Fen, fen, PositiveFen, splitFen } from '../kernel/fen.ts';
import { Id } from '../kernel/id.ts';
import { Instant, ms } from '../kernel/time.ts';
import type { Session } from '../offering/offering.ts';
import { type Organisation, operatorOrBureau } from '../organisation/organisation.ts';
import { ApprovalChain, type SchoolSettings } from '../school/school.ts';

/** The sum first, then how it is made up, then the rule. */
export const RefundQuote = z.object({
  enrolmentId: Id('enrolment'),
  totalFen: PositiveFen,
  feeFen: PositiveFen,
  materialFen: PositiveFen,
  paidFeeFen: PositiveFen,
  paidMaterialFen: PositiveFen,
  /** When the pack was handed out: why it is not in the sum. */
  materialHandedOutAt: Instant.optional(),
  sessionCount: z.int(),
  /** Still to come. */
  sessionsLeft: z.int(),
  /** Cancelled by the school: given back like those still to come. */
  sessionsCancelled: z.int(),
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
 * `attention`: the provider said abnormal or closed, or nothing for too long; a person looks, and retries or pays by hand.
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

/** Names the slip or voucher of a refund that was paid by hand. */
export const REFUND_DOCUMENT_LENGTH_MAX = 100;

export const RefundStep = z.object({
  status: RefundStatus,
  at: Instant,
  by: z.string().optional(),
  note: z.string().optional(),
  /** Those whose turn it was were reminded; nothing else happened. */
  reminded: z.literal(true).optional(),
});
export type RefundStep = z.infer<typeof RefundStep>;

/** What a family reads of a step's note: the words of who approves. Those of the provider and the documents of a payment by hand are for desks. */
export function noteForFamily({ status, note }: Pick<RefundStep, 'status' | 'note'>): string | undefined {
  return status === 'approving' || status === 'approved' || status === 'refused' ? note : undefined;
}

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
  /** `wrong-sum`: a payment of another sum than was asked for, given back whole; the class it names is the first of its order. */
  cause: z.enum(['parent', 'under-size', 'school', 'late-payment', 'moved', 'wrong-sum', 'left-school']),
  status: RefundStatus,
  chain: z.array(z.enum(['school', 'operator', 'bureau'])),
  approvals: z.array(z.object({ role: z.enum(['school', 'operator', 'bureau']), personId: Id('person'), at: Instant })),
  attentionReason: z.string().optional(),
  timeline: z.array(RefundStep),
  requestedAt: Instant,
  refundedFen: Fen.optional(),
  /** Set where the place was paid by several payments (it was moved to): the sum of all, each of which goes back the way it came. */
  togetherFen: PositiveFen.optional(),
});
export type Refund = z.infer<typeof Refund>;

export interface RefundTerms {
  readonly paidFeeFen: Fen;
  readonly paidMaterialFen: Fen;
  readonly materialHandedOut: boolean;
  /** How many sessions the fee was for. */
  readonly sessionsSold: number;
  /** Every dated session of the class, cancelled ones too. A session that was moved is there twice: cancelled, and at its new date. */
  readonly sessions: readonly Pick<Session, 'startsAt' | 'status'>[];
  readonly now: Instant;
}

export type RefundSums = Pick<
  RefundQuote,
  'totalFen' | 'feeFen' | 'materialFen' | 'paidFeeFen' | 'paidMaterialFen' | 'sessionCount' | 'sessionsLeft' | 'sessionsCancelled' | 'rule'
> & { readonly sessionsHeld: number };

/**
 * What comes back (D5). Everything before the first session begins; afterwards the fee by the sessions that were sold and not
 * held (still to come, or cancelled and not made up for), split so that the parts never exceed what was paid; the material pack
 * whole, and only while it has not been handed out. A session counts as held from its start.
 */
export function countRefund(terms: RefundTerms): RefundSums {
  const scheduled = terms.sessions.filter((session) => session.status === 'scheduled');
  const begun = scheduled.filter((session) => ms(session.startsAt) <= ms(terms.now)).length;
  // More than was sold may be held (a term that grew): nothing is owed for it, and nothing comes back.
  const held = Math.min(begun, terms.sessionsSold);
  const left = Math.min(scheduled.length - begun, terms.sessionsSold - held);
  const cancelled = terms.sessionsSold - held - left;
  const [back] = splitFen(terms.paidFeeFen, [left + cancelled, held]);
  const feeFen = held === 0 ? terms.paidFeeFen : (back ?? fen(0));
  const materialFen = terms.materialHandedOut ? fen(0) : terms.paidMaterialFen;
  const totalFen = fen(feeFen + materialFen);
  return {
    totalFen,
    feeFen,
    materialFen,
    paidFeeFen: terms.paidFeeFen,
    paidMaterialFen: terms.paidMaterialFen,
    sessionCount: terms.sessionsSold,
    sessionsLeft: left,
    sessionsCancelled: cancelled,
    sessionsHeld: held,
    rule: held === 0 ? 'full-before-first-session' : left + cancelled > 0 ? 'by-sessions-left' : 'nothing-left',
  };
}

/** Who has to approve, in order; nobody: it goes by itself. Nothing to give back never asks anyone. */
export function refundApprovers(
  settings: SchoolSettings['refundApproval'],
  sums: Pick<RefundSums, 'totalFen' | 'sessionsHeld'>,
): SchoolSettings['refundApproval']['chain'] {
  if (sums.totalFen === 0 || settings.when === 'automatic') return [];
  return settings.when === 'always' || sums.sessionsHeld > 0 ? settings.chain : [];
}

type Chain = Pick<Refund, 'chain' | 'approvals'>;

/**
 * Who approves, for the school as it is now. What was approved stays whose it was; of what is left, the bureau above decides
 * in the stead of an operator that the school has not, or has no more. Of refunds and of payouts.
 */
export function chainFor({ chain, approvals }: Chain, school: Pick<Organisation, 'operatorId'>): Refund['chain'] {
  const left = chain.slice(approvals.length).map((role) => (role === 'operator' ? operatorOrBureau(school) : role));
  return [...approvals.map(({ role }) => role), ...new Set(left)];
}

/** The refund with its chain for the school as it is now; one that nobody decides on any more as it was. */
export function refundFor<T extends Chain & Pick<Refund, 'status'>>(refund: T, school: Pick<Organisation, 'operatorId'>): T {
  return refund.status === 'approving' ? { ...refund, chain: chainFor(refund, school) } : refund;
}

/** Whose turn it is; `undefined`: everyone has approved. */
export function nextApprover(refund: Pick<Refund, 'chain' | 'approvals'>): Refund['chain'][number] | undefined {
  return refund.chain[refund.approvals.length];
}
