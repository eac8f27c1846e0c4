/**
 * A family's basket in a window: classes marked for each child beforehand, in order, and submitted at once. What is marked claims
 * nothing; what is submitted is taken line by line, or for a child all together or not at all.
 */
import * as z from 'zod';
import { Id } from '../kernel/id.ts';
import { Enrolment } from './enrolment.ts';

/** Classes on one child's list: what they claim together must stay within one transaction of 100 items. */
export const SHORTLIST_MAX = 12;
/** Lines of one submission, over all children. */
export const BASKET_LINES_MAX = 24;
export const BASKET_CHILDREN_MAX = 10;

/** A child's list for a window: the dearest first, which also has the hour where two clash. */
export const Shortlist = z.object({
  offeringIds: z.array(Id('offering')).max(SHORTLIST_MAX),
  /** All of them, or none. */
  allOrNothing: z.boolean(),
});
export type Shortlist = z.infer<typeof Shortlist>;
export const EMPTY_SHORTLIST: Shortlist = { offeringIds: [], allOrNothing: false };

/** What a tap changes. Said as a change, not as a whole list, so that two guardians at once undo nothing of each other's. */
export const ShortlistChange = z.object({
  add: Id('offering').optional(),
  remove: z.array(Id('offering')).min(1).max(SHORTLIST_MAX).optional(),
  /** What comes first; what is not named stays behind it. */
  order: z.array(Id('offering')).max(SHORTLIST_MAX).optional(),
  allOrNothing: z.boolean().optional(),
});
export type ShortlistChange = z.infer<typeof ShortlistChange>;

/** The list after a change. Adding what is there, removing or ordering what is not, changes nothing. May be longer than the most. */
export function changedShortlist(before: Shortlist, { add, remove = [], order = [], allOrNothing }: ShortlistChange): Shortlist {
  const { offeringIds } = before;
  const all = add && !offeringIds.includes(add) ? [...offeringIds, add] : offeringIds;
  const kept = all.filter((offeringId) => !remove.includes(offeringId));
  const first = [...new Set(order)].filter((offeringId) => kept.includes(offeringId));
  return {
    offeringIds: [...first, ...kept.filter((offeringId) => !first.includes(offeringId))],
    allOrNothing: allOrNothing ?? before.allOrNothing,
  };
}

export const BasketChild = z.object({
  pupilId: Id('pupil'),
  allOrNothing: z.boolean(),
  /** The token of this child's turn, as for one seat: with other grades it comes at other hours. */
  turn: z.string().max(100).optional(),
  /** In the child's order. The client makes the ids and sends the same on a retry. */
  lines: z
    .array(z.object({ enrolmentId: Id('enrolment'), offeringId: Id('offering') }))
    .min(1)
    .max(SHORTLIST_MAX),
});
export type BasketChild = z.infer<typeof BasketChild>;

/** Why a line was not taken: a code of the catalogue, as taking one seat would have been refused with. */
export const BasketRefusal = z.object({ code: z.string(), details: z.record(z.string(), z.unknown()).optional() });
export type BasketRefusal = z.infer<typeof BasketRefusal>;

/** What came of a line: a seat, or why not. */
export const BasketLine = z.object({
  enrolmentId: Id('enrolment'),
  offeringId: Id('offering'),
  enrolment: Enrolment.optional(),
  refusal: BasketRefusal.optional(),
});
export type BasketLine = z.infer<typeof BasketLine>;

export const BasketResult = z.object({ children: z.array(z.object({ pupilId: Id('pupil'), lines: z.array(BasketLine) })) });
export type BasketResult = z.infer<typeof BasketResult>;
