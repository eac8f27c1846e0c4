/**
 * Ends everything that a pupil who has left the school holds, each by the way that there is for it: a try is called lost, a hold is ended
 * with its order, for a confirmed seat the refund of the rule is asked for by the system (with approval, where the school's settings ask
 * for it), and places in waiting lists are left. Driven by the stream and, until it is done, by the sweeper.
 */
import { DomainError } from '@kehou/shared/kernel/errors';
import { Id } from '@kehou/shared/kernel/id';
import { isFinal } from '@kehou/shared/selection/enrolment';
import { derivedId } from '../platform/derived-id.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { ConditionFailed, remove } from '../platform/table.ts';
import { Leaving } from '../school/leave-school.ts';
import { StoredPupil } from '../school/pupil.repository.ts';
import { everyEnrolment, getEnrolment, resolveTaking, type StoredEnrolment } from '../selection/enrolment.repository.ts';
import { leaveWrites, StoredWait } from '../selection/wait.repository.ts';
import type { Change } from '../use-cases.ts';
import { endHold } from './close-order.ts';
import { askRefund } from './request-refund.ts';

type Deps = Pick<Platform, 'table' | 'clock' | 'log' | 'payments'>;

/** From the stream: at once. What fails there is the sweeper's a minute later. */
export function followLeavers(deps: Deps) {
  return async ({ keys: { PK, SK }, after }: Change): Promise<void> => {
    if (PK.startsWith('PUPIL#') && SK === 'LEAVING' && after) await clearLeaver(deps)(after);
  };
}

/**
 * Idempotent, and safe at once with itself. One thing that fails (a provider that does not answer) holds up no other; it is told as an
 * error after the rest, and the pupil stays due.
 */
export function clearLeaver(deps: Deps) {
  return async (item: Readonly<Record<string, unknown>>): Promise<void> => {
    const pupilId = Id('pupil').parse(item.pupilId);
    const { table } = deps;
    const leaving = await table.get(keys.leaving(pupilId), Leaving);
    if (!leaving) return;
    const pupil = await table.get(keys.pupil(pupilId), StoredPupil);
    const failures: unknown[] = [];
    if (pupil?.leftOn) {
      const places: StoredEnrolment[] = [];
      for await (const enrolment of everyEnrolment(table, pupilId)) if (!isFinal(enrolment.status)) places.push(enrolment);
      // A place that is being moved is refunded only once the move has ended: the new place goes first, whichever its id is.
      const inOrder = [...places.filter(({ movingTo }) => !movingTo), ...places.filter(({ movingTo }) => movingTo)];
      for (const enrolment of inOrder) {
        await endEnrolment(deps, enrolment, leaving).catch((error: unknown) => failures.push(error));
      }
      // After the enrolments: a try that is called lost puts its child back in line.
      for (const wait of await table.queryAll({ ...keys.waits(pupilId), consistent: true, most: 500 }, StoredWait)) {
        if (wait.status === 'waiting') await table.tryWrite(leaveWrites(wait, 'left'));
      }
    }
    if (failures.length > 0) throw failures[0];
    try {
      const same = { expression: '#at = :at', values: { at: leaving.at } };
      await table.write([remove(keys.leaving(pupilId), { condition: same })]);
    } catch (error) {
      // Done by another, or they came back and left again: that is its own.
      if (!(error instanceof ConditionFailed)) throw error;
    }
  };
}

async function endEnrolment(deps: Deps, enrolment: StoredEnrolment, leaving: Leaving): Promise<void> {
  const { pupilId, enrolmentId } = enrolment;
  const seen = enrolment.status === 'taking' ? await endTaking(deps, enrolment) : enrolment;
  if (!seen || isFinal(seen.status)) return;
  const now = seen.status === 'confirmed' ? seen : await endHold(deps, seen);
  // A hold may turn out to be paid.
  if (now.status !== 'confirmed') return;
  const refundId = derivedId('refund', 'left-school', enrolmentId, leaving.at);
  try {
    await askRefund(deps, { refundId, pupilId, enrolmentId }, { cause: 'left-school' });
  } catch (error) {
    // Asked for by the family already, or cancelled in this very moment.
    const settled = error instanceof DomainError && (error.code === 'refund.already_asked' || error.code === 'refund.not_confirmed');
    if (!settled) throw error;
  }
}

/** As it is afterwards: whoever was about to take or to move when the pupil left may have been quicker, and then it is a place to end. */
async function endTaking(deps: Deps, enrolment: StoredEnrolment): Promise<StoredEnrolment | undefined> {
  await resolveTaking(deps, enrolment);
  return getEnrolment(deps.table, enrolment.pupilId, enrolment.enrolmentId);
}
