/**
 * The audit trail: who changed money or permissions, when, and in which request. A row goes into the same transaction as
 * the change that it tells of, so that neither is ever there without the other; nothing rewrites or removes one.
 */
import type { Actor } from '@kehou/shared/kernel/route';
import { type ChinaMonth, chinaMonth, Instant } from '@kehou/shared/kernel/time';
import { AuditAction } from '@kehou/shared/organisation/audit';
import * as z from 'zod';
import { keys } from '../platform/keys.ts';
import { type Page, put, type Table, type Write } from '../platform/table.ts';

export const AuditEntry = z.object({
  organisationId: z.string(),
  at: Instant,
  personId: z.string(),
  requestId: z.string(),
  action: AuditAction,
  subject: z.string(),
  details: z.record(z.string(), z.unknown()),
});
export type AuditEntry = z.infer<typeof AuditEntry>;

export interface AuditInput {
  /** Under whose trail it is kept: the school, or the organisation whose roles change. */
  readonly organisationId: string;
  readonly at: Instant;
  /** A workflow's step names itself as the person (`workflow:refund`) and its execution as the request. */
  readonly actor: Pick<Actor, 'personId' | 'requestId'>;
  /** One that `shared` has words for: what nobody can read is not written. */
  readonly action: AuditAction;
  /** The id of what was changed. */
  readonly subject: string;
  /** Old and new values. Ids, codes and sums: no names, and of a phone number only what `maskPhone` leaves. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The row, to be written together with the change. Its key is made of what it says, so a retried request writes the same row. */
export function auditWrite(input: AuditInput): Write {
  const entry = AuditEntry.parse({
    organisationId: input.organisationId,
    at: input.at,
    personId: input.actor.personId,
    requestId: input.actor.requestId,
    action: input.action,
    subject: input.subject,
    details: input.details ?? {},
  });
  const id = `${entry.action}#${entry.subject}#${entry.requestId}`;
  return put(keys.audit(entry.organisationId, chinaMonth(entry.at), entry.at, id), entry);
}

/** One page of an organisation's trail in a month, newest first. One query. */
export function trailOf(
  table: Table,
  organisationId: string,
  month: ChinaMonth,
  page: { limit: number; cursor?: string | undefined },
): Promise<Page<AuditEntry>> {
  return table.query({ ...keys.auditOf(organisationId, month), newestFirst: true, consistent: true, ...page }, AuditEntry);
}
