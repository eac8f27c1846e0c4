import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { instant, ms } from '@kehou/shared/kernel/time';
import { Pupil } from '@kehou/shared/school/school';
import type { selectionRoutes } from '@kehou/shared/selection/routes';
import { hoursAt } from '@kehou/shared/selection/rules';
import { Window } from '@kehou/shared/selection/window';
import * as z from 'zod';
import { mustBeGuardianOfAll } from '../identity/own-children.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { ConditionFailed } from '../platform/table.ts';
import { choiceWrites, getChoice, StoredChoices } from './draw.repository.ts';
import { entrantOf, signReceipt } from './draw-keys.ts';
import { Card } from './window.repository.ts';

type Routes = typeof selectionRoutes;
export type ChoicesDeps = Pick<Platform, 'table' | 'clock' | 'secrets'>;

const Row = z.union([StoredChoices, Pupil, Card, Window]);

/**
 * Takes in a child's wishes, the dearest first, or that there are none any more, and gives a signed receipt for it. In one transaction with the look at the shard's
 * guard: whoever closes the list writes the guards first and reads after them, so that no receipt is given for what missed the list.
 * The same wishes again answer the first receipt; other ones replace the list that `replaces` names, and none that has come since: one
 * guardian does not overwrite what the other sent without having seen it. One batch read, one transaction.
 */
export function submitChoices({ table, clock, secrets }: ChoicesDeps) {
  return async (input: ParsedOf<Routes['submitChoices']>, actor: Actor): Promise<ReplyOf<Routes['submitChoices']>> => {
    const { pupilId, windowId, offeringIds, replaces } = input;
    // Who withdraws asks to be drawn with nobody.
    const asked = offeringIds.length > 0 ? input.together : [];
    const together = [...new Set(asked)].filter((other) => other !== pupilId).sort();
    const now = clock.now();
    const [before, window, pupil, ...rows] = (await table.getMany(
      [
        keys.choice(windowId, pupilId),
        keys.window(windowId),
        keys.pupil(pupilId),
        ...together.map((other) => keys.pupil(other)),
        ...offeringIds.map((offeringId) => keys.windowCard(windowId, offeringId)),
      ],
      Row,
    )) as [StoredChoices?, Window?, Pupil?, ...(Pupil | Card | undefined)[]];
    if (!window || !pupil || window.status === 'draft' || window.status === 'withdrawn') throw new DomainError('request.not_found');
    if (pupil.schoolId !== window.schoolId) throw new DomainError('selection.other_school', { schoolName: window.schoolName });
    if (pupil.leftOn) throw new DomainError('selection.pupil_left');
    if (!window.lottery) throw new DomainError('lottery.no_lottery');
    const siblings = rows.slice(0, together.length) as (Pupil | undefined)[];
    await mustBeGuardianOfAll(table, actor, together);
    if (siblings.some((sibling) => sibling?.schoolId !== window.schoolId)) throw new DomainError('request.not_found');
    const isSame = before && same(before, offeringIds, together);
    if (isSame) return shown(before);
    if (hoursAt(now, window) !== 'open') throw new DomainError('lottery.not_now');
    if (before?.at !== replaces) throw new DomainError('lottery.changed_meanwhile');
    if (!before && offeringIds.length === 0)
      throw new DomainError('request.invalid', { fields: [{ path: 'offeringIds', message: '还没有志愿可以撤回' }] });
    refuseWrongWishes(offeringIds, rows.slice(together.length) as (Card | undefined)[], pupil);

    // Later than what it replaces, whatever the clocks of two containers say: the order of receipts is that of the wishes.
    const at = before && ms(before.at) >= ms(now) ? instant(ms(before.at) + 1) : now;
    const entrant = before?.receipt.entrant ?? entrantOf(secrets, windowId, pupilId);
    const bound = together.map((other) => entrantOf(secrets, windowId, other));
    const { rounds, seedSource } = window.lottery;
    const receipt = signReceipt(secrets, { windowId, entrant, offeringIds, together: bound, at, terms: { rounds, seedSource } });
    const choices: StoredChoices = { pupilId, windowId, offeringIds, together, at, receipt };
    try {
      await table.write(choiceWrites(choices, before));
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      // Our own lost reply, or the other guardian in the same moment.
      const there = await getChoice(table, windowId, pupilId);
      if (there && same(there, offeringIds, together)) return shown(there);
      if (error.failed.includes(2)) throw new DomainError('selection.pupil_left');
      throw new DomainError(error.failed.includes(1) ? 'lottery.not_now' : 'lottery.changed_meanwhile');
    }
    return shown(choices);
  };
}

/** How the wishes stand, with their receipt. Two reads. */
export function getChoices({ table }: ChoicesDeps) {
  return async ({ pupilId, windowId }: ParsedOf<Routes['getChoices']>, _actor: Actor): Promise<ReplyOf<Routes['getChoices']>> => {
    const [window, choices] = await Promise.all([table.mustGet(keys.window(windowId), Window), getChoice(table, windowId, pupilId)]);
    if (window.status === 'draft' || window.status === 'withdrawn') throw new DomainError('request.not_found');
    return choices ? shown(choices) : {};
  };
}

function same(before: StoredChoices, offeringIds: readonly string[], together: readonly string[]): boolean {
  return JSON.stringify([before.offeringIds, before.together]) === JSON.stringify([offeringIds, together]);
}

function shown({ receipt, outcome: _, standing: __, notGiven: ___, ...choices }: StoredChoices) {
  return { choices, receipt };
}

function refuseWrongWishes(offeringIds: readonly string[], cards: readonly (Card | undefined)[], pupil: Pupil): void {
  if (new Set(offeringIds).size < offeringIds.length)
    throw new DomainError('request.invalid', { fields: [{ path: 'offeringIds', message: '同一个班只能填一次' }] });
  for (const card of cards) {
    if (!card) throw new DomainError('request.not_found');
    if (card.status === 'cancelled') throw new DomainError('selection.class_cancelled');
    if (!card.grades.includes(pupil.grade)) throw new DomainError('selection.wrong_grade');
  }
}
