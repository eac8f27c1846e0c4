/** Requests to be linked to a child. Pending ones are listed by school and by pupil; a decided one is in no list. */
import { LinkRequest } from '@kehou/shared/identity/routes';
import { Id } from '@kehou/shared/kernel/id';
import { Instant } from '@kehou/shared/kernel/time';
import * as z from 'zod';
import { keys } from '../platform/keys.ts';
import { create, type Page, set, type Table, type Write } from '../platform/table.ts';

export const StoredLinkRequest = LinkRequest.extend({
  requesterId: Id('person'),
  /** As it was typed: tells a retry from an id that was used twice. */
  pupilNumber: z.string(),
  decidedBy: z.string().optional(),
  decidedAt: Instant.optional(),
});
export type StoredLinkRequest = z.infer<typeof StoredLinkRequest>;

export function getLinkRequest(table: Table, linkRequestId: string): Promise<StoredLinkRequest | undefined> {
  return table.get(keys.linkRequest(linkRequestId), StoredLinkRequest);
}

export function createLinkRequestWrite(request: StoredLinkRequest): Write {
  const at = `${request.requestedAt}#${request.linkRequestId}`;
  return create(keys.linkRequest(request.linkRequestId), {
    ...request,
    ...keys.linkRequestsOfSchool(request.schoolId, at),
    ...keys.linkRequestsOfPupil(request.pupilId, at),
  });
}

/** Decides it, once: whoever comes second fails. */
export function decideLinkRequestWrite(
  request: StoredLinkRequest,
  decision: Pick<StoredLinkRequest, 'status' | 'decidedBy' | 'decidedAt'>,
): Write {
  const listed = { GSI1PK: undefined, GSI1SK: undefined, GSI2PK: undefined, GSI2SK: undefined };
  return set(
    keys.linkRequest(request.linkRequestId),
    { ...decision, ...listed },
    { condition: { expression: '#status = :pending', values: { pending: 'pending' } } },
  );
}

export const PENDING_A_PUPIL_MAX = 20;

/** Pending requests for a pupil, oldest first. One query. */
export async function pendingOfPupil(table: Table, pupilId: string): Promise<StoredLinkRequest[]> {
  const { GSI2PK } = keys.linkRequestsOfPupil(pupilId, '');
  return (await table.query({ index: 'GSI2', pk: GSI2PK, limit: PENDING_A_PUPIL_MAX }, StoredLinkRequest)).items;
}

/** Pending requests of a school, oldest first. One query. */
export function pendingOfSchool(
  table: Table,
  schoolId: string,
  page: { limit: number; cursor?: string | undefined },
): Promise<Page<StoredLinkRequest>> {
  const { GSI1PK } = keys.linkRequestsOfSchool(schoolId, '');
  return table.query({ index: 'GSI1', pk: GSI1PK, limit: page.limit, cursor: page.cursor }, StoredLinkRequest);
}
