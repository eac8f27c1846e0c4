/**
 * A pupil leaves a school, or comes back. The mark on the pupil is what every place, wish and wait is conditional on, so nothing new
 * begins behind it; what they hold is ended by whoever follows `LEAVING`, which stays due until that is done (billing's: it is the one
 * who can give money back).
 */
import { DomainError } from '@kehou/shared/kernel/errors';
import { Id } from '@kehou/shared/kernel/id';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { chinaDate, Instant } from '@kehou/shared/kernel/time';
import type { schoolRoutes } from '@kehou/shared/school/routes';
import * as z from 'zod';
import { auditWrite } from '../organisation/audit.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { ConditionFailed, put, remove, set, type Table, type Write } from '../platform/table.ts';
import { StoredPupil } from './pupil.repository.ts';

type Routes = typeof schoolRoutes;
type Deps = Pick<Platform, 'table' | 'clock'>;

const TRIES_MAX = 5;

/** What is to be ended of a pupil who has left. `at`: which leaving, when they leave again after coming back. */
export const Leaving = z.object({ pupilId: Id('pupil'), at: Instant });
export type Leaving = z.infer<typeof Leaving>;

/** Two reads and a transaction. Left already: answers how it stands, and changes nothing. */
export function markPupilLeft({ table, clock }: Deps) {
  return async (input: ParsedOf<Routes['markPupilLeft']>, actor: Actor): Promise<ReplyOf<Routes['markPupilLeft']>> => {
    const at = clock.now();
    if (input.leftOn > chinaDate(at)) {
      throw new DomainError('request.invalid', { fields: [{ path: 'leftOn', message: '离校日期不能晚于今天' }] });
    }
    return change(
      table,
      input,
      (pupil) => pupil.leftOn === undefined,
      { leftOn: input.leftOn, leftAt: at, leftReason: input.reason },
      actor,
      at,
    );
  };
}

/** Not left: answers how it stands, and changes nothing. */
export function restorePupil({ table, clock }: Deps) {
  return async (input: ParsedOf<Routes['restorePupil']>, actor: Actor): Promise<ReplyOf<Routes['restorePupil']>> =>
    change(
      table,
      input,
      (pupil) => pupil.leftOn !== undefined,
      { leftOn: undefined, leftAt: undefined, leftReason: undefined },
      actor,
      clock.now(),
    );
}

async function change(
  table: Table,
  { schoolId, pupilId }: { readonly schoolId: string; readonly pupilId: Id<'pupil'> },
  isNews: (pupil: StoredPupil) => boolean,
  standing: Pick<StoredPupil, 'leftOn' | 'leftAt' | 'leftReason'>,
  actor: Actor,
  at: Instant,
): Promise<StoredPupil> {
  for (let attempt = 1; ; attempt++) {
    const pupil = await table.get(keys.pupil(pupilId), StoredPupil);
    if (pupil?.schoolId !== schoolId) throw new DomainError('request.not_found');
    if (!isNews(pupil)) return pupil;
    const changed: StoredPupil = { ...pupil, ...standing, version: pupil.version + 1 };
    try {
      await table.write([
        set(
          keys.pupil(pupilId),
          { ...standing, version: changed.version },
          { condition: { expression: '#version = :before', values: { before: pupil.version } } },
        ),
        ...standingWrites(changed, actor, at),
      ]);
      return changed;
    } catch (error) {
      // An import or a colleague was at the same pupil: look again.
      if (!(error instanceof ConditionFailed) || attempt >= TRIES_MAX) throw error;
    }
  }
}

/** What goes with the pupil's own item when they leave or return: what is to be ended, and the audit row. Two items. */
export function standingWrites(pupil: StoredPupil, actor: Pick<Actor, 'personId' | 'requestId'>, at: Instant): Write[] {
  const { pupilId, schoolId, leftOn, leftReason } = pupil;
  const leaving = { pupilId, at } satisfies Leaving;
  return [
    leftOn ? put(keys.leaving(pupilId), { ...leaving, ...keys.due(pupilId, at) }) : remove(keys.leaving(pupilId)),
    auditWrite({
      organisationId: schoolId,
      at,
      actor,
      action: leftOn ? 'school.pupil-left' : 'school.pupil-restored',
      subject: pupilId,
      details: { pupilId, ...(leftOn ? { date: leftOn } : {}), ...(leftReason ? { reason: leftReason } : {}) },
    }),
  ];
}
