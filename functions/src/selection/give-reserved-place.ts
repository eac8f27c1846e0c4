import { sameName } from '@kehou/shared/identity/person';
import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { addMinutes, type Instant, ms } from '@kehou/shared/kernel/time';
import { Offering } from '@kehou/shared/offering/offering';
import { Pupil } from '@kehou/shared/school/school';
import type { Enrolment } from '@kehou/shared/selection/enrolment';
import type { selectionRoutes } from '@kehou/shared/selection/routes';
import { waitingUntil } from '@kehou/shared/selection/rules';
import { RESERVED_PAY_MINUTES, Window } from '@kehou/shared/selection/window';
import * as z from 'zod';
import { auditWrite } from '../organisation/audit.ts';
import { keys } from '../platform/keys.ts';
import type { Table } from '../platform/table.ts';
import { pupilIdOf } from '../school/pupil.repository.ts';
import { Attempt, getEnrolment, type StoredEnrolment, whyLost } from './enrolment.repository.ts';
import { givePlace } from './give-place.ts';
import type { WaitDeps } from './join-waiting-list.ts';
import { newEnrolment } from './take-seat.ts';
import { Card } from './window.repository.ts';

type Give = typeof selectionRoutes.giveReservedPlace;
type Input = ParsedOf<Give>;

const Row = z.union([Attempt, Pupil, Card, Window]);

/**
 * Gives one of the places that a class keeps for a purpose: from the opening of its window (until then it may be withdrawn, and nobody
 * has anything) until the day of its first session. Neither rush nor draw touches these places. It is the family's to pay within
 * {@link RESERVED_PAY_MINUTES}; unpaid, given up or cancelled, it is kept for its purpose again. Number and name must both be the
 * pupil's, so that a slip of the finger gives no place away. Two reads, one of four items, the protocol of seats
 * with the audit trail in its first transaction, and one read of what came of it. Saying it again (the same id) changes nothing.
 */
export function giveReservedPlace({ table, clock }: WaitDeps) {
  return async (input: Input, actor: Actor): Promise<ReplyOf<Give>> => {
    const { schoolId, offeringId, purpose, enrolmentId } = input;
    const now = clock.now();
    const pupilId = pupilIdOf(schoolId, input.pupilNumber);
    const offering = await table.mustGet(keys.offering(offeringId), Offering);
    const { windowId } = offering;
    if (offering.schoolId !== schoolId || !windowId) throw new DomainError('request.not_found');
    const known = await getEnrolment(table, pupilId, enrolmentId);
    if (known && known.status !== 'taking') return given(known, input);
    const [attempt, pupil, card, window] = (await table.getMany(
      [keys.attempt(pupilId, offeringId), keys.pupil(pupilId), keys.windowCard(windowId, offeringId), keys.window(windowId)],
      Row,
    )) as [Attempt?, Pupil?, Card?, Window?];
    if (!card || !window) throw new DomainError('request.not_found');
    if (!pupil || !sameName(pupil.name, input.name)) throw new DomainError('selection.no_such_pupil');
    if (attempt?.live && attempt.enrolmentId !== enrolmentId) throw new DomainError('selection.already_taken');
    const until = lastPayment(offering, pupil, card, window, now);
    const asked = addMinutes(now, RESERVED_PAY_MINUTES);
    const wish: StoredEnrolment = {
      ...newEnrolment({ pupilId, offeringId, windowId, enrolmentId }, { card, window }, (attempt?.attempt ?? 0) + 1, now),
      holdUntil: ms(asked) < ms(until) ? asked : until,
      reservedFor: purpose,
    };
    await givePlace(table, wish, now, [
      auditWrite({
        organisationId: schoolId,
        at: now,
        actor,
        action: 'offering.reserved-place-given',
        subject: enrolmentId,
        details: { offeringId, pupilId, purpose },
      }),
    ]);
    return given(await standing(table, wish), input);
  };
}

/** What is on record now; gone where somebody else gave this child a place in this very moment. */
async function standing(table: Table, { pupilId, enrolmentId }: StoredEnrolment): Promise<StoredEnrolment> {
  const there = await getEnrolment(table, pupilId, enrolmentId);
  if (!there || there.status === 'taking') throw new DomainError('request.changed');
  return there;
}

function given(enrolment: StoredEnrolment, { offeringId, purpose }: Input): Enrolment {
  if (enrolment.offeringId !== offeringId || enrolment.reservedFor !== purpose) throw new DomainError('request.id_reused');
  // Its process died on the way, and the sweeper cleared up behind it: another try is another id.
  if (enrolment.status === 'lost') throw enrolment.lost ? whyLost(enrolment) : new DomainError('selection.hold_over');
  return enrolment;
}

/** Until when its family may pay; throws why the place may not be given. */
function lastPayment(offering: Offering, pupil: Pupil, card: Card, window: Window, now: Instant): Instant {
  if (pupil.leftOn) throw new DomainError('selection.pupil_left');
  if (offering.status === 'cancelled') throw new DomainError('selection.class_cancelled');
  if (window.status === 'draft' || window.status === 'withdrawn') throw new DomainError('request.not_found');
  if (!card.grades.includes(pupil.grade)) throw new DomainError('selection.wrong_grade');
  if (ms(now) < ms(window.opensAt)) throw new DomainError('selection.not_open', { opensAt: window.opensAt });
  const until = waitingUntil(card.firstSessionDate);
  if (!until || ms(until) <= ms(now)) throw new DomainError('selection.closed');
  return until;
}
