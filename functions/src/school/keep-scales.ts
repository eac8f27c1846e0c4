import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import type { schoolRoutes } from '@kehou/shared/school/routes';
import { Scale } from '@kehou/shared/school/school';
import { getPerson } from '../identity/person.repository.ts';
import { auditWrite } from '../organisation/audit.ts';
import { mustGetOrganisation, mustGetSchool } from '../organisation/organisation.repository.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { create } from '../platform/table.ts';
import { scaleAt, scalesOf } from './scale.repository.ts';

type Routes = typeof schoolRoutes;

/**
 * Records a scale (H1). It is never changed: a new one takes over from the day on which it comes into force. Three round
 * trips. Throws `request.id_reused`.
 */
export function recordScale({ table, clock }: Pick<Platform, 'table' | 'clock'>) {
  return async (input: ParsedOf<Routes['recordScale']>, actor: Actor): Promise<ReplyOf<Routes['recordScale']>> => {
    const { bureauId } = input;
    if (input.validUntil !== undefined && input.validUntil < input.validFrom) {
      throw new DomainError('request.invalid', { fields: [{ path: 'validUntil', message: '不能早于生效日期' }] });
    }
    const [bureau, officer] = await Promise.all([mustGetOrganisation(table, bureauId), getPerson(table, actor.personId)]);
    if (bureau.kind === 'school' || bureau.kind === 'operator') throw new DomainError('request.not_found');
    const scale = Scale.parse({ ...input, recordedAt: clock.now(), recordedBy: officer?.name ?? bureau.name });
    const refusal = await table.tryWrite([
      create(keys.scale(bureauId, scale.validFrom, scale.scaleId), scale),
      auditWrite({
        organisationId: bureauId,
        at: scale.recordedAt,
        actor,
        action: 'school.scale-recorded',
        subject: scale.scaleId,
        details: {
          document: scale.document,
          validFrom: scale.validFrom,
          feePerSessionFenMax: scale.feePerSessionFenMax,
          ownTeacherPayFenMax: scale.ownTeacherPayFenMax,
          outsideInstructorPayFenMax: scale.outsideInstructorPayFenMax,
        },
      }),
    ]);
    if (!refusal) return scale;
    const known = Scale.parse(refusal.items.get(0));
    const { recordedAt: _at, recordedBy: _by, ...same } = known;
    if (JSON.stringify(same) !== JSON.stringify(Scale.omit({ recordedAt: true, recordedBy: true }).parse(input))) {
      throw new DomainError('request.id_reused');
    }
    return known;
  };
}

/** One round trip and one for each bureau above the school. 404 where no scale is in force. */
export function showScale({ table }: Pick<Platform, 'table'>) {
  return async (input: ParsedOf<Routes['getScale']>): Promise<ReplyOf<Routes['getScale']>> => {
    const scale = await scaleAt(table, await mustGetSchool(table, input.schoolId), input.on);
    if (!scale) throw new DomainError('request.not_found');
    return scale;
  };
}

/** What a bureau has recorded, those that are yet to come into force included. One round trip. */
export function listScales({ table }: Pick<Platform, 'table'>) {
  return (input: ParsedOf<Routes['listScales']>): Promise<ReplyOf<Routes['listScales']>> => scalesOf(table, input.bureauId, input);
}
