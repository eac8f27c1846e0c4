import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import type { Instant } from '@kehou/shared/kernel/time';
import { Pupil } from '@kehou/shared/school/school';
import type { BasketChild } from '@kehou/shared/selection/basket';
import type { selectionRoutes } from '@kehou/shared/selection/routes';
import { findClash } from '@kehou/shared/selection/rules';
import { Window } from '@kehou/shared/selection/window';
import * as z from 'zod';
import { mustBeGuardianOfAll } from '../identity/own-children.ts';
import { keys } from '../platform/keys.ts';
import { Attempt, StoredEnrolment } from './enrolment.repository.ts';
import { type Place, type TakeSeatDeps, takeOne, type Wish } from './take-seat.ts';
import { type Outcome, settled, takeTogether } from './take-together.ts';
import type { Terms } from './terms-memory.ts';
import { Card } from './window.repository.ts';

type Submit = typeof selectionRoutes.submitBasket;

const Row = z.union([Attempt, Pupil, Card, Window]);
/** From here on a failure says nothing about the seat: the same request again finds out. */
const STATUS_UNKNOWN_MIN = 429;

/**
 * Takes the seats of a basket. One read for all lines; then the three steps of {@link takeOne} for each line by itself, those that meet
 * at one hour one after the other, so that the earlier has it; or for a child {@link takeTogether}. Children do not wait for one another.
 *
 * The same lines again, after a lost reply or a crash, go on from where they are (one more read), and what was decided about a line that
 * was on record stays. Where it cannot be known how a line ended the whole request fails, to be sent again.
 */
export function submitBasket(deps: TakeSeatDeps) {
  const { table, clock } = deps;
  const one = takeOne(deps);
  const together = takeTogether(deps);

  async function byThemselves(wishes: readonly Wish[], now: Instant): Promise<Outcome[]> {
    const taken: Promise<Outcome>[] = [];
    for (const [index, wish] of wishes.entries()) {
      const before = taken.slice(0, index).filter((_, earlier) => meet(wishes[earlier], wish));
      taken.push(Promise.all(before).then(() => outcomeOf(one(wish, now))));
    }
    return settled(taken);
  }

  return async ({ windowId, children }: ParsedOf<Submit>, actor: Actor): Promise<ReplyOf<Submit>> => {
    refuseTwice(children);
    // As at the taking of one seat, the token's word is enough for the children that it names.
    await mustBeGuardianOfAll(table, actor, strangersTo(actor, children));
    const now = clock.now();
    const wishes = await look(deps, { windowId, children }, actor, now);
    const outcomes = await settled(
      children.map((child, index) => {
        const mine = wishes[index] ?? [];
        return child.allOrNothing ? together(mine, now) : byThemselves(mine, now);
      }),
    );
    return { children: children.map((child, index) => ({ pupilId: child.pupilId, lines: shown(child, outcomes[index] ?? []) })) };
  };
}

/** What is known of every line before anything is claimed: one read, and one more of lines that were here before. */
async function look({ table, full, terms: memory }: TakeSeatDeps, input: ParsedOf<Submit>, actor: Actor, now: Instant): Promise<Wish[][]> {
  const { windowId, children } = input;
  const lines = children.flatMap(({ pupilId, turn, lines }) => lines.map((line) => ({ ...line, pupilId, windowId, turn })));
  const known = new Map(lines.map(({ offeringId }) => [offeringId, memory.recall(windowId, offeringId, now)]));
  const unknown = [...known].filter(([, terms]) => !terms).map(([offeringId]) => offeringId);
  const strangers = strangersTo(actor, children);
  const found = await table.getMany(
    [
      ...lines.map(({ pupilId, offeringId }) => keys.attempt(pupilId, offeringId)),
      ...strangers.map((pupilId) => keys.pupil(pupilId)),
      ...unknown.map((offeringId) => keys.windowCard(windowId, offeringId)),
      ...(unknown.length > 0 ? [keys.window(windowId)] : []),
    ],
    Row,
  );
  const attempts = found.splice(0, lines.length) as (Attempt | undefined)[];
  const pupils = found.splice(0, strangers.length) as (Pupil | undefined)[];
  const cards = found.splice(0, unknown.length).filter((card) => card !== undefined) as Card[];
  const [window] = found as (Window | undefined)[];
  if (window) memory.remember(window, cards, now);
  for (const card of window ? cards : []) known.set(card.offeringId, { card, window } as Terms);

  const again = lines.filter(({ enrolmentId }, index) => attempts[index]?.enrolmentId === enrolmentId);
  const there = await table.getMany(
    again.map(({ pupilId, enrolmentId }) => keys.enrolment(pupilId, enrolmentId)),
    StoredEnrolment,
  );
  const wishes = lines.map(
    (line, index): Wish => ({
      input: line,
      actor,
      attempt: attempts[index],
      mine: there[again.indexOf(line)],
      place: placeOf(line.pupilId),
      terms: known.get(line.offeringId),
      isFull: full.isFull(line.offeringId, now),
    }),
  );
  return children.map(({ pupilId }) => wishes.filter(({ input }) => input.pupilId === pupilId));

  function placeOf(pupilId: string): Place | undefined {
    return (actor.children.find((child) => child.pupilId === pupilId) ?? pupils[strangers.indexOf(pupilId as never)]) as Place | undefined;
  }
}

/** Those that the token does not name. */
function strangersTo(actor: Actor, children: readonly BasketChild[]) {
  return children.map(({ pupilId }) => pupilId).filter((pupilId) => !actor.children.some((child) => child.pupilId === pupilId));
}

function meet(one: Wish | undefined, other: Wish): boolean {
  return findClash(one?.terms?.card.slots ?? [], other.terms?.card.slots ?? []) !== undefined;
}

async function outcomeOf(taking: Promise<StoredEnrolment>): Promise<Outcome> {
  try {
    return { enrolment: await taking };
  } catch (error) {
    if (error instanceof DomainError && error.status < STATUS_UNKNOWN_MIN) return { refusal: error };
    throw error;
  }
}

function shown({ lines }: BasketChild, outcomes: readonly Outcome[]) {
  return lines.map((line, index) => {
    const outcome = outcomes[index];
    if (!outcome) throw new Error('a line has no outcome');
    if ('enrolment' in outcome) return { ...line, enrolment: outcome.enrolment };
    const { code, details } = outcome.refusal;
    return { ...line, refusal: { code, ...(details ? { details } : {}) } };
  });
}

/** A child, a class of one child, or an id that is there twice would be two lines that are one. */
function refuseTwice(children: readonly BasketChild[]): void {
  const twice = (ids: readonly string[]) => new Set(ids).size < ids.length;
  const lines = children.flatMap((child) => child.lines);
  const path = twice(children.map(({ pupilId }) => pupilId))
    ? 'children'
    : children.some((child) => twice(child.lines.map(({ offeringId }) => offeringId))) || twice(lines.map(({ enrolmentId }) => enrolmentId))
      ? 'children.lines'
      : undefined;
  if (path) throw new DomainError('request.invalid', { fields: [{ path, message: '同一项出现了两次' }] });
}
