import { createHmac, timingSafeEqual } from 'node:crypto';
import { countRefund, type RefundQuote, refundApprovers } from '@kehou/shared/billing/refund';
import type { billingRoutes } from '@kehou/shared/billing/routes';
import { DomainError } from '@kehou/shared/kernel/errors';
import { fen } from '@kehou/shared/kernel/fen';
import type { Id } from '@kehou/shared/kernel/id';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { Instant } from '@kehou/shared/kernel/time';
import type { Session } from '@kehou/shared/offering/offering';
import type { SchoolSettings } from '@kehou/shared/school/school';
import { isTheirs } from '@kehou/shared/selection/enrolment';
import * as z from 'zod';
import { sessionsOf } from '../offering/offering.repository.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import type { Table } from '../platform/table.ts';
import { getSettings } from '../school/settings.repository.ts';
import { getEnrolment, type StoredEnrolment } from '../selection/enrolment.repository.ts';
import { Receipt } from './order.repository.ts';

type Route = (typeof billingRoutes)['quoteRefund'];
export type QuoteDeps = Pick<Platform, 'table' | 'clock'>;
/** What is quoted to people is signed; nothing that runs by itself has the key. */
export type SignedQuoteDeps = QuoteDeps & Pick<Platform, 'secrets'>;

/** When a material pack was handed out: from then on it is not refunded. */
export const HandedOut = z.object({ handedOutAt: Instant });

/** What would come back right now, and by which rule (D5). Five reads, three of them side by side. */
export function quoteRefund(deps: SignedQuoteDeps) {
  return async ({ pupilId, enrolmentId }: ParsedOf<Route>, _actor: Actor): Promise<ReplyOf<Route>> => {
    const { quote } = await quoteOf(deps, pupilId, enrolmentId);
    return { ...quote, quoteToken: tokenOf(deps.secrets.session, pupilId, quote) };
  };
}

type Quote = Omit<RefundQuote, 'quoteToken'>;

export interface Quoted {
  readonly quote: Quote;
  readonly enrolment: StoredEnrolment;
  readonly receipt: Receipt;
  readonly settings: SchoolSettings;
  /** Every session of the class, whoever's. */
  readonly sessions: readonly Session[];
}

/** Throws `refund.not_confirmed` for a seat that is not paid and running, `move.under_way` for one that is being moved. */
export async function quoteOf(deps: QuoteDeps, pupilId: Id<'pupil'>, enrolmentId: Id<'enrolment'>): Promise<Quoted> {
  const { table, clock } = deps;
  const [enrolment, receipt] = await Promise.all([getEnrolment(table, pupilId, enrolmentId), getReceipt(table, pupilId, enrolmentId)]);
  if (!enrolment) throw new DomainError('request.not_found');
  if (enrolment.status !== 'confirmed' || !receipt) throw new DomainError('refund.not_confirmed', { status: enrolment.status });
  if (enrolment.movingTo) throw new DomainError('move.under_way');
  const [sessions, handedOut, settings] = await Promise.all([
    sessionsOf(table, enrolment.offeringId),
    table.get(keys.material(pupilId, enrolmentId), HandedOut),
    getSettings(table, enrolment.schoolId),
  ]);
  const now = clock.now();
  const { sessionsHeld, ...sums } = countRefund({
    paidFeeFen: fen(receipt.feeFen),
    paidMaterialFen: fen(receipt.materialFen),
    materialHandedOut: handedOut !== undefined,
    sessionsSold: enrolment.sessionCount,
    sessions: sessions.filter((session) => isTheirs(enrolment, session)),
    now,
  });
  const approvers = refundApprovers(settings.refundApproval, { totalFen: sums.totalFen, sessionsHeld });
  const terms = { enrolmentId, ...sums, approval: approvers.length > 0 ? ('needed' as const) : ('automatic' as const), approvers };
  return {
    quote: {
      ...terms,
      materialHandedOutAt: handedOut?.handedOutAt,
      quotedAt: now,
    },
    enrolment,
    receipt,
    settings,
    sessions,
  };
}

export function getReceipt(table: Table, pupilId: string, enrolmentId: string): Promise<Receipt | undefined> {
  return table.get(keys.receipt(pupilId, enrolmentId), Receipt);
}

/**
 * The server's word for exactly these sums. No time is in it: it holds for as long as the same question has the same
 * answer, and not a moment longer. The label keeps it apart from whatever else the same secret signs.
 */
function tokenOf(secret: Uint8Array, pupilId: string, terms: Quote): string {
  const content = JSON.stringify([
    pupilId,
    terms.enrolmentId,
    terms.totalFen,
    terms.feeFen,
    terms.materialFen,
    terms.sessionCount,
    terms.sessionsLeft,
    terms.sessionsCancelled,
    terms.rule,
    terms.approvers,
  ]);
  return createHmac('sha256', secret).update(`refund-quote\n${content}`).digest('base64url');
}

/** Is the token the one of this child's very quote? */
export function isTokenOf({ secrets }: SignedQuoteDeps, pupilId: string, quote: Quote, token: string): boolean {
  const [given, expected] = [Buffer.from(token), Buffer.from(tokenOf(secrets.session, pupilId, quote))];
  return given.length === expected.length && timingSafeEqual(given, expected);
}
