import { type identityRoutes, LinkRequest } from '@kehou/shared/identity/routes';
import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { auditWrite } from '../organisation/audit.ts';
import type { Platform } from '../platform/platform.ts';
import type { Table, Write } from '../platform/table.ts';
import { isGuardian, linkChildWrites } from './guardian.repository.ts';
import { decideLinkRequestWrite, getLinkRequest, StoredLinkRequest } from './link-request.repository.ts';
import { childCard } from './rostered-pupil.ts';

type Routes = typeof identityRoutes;

/**
 * Approves or refuses, by a guardian of that pupil or by the school; anyone else finds nothing. Decision, link and audit row
 * are one transaction; of two who decide at once the first holds: the second learns the same result, or
 * `identity.link_decided` when they had chosen otherwise. At most five round trips.
 */
export function decideLinkRequest({ table, clock }: Pick<Platform, 'table' | 'clock'>) {
  return async (input: ParsedOf<Routes['decideLinkRequest']>, actor: Actor): Promise<ReplyOf<Routes['decideLinkRequest']>> => {
    const request = await getLinkRequest(table, input.linkRequestId);
    if (!request || !(await mayDecide(table, request, actor))) throw new DomainError('request.not_found');
    const status = input.approve ? 'approved' : 'refused';
    if (request.status !== 'pending') return decidedAs(request, status);
    const at = clock.now();
    const decided: StoredLinkRequest = { ...request, status, decidedBy: actor.personId, decidedAt: at };
    const refusal = await table.tryWrite([
      decideLinkRequestWrite(request, { status, decidedBy: actor.personId, decidedAt: at }),
      ...(input.approve ? await linkWrites(table, decided) : []),
      auditWrite({
        organisationId: request.schoolId,
        at,
        actor,
        action: `identity.link-${status}`,
        subject: request.linkRequestId,
        details: { pupilId: request.pupilId, personId: request.requesterId },
      }),
    ]);
    if (refusal) {
      return decidedAs(StoredLinkRequest.parse(refusal.items.get(0)), status);
    }
    return LinkRequest.parse(decided);
  };
}

async function mayDecide(table: Table, request: StoredLinkRequest, actor: Actor): Promise<boolean> {
  const forSchool = actor.memberships.some(({ organisationId, role }) => role === 'school' && organisationId === request.schoolId);
  // Whoever asks does not also grant, whatever their roles.
  if (request.requesterId === actor.personId) return false;
  return forSchool || (await isGuardian(table, actor.personId, request.pupilId));
}

function decidedAs(request: StoredLinkRequest, wanted: StoredLinkRequest['status']): LinkRequestShape {
  if (request.status !== wanted) throw new DomainError('identity.link_decided', { status: request.status });
  return LinkRequest.parse(request);
}
type LinkRequestShape = ReplyOf<Routes['decideLinkRequest']>;

async function linkWrites(table: Table, request: StoredLinkRequest): Promise<Write[]> {
  const child = await childCard(table, request.pupilId, request.schoolId);
  if (!child) throw new DomainError('request.not_found');
  return linkChildWrites({
    personId: request.requesterId,
    child,
    via: { viaRequest: request.linkRequestId },
    name: request.requesterName,
    relation: request.relation,
    at: request.decidedAt ?? request.requestedAt,
  });
}
