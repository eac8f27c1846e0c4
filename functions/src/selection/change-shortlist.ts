import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { ms } from '@kehou/shared/kernel/time';
import { Pupil } from '@kehou/shared/school/school';
import { changedShortlist, EMPTY_SHORTLIST, SHORTLIST_MAX, Shortlist } from '@kehou/shared/selection/basket';
import type { selectionRoutes } from '@kehou/shared/selection/routes';
import { mayShortlist, takingHours } from '@kehou/shared/selection/rules';
import { Window } from '@kehou/shared/selection/window';
import * as z from 'zod';
import type { Clock } from '../platform/clock.ts';
import { keys } from '../platform/keys.ts';
import { absent, put, type Table } from '../platform/table.ts';
import { Card } from './window.repository.ts';

type Change = typeof selectionRoutes.changeShortlist;

const TRIES_MAX = 4;
/** After the close nobody looks at it any more. */
const KEPT_SECONDS = 60 * 86_400;

/** `version` rises with every change: of two guardians at once, the second looks again. */
export const StoredShortlist = Shortlist.extend({ version: z.int().min(1) });
export type StoredShortlist = z.infer<typeof StoredShortlist>;

const Row = z.union([StoredShortlist, Pupil, Card, Window]);

/**
 * Marks classes for a child, takes marks off, or orders them. What will never be possible (another grade, a class that is called off)
 * is refused at once; what may change (clashes, seats) is shown by the page. One batch read, one write on a key of the child's own.
 */
export function changeShortlist({ table, clock }: { table: Table; clock: Clock }) {
  return async (input: ParsedOf<Change>, _actor: Actor): Promise<ReplyOf<Change>> => {
    const { pupilId, windowId, add } = input;
    const own = keys.shortlist(pupilId, windowId);
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const [before, window, pupil, card] = (await table.getMany(
        [own, keys.window(windowId), keys.pupil(pupilId), ...(add ? [keys.windowCard(windowId, add)] : [])],
        Row,
      )) as [StoredShortlist?, Window?, Pupil?, Card?];
      if (!window || !pupil || window.status === 'draft' || window.status === 'withdrawn') throw new DomainError('request.not_found');
      if (pupil.schoolId !== window.schoolId) throw new DomainError('selection.other_school', { schoolName: window.schoolName });
      const after = changedShortlist(before ?? EMPTY_SHORTLIST, input);
      const isNew = add !== undefined && !before?.offeringIds.includes(add);
      if (isNew) refuseToAdd(pupil, window, card, clock);
      if (after.offeringIds.length > SHORTLIST_MAX) throw new DomainError('selection.shortlist_full');
      if (before && JSON.stringify(Shortlist.parse(before)) === JSON.stringify(after)) return after;
      const ttl = Math.floor(ms(window.lottery?.firstCome?.closesAt ?? window.closesAt) / 1000) + KEPT_SECONDS;
      const unchanged = before ? { expression: '#version = :before', values: { before: before.version } } : absent;
      const refused = await table.tryWrite([put(own, { ...after, version: (before?.version ?? 0) + 1, ttl }, { condition: unchanged })]);
      if (!refused) return after;
    }
    throw new DomainError('request.busy');
  };
}

function refuseToAdd(pupil: Pupil, window: Window, card: Card | undefined, clock: Clock): void {
  if (!card) throw new DomainError('request.not_found');
  if (!mayShortlist(clock.now(), window)) throw new DomainError(takingHours(window) ? 'selection.closed' : 'lottery.only_lottery');
  if (card.status === 'cancelled') throw new DomainError('selection.class_cancelled');
  if (!card.grades.includes(pupil.grade)) throw new DomainError('selection.wrong_grade');
}
