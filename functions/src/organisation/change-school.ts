import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { Organisation } from '@kehou/shared/organisation/organisation';
import type { organisationRoutes } from '@kehou/shared/organisation/routes';
import type { Platform } from '../platform/platform.ts';
import { auditWrite } from './audit.ts';
import { refuseForeignOperator } from './create-organisation.ts';
import { changeSchoolWrites, mustGetSchool } from './organisation.repository.ts';

type Routes = typeof organisationRoutes;

/**
 * Moves a school's fence, area or operator, in its own item and in every list that it stands in, at once. The policy
 * learns of a new operator within a minute. Throws `request.changed` when another change came between. Three round trips.
 */
export function changeSchool({ table, clock }: Pick<Platform, 'table' | 'clock'>) {
  return async (input: ParsedOf<Routes['changeSchool']>, actor: Actor): Promise<ReplyOf<Routes['changeSchool']>> => {
    const before = await mustGetSchool(table, input.schoolId);
    const after = Organisation.parse({
      ...before,
      area: input.area,
      stage: input.stage,
      fence: input.fence ?? undefined,
      operatorId: input.operatorId ?? undefined,
    });
    if (after.operatorId && after.operatorId !== before.operatorId) await refuseForeignOperator(table, after.operatorId, after);
    const shown = ({ area, stage, fence, operatorId }: Organisation) => ({ area, stage, fence, operatorId });
    if (
      await table.tryWrite([
        ...changeSchoolWrites(before, after),
        auditWrite({
          organisationId: input.schoolId,
          at: clock.now(),
          actor,
          action: 'organisation.school-changed',
          subject: input.schoolId,
          details: { before: shown(before), after: shown(after) },
        }),
      ])
    )
      throw new DomainError('request.changed');
    return after;
  };
}
