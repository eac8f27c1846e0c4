/** Wishes, the guard that closes their list, the draw that is made of them, its secret, and the luck that children had before. */
import { randomBytes } from 'node:crypto';
import { Id } from '@kehou/shared/kernel/id';
import { Instant } from '@kehou/shared/kernel/time';
import { hashOfSecret } from '@kehou/shared/selection/draw-file';
import { Choices, NotGiven, PublishedDraw, Receipt, TICKETS_MAX } from '@kehou/shared/selection/lottery';
import type { Window } from '@kehou/shared/selection/window';
import * as z from 'zod';
import { CHOICE_SHARDS, keys, shardOf } from '../platform/keys.ts';
import { absent, ConditionFailed, check, create, put, set, type Table, type Write } from '../platform/table.ts';

/** Where a child stands that won nothing. */
export const Standing = z.object({ courseName: z.string(), place: z.int() });

/** A class that a child was drawn for, and got no place in. */
export const Ungiven = z.object({ offeringId: Id('offering'), courseName: z.string(), why: NotGiven });
export type Ungiven = z.infer<typeof Ungiven>;

/** Wishes with their receipt; once the draw is allotted, what became of them. */
export const StoredChoices = Choices.extend({
  receipt: Receipt,
  outcome: z.enum(['won', 'lost']).optional(),
  standing: z.array(Standing).optional(),
  notGiven: z.array(Ungiven).optional(),
  /** Lost, and counted: one ticket more in the next term, should nothing be won in what is left of this one. */
  luckier: z.literal(true).optional(),
});
export type StoredChoices = z.infer<typeof StoredChoices>;

/** The published draw, what the desk was told of it, and the token of the state machine that waits for the public value. */
export const StoredDraw = PublishedDraw.extend({
  schoolId: Id('organisation'),
  windowName: z.string(),
  wantedAt: Instant.optional(),
  taskToken: z.string().optional(),
});
export type StoredDraw = z.infer<typeof StoredDraw>;

/** A window of 20,000 entries leaves 1,250 a shard on average. */
const CHOICES_A_SHARD_MAX = 2_000;

export function getChoice(table: Table, windowId: string, pupilId: string): Promise<StoredChoices | undefined> {
  return table.get(keys.choice(windowId, pupilId), StoredChoices);
}

/** In place of what was read; only while the list is not closed, and of a pupil who has not left the school. */
export function choiceWrites(choices: StoredChoices, before: StoredChoices | undefined): Write[] {
  const { windowId, pupilId } = choices;
  const condition = before ? { expression: '#at = :before', values: { before: before.at } } : absent;
  return [
    put(keys.choice(windowId, pupilId), choices, { condition }),
    check(keys.choicesGuard(windowId, shardOf(pupilId, CHOICE_SHARDS)), absent),
    check(keys.pupil(pupilId), { expression: 'attribute_not_exists(#leftOn)' }),
  ];
}

/** From here on no wish is taken in. Idempotent. */
export async function closeChoices(table: Table, windowId: string, at: Instant): Promise<void> {
  await Promise.all(shards().map((shard) => table.tryWrite([create(keys.choicesGuard(windowId, shard), { at })])));
}

/** Every wish of a window that was not withdrawn. Strongly consistent. */
export async function readChoices(table: Table, windowId: string): Promise<StoredChoices[]> {
  const pages = await Promise.all(
    shards().map((shard) =>
      table.queryAll({ ...keys.choices(windowId, shard), consistent: true, most: CHOICES_A_SHARD_MAX }, StoredChoices),
    ),
  );
  return pages.flat().filter(({ offeringIds }) => offeringIds.length > 0);
}

function shards(): number[] {
  return [...Array(CHOICE_SHARDS).keys()];
}

export function getDraw(table: Table, windowId: string): Promise<StoredDraw | undefined> {
  return table.get(keys.draw(windowId), StoredDraw);
}

/** Records the draw unless there is one: answers the one that counts. */
export async function createDraw(table: Table, draw: StoredDraw): Promise<StoredDraw> {
  try {
    await table.write([create(keys.draw(draw.windowId), draw)]);
    return draw;
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    return StoredDraw.parse(error.items.get(0));
  }
}

