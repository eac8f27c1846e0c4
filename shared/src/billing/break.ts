/**
 * A line of the provider's bill that does not match our books (H6). It stays open until a person closes it with a reason,
 * and while it is open the payouts that it concerns wait.
 */
import * as z from 'zod';
import { type Fen, fen, PositiveFen } from '../kernel/fen.ts';
import { Id } from '../kernel/id.ts';
import { ChinaDate, Instant } from '../kernel/time.ts';

/**
 * - `unknown`: our books know no such movement. `amount-differs`: they know it with another sum. `not-booked`: they know the
 *   payment or refund, and that it never came about. `charge`: the provider kept a fee that
 *   is not the one it states for a payment of ours (the others are booked). `other`: anything else on the account.
 */
export const BreakKind = z.enum(['unknown', 'amount-differs', 'not-booked', 'charge', 'other']);
export type BreakKind = z.infer<typeof BreakKind>;

export const BreakStatus = z.enum(['open', 'closed']);
export type BreakStatus = z.infer<typeof BreakStatus>;
/** Closed is for good: the same line of the same bill does not open it again. */
export const breakMoves: Readonly<Record<BreakStatus, readonly BreakStatus[]>> = { open: ['closed'], closed: [] };

export const BREAK_REASON_LENGTH_MAX = 300;

export const SettlementBreak = z.object({
  breakId: Id('settlementBreak'),
  /** The day of the bill. */
  date: ChinaDate,
  /** The provider's number of the movement. */
  providerId: z.string(),
  kind: BreakKind,
  /** Into the merchant's account, or out of it. */
  direction: z.enum(['in', 'out']),
  /** What the bill says moved. */
  billFen: PositiveFen,
  /** What our books say moved; nothing where they know of no movement. */
  booksFen: PositiveFen,
  /** Whose money it is. Absent when our books cannot tell: then it is the merchant's, and may be any school's. */
  schoolId: Id('organisation').optional(),
  foundAt: Instant,
  status: BreakStatus,
  closedAt: Instant.optional(),
  closedBy: Id('person').optional(),
  reason: z.string().optional(),
});
export type SettlementBreak = z.infer<typeof SettlementBreak>;

/** What the bill has more than our books; negative when it has less. */
export function differenceFen({ billFen, booksFen }: Pick<SettlementBreak, 'billFen' | 'booksFen'>): Fen {
  return fen(billFen - booksFen);
}

/** Must this school's payout wait for it? Another school's break is that school's; one that names none may be anybody's. */
export function concerns({ status, schoolId }: Pick<SettlementBreak, 'status' | 'schoolId'>, payer: string): boolean {
  return status === 'open' && (schoolId === undefined || schoolId === payer);
}
