/** A family's basket: what clashes in it, what it costs, and how it is submitted so that a lost reply never takes a seat twice. */
import type { Id } from '@kehou/shared/kernel/id';
import type { InputOf } from '@kehou/shared/kernel/route';
import { BASKET_LINES_MAX, type BasketResult } from '@kehou/shared/selection/basket';
import type { selectionRoutes } from '@kehou/shared/selection/routes';
import { findClash } from '@kehou/shared/selection/rules';
import type { ClassCard, ClassPage } from '@kehou/shared/selection/window';
import { forget, isOver, type KeepDeps, keptId, tried, tryName } from './take.ts';

/** What a child's list holds that is not taken yet, in its order. A class that has left the window is on no page any more. */
export function linesOf({ classes, shortlist }: Pick<ClassPage, 'classes' | 'shortlist'>): readonly ClassCard[] {
  return (shortlist?.offeringIds ?? []).flatMap((offeringId) => {
    const card = classes.find((one) => one.offeringId === offeringId);
    return card && !card.enrolment ? [card] : [];
  });
}

/** The first of the other cards that meets at the same hour as this one. */
export function meetsOnList(card: ClassCard, others: readonly ClassCard[]): ClassCard | undefined {
  return others.find((other) => other.offeringId !== card.offeringId && findClash(card.slots, other.slots));
}

export const feeOf = (cards: readonly Pick<ClassCard, 'feeFen'>[]): number => cards.reduce((sum, { feeFen }) => sum + feeFen, 0);

type Input = InputOf<typeof selectionRoutes.submitBasket>;
export interface Wanted {
  readonly pupilId: Id<'pupil'>;
  readonly allOrNothing: boolean;
  readonly offeringIds: readonly Id<'offering'>[];
  /** The token of the child's turn, where there is one. */
  readonly turn?: string | undefined;
}
export interface SubmitDeps extends KeepDeps {
  readonly submit: (input: Input) => Promise<BasketResult>;
}

/**
 * Answers what came of every line; throws when it is not known. Whatever is thrown, calling it again is safe: the ids of the tries are
 * kept on the phone. More lines than one request takes go in several, a child never in two.
 */
export async function submitBasket(windowId: Id<'window'>, wanted: readonly Wanted[], deps: SubmitDeps): Promise<BasketResult> {
  const children: BasketResult['children'] = [];
  for (const some of portionsOf(wanted)) children.push(...(await submitSome(windowId, some, deps)).children);
  return { children };
}

async function submitSome(windowId: Id<'window'>, wanted: readonly Wanted[], deps: SubmitDeps): Promise<BasketResult> {
  const names = wanted.flatMap(({ pupilId, offeringIds }) => offeringIds.map((offeringId) => tryName({ pupilId, offeringId })));
  // Once more with new ids for those whose old ones turn out to be of tries that are over.
  for (let fresh = 0; ; fresh++) {
    const result = await tried(() => deps.submit({ windowId, children: wanted.map((child) => childOf(child, deps)) }), names, deps);
    const over = result.children.flatMap(({ pupilId, lines }) =>
      lines.flatMap(({ offeringId, enrolment }) => (enrolment && isOver(enrolment) ? [tryName({ pupilId, offeringId })] : [])),
    );
    if (fresh > 0 || over.length === 0) {
      forget(names, deps);
      return result;
    }
    forget(over, deps);
  }
}

function childOf({ pupilId, allOrNothing, offeringIds, turn }: Wanted, deps: SubmitDeps): Input['children'][number] {
  return {
    pupilId,
    allOrNothing,
    ...(turn ? { turn } : {}),
    lines: offeringIds.map((offeringId) => ({ offeringId, enrolmentId: keptId(tryName({ pupilId, offeringId }), deps) })),
  };
}

function portionsOf(wanted: readonly Wanted[]): Wanted[][] {
  const portions: Wanted[][] = [];
  let room = 0;
  for (const child of wanted.filter(({ offeringIds }) => offeringIds.length > 0)) {
    const last = portions.at(-1);
    if (last && child.offeringIds.length <= room) last.push(child);
    else portions.push([child]);
    room = (last && child.offeringIds.length <= room ? room : BASKET_LINES_MAX) - child.offeringIds.length;
  }
  return portions;
}