/** Moves a draw one stage on, once; answers it as it then stands. */
export async function moveDraw(table: Table, draw: StoredDraw, fields: Partial<StoredDraw>): Promise<StoredDraw> {
  const condition = { expression: '#stage = :stage', values: { stage: draw.stage } };
  await table.tryWrite([set(keys.draw(draw.windowId), fields, { condition })]);
  return table.mustGet(keys.draw(draw.windowId), StoredDraw);
}

/** Whom to tell of the public value; refused where it is there already. */
export function awaitValueWrite(windowId: string, taskToken: string): Write {
  const condition = { expression: '#stage = :fixed AND attribute_not_exists(#publicValue)', values: { fixed: 'fixed' } };
  return set(keys.draw(windowId), { taskToken }, { condition });
}

const Secret = z.object({ secret: z.string().regex(/^[0-9a-f]{64}$/) });

/** The hash of the window's secret, which is made once: publishing again keeps the first. */
export async function sealSecret(table: Table, windowId: string): Promise<string> {
  await table.tryWrite([create(keys.drawSecret(windowId), { secret: randomBytes(32).toString('hex') })]);
  return hashOfSecret(await readSecret(table, windowId));
}

/** Only for the draw itself: it is published with the result. */
export async function readSecret(table: Table, windowId: string): Promise<string> {
  return (await table.mustGet(keys.drawSecret(windowId), Secret)).secret;
}

/** Earlier terms in which a child wished and won nothing, since it last won. */
export const Luck = z.object({ lostTerms: z.array(z.string()), wonTerm: z.string().optional(), revision: z.int() });
export type Luck = z.infer<typeof Luck>;

/** One ticket, and one for each earlier term in which the child won nothing: this term's other windows do not count. No term: one to come. */
export function ticketsOf(luck: Luck | undefined, termId?: string): number {
  return Math.min(TICKETS_MAX, 1 + (luck?.lostTerms ?? []).filter((term) => term !== termId).length);
}

/** A term is lost where every window of it was; one win ends the row. */
function afterDraw(luck: Luck | undefined, termId: string, won: boolean): Luck {
  const revision = (luck?.revision ?? 0) + 1;
  if (won) return { lostTerms: [], wonTerm: termId, revision };
  const lostTerms = luck?.lostTerms ?? [];
  const counts = luck?.wonTerm !== termId && !lostTerms.includes(termId);
  return { lostTerms: counts ? [...lostTerms, termId].slice(-TICKETS_MAX) : lostTerms, wonTerm: luck?.wonTerm, revision };
}

const LUCK_TRIES_MAX = 5;

/** Counts the outcome into the child's luck, in one transaction with the mark on the wishes that it is counted. */
export async function countLuck(
  table: Table,
  choices: StoredChoices,
  window: Pick<Window, 'termId'>,
  outcome: Required<Pick<StoredChoices, 'outcome' | 'standing' | 'notGiven'>>,
): Promise<void> {
  const { windowId, pupilId } = choices;
  for (let tries = 0; tries < LUCK_TRIES_MAX; tries++) {
    const luck = await table.get(keys.luck(pupilId), Luck);
    const next = afterDraw(luck, window.termId, outcome.outcome === 'won');
    // Not for who has as many as there can be, nor for who has won in another window of this term.
    const luckier = ticketsOf(next) > ticketsOf(luck, window.termId) ? { luckier: true as const } : {};
    const as = luck ? { expression: '#revision = :revision', values: { revision: luck.revision } } : absent;
    try {
      await table.write([
        set(
          keys.choice(windowId, pupilId),
          { ...outcome, ...luckier },
          { condition: { expression: 'attribute_exists(PK) AND attribute_not_exists(#outcome)' } },
        ),
        put(keys.luck(pupilId), next, { condition: as }),
      ]);
      return;
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      if (error.failed.includes(0)) return;
    }
  }
  throw new Error(`the luck of ${pupilId} keeps changing`);
}
