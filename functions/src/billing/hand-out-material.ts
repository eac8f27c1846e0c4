import type { billingRoutes } from '@kehou/shared/billing/routes';
import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { auditWrite } from '../organisation/audit.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { ConditionFailed, check, create } from '../platform/table.ts';
import { getEnrolment, materialHandedOutWrite } from '../selection/enrolment.repository.ts';
import { getReceipt, HandedOut } from './quote-refund.ts';
import { noLiveRefund } from './refund.repository.ts';

type Route = (typeof billingRoutes)['handOutMaterial'];

/** Which of the writes below is the place's. */
const PLACE = 1;

/**
 * Marks a material pack as handed out, on the enrolment too, where school and family see it. Refused while it is being
 * refunded and once the place is given up; told again, answers when it was. Three or four round trips.
 */
export function handOutMaterial({ table, clock }: Pick<Platform, 'table' | 'clock'>) {
  return async (input: ParsedOf<Route>, actor: Actor): Promise<ReplyOf<Route>> => {
    const [enrolment, receipt] = await Promise.all([
      getEnrolment(table, input.pupilId, input.enrolmentId),
      getReceipt(table, input.pupilId, input.enrolmentId),
    ]);
    if (!enrolment || enrolment.schoolId !== input.schoolId) throw new DomainError('request.not_found');
    if (!receipt || receipt.materialFen === 0) throw new DomainError('material.none');
    const key = keys.material(input.pupilId, input.enrolmentId);
    const known = await table.get(key, HandedOut);
    if (known) return known;
    const handedOutAt = clock.now();
    try {
      await table.write([
        create(key, { handedOutAt, by: actor.personId }),
        materialHandedOutWrite(enrolment, handedOutAt),
        check(keys.refundOfEnrolment(input.pupilId, input.enrolmentId), noLiveRefund),
        auditWrite({
          organisationId: input.schoolId,
          at: handedOutAt,
          actor,
          action: 'billing.material-handed-out',
          subject: input.enrolmentId,
          details: { pupilId: input.pupilId, offeringId: enrolment.offeringId },
        }),
      ]);
      return { handedOutAt };
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      const again = await table.get(key, HandedOut);
      if (again) return again;
      throw new DomainError(error.failed.includes(PLACE) ? 'material.place_gone' : 'material.in_refund');
    }
  };
}
