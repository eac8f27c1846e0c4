/**
 * After a draw: every winner holds a place, who wished for a class that is full stands in line in drawn order, and each child's luck is counted. In pages,
 * over one list of things to do that follows from the published file alone, so that whoever goes on does the same; each thing is
 * done once, whatever died on the way.
 *
 * All places are given before anybody stands in line: a class in which somebody waits offers what is free at once.
 */
import type { Id } from '@kehou/shared/kernel/id';
import { addMinutes, type Instant, instant, ms } from '@kehou/shared/kernel/time';
import { Pupil } from '@kehou/shared/school/school';
import type { DrawResult } from '@kehou/shared/selection/draw';
import { linesOf } from '@kehou/shared/selection/draw-file';
import type { NotGiven } from '@kehou/shared/selection/lottery';
import { waitingUntil } from '@kehou/shared/selection/rules';
import { Window } from '@kehou/shared/selection/window';
import * as z from 'zod';
import { derivedId } from '../platform/derived-id.ts';
import { inLanes } from '../platform/in-lanes.ts';
import { keys } from '../platform/keys.ts';
import { absent, put, set, type Table } from '../platform/table.ts';
import type { Task } from '../use-cases.ts';
import { countLuck, getDraw, moveDraw, readChoices, type StoredChoices, StoredDraw, type Ungiven } from './draw.repository.ts';
import { readDrawFile } from './draw-objects.ts';
import { DrawStep, staleDraw } from './draw-step.ts';
import { Attempt, getEnrolment, type StoredEnrolment } from './enrolment.repository.ts';
import type { DrawDeps } from './fix-draw.ts';
import { givePlace } from './give-place.ts';
import { openRemainder } from './open-remainder.ts';
import { markWaiting, Seat } from './seat.repository.ts';
import { newEnrolment } from './take-seat.ts';
import { joinWrites, Queued, StoredWait } from './wait.repository.ts';
import { Card, openFirstCome } from './window.repository.ts';

/** Things to do in one call: a Lambda's time is bounded. */
export const ALLOT_PAGE = 400;
const LANES = 8;
/** Minutes that a place which a winner leaves is kept for the next, where the school has said nothing. */
export const OFFER_MINUTES = 120;
/** A class without dates keeps its list so long after the winners' time. */
const UNDATED_LIST_DAYS = 14;
/** A winner's try is called lost by the sweeper when the process died in the middle of it: the next try is a new enrolment. */
const TRIES_MAX = 12;
/** As many as a published list has entries. */
const QUEUE_MAX = 20_000;

type Job =
  | { readonly do: 'place'; readonly offeringId: string; readonly entrant: string }
  | { readonly do: 'line'; readonly offeringId: string; readonly entrant: string; readonly index: number }
  | { readonly do: 'list'; readonly offeringId: string }
  | { readonly do: 'luck'; readonly entrant: string };
const PHASES = ['place', 'line', 'list', 'luck'] as const;

/** Everything there is to do, in its order. */
export function jobsOf(
  offeringIds: readonly string[],
  { winners, order }: DrawResult,
  lines: Readonly<Record<string, readonly string[]>>,
): Job[] {
  return [
    ...offeringIds.flatMap((offeringId) => (winners[offeringId] ?? []).map((entrant): Job => ({ do: 'place', offeringId, entrant }))),
    ...offeringIds.flatMap((offeringId) =>
      (lines[offeringId] ?? []).map((entrant, index): Job => ({ do: 'line', offeringId, entrant, index })),
    ),
    ...offeringIds.filter((offeringId) => lines[offeringId]?.length).map((offeringId): Job => ({ do: 'list', offeringId })),
    ...order.map((entrant): Job => ({ do: 'luck', entrant })),
  ];
}

const Cursor = z.string().regex(/^\d*$/);

export function allotDraw(deps: DrawDeps, page = ALLOT_PAGE): Task {
  const { table, objects } = deps;
  return async (payload) => {
    const { windowId, version } = DrawStep.parse(payload);
    const window = await table.get(keys.window(windowId), Window);
    const draw = await getDraw(table, windowId);
    if (!draw || !window?.lottery || window.version !== version || draw.stage === 'fixed') return staleDraw;
    if (draw.stage === 'allotted') {
      // A version that took over has shut the seats with its own hours: what was opened stays open.
      if (window.lottery.firstCome) await openFirstCome(table, window, window.lottery.firstCome);
      return { ...staleDraw, stale: false };
    }
    const start = Number(Cursor.parse(payload.cursor));
    const { file, result } = await readDrawFile(objects, draw);
    if (!result) throw new Error(`the draw of ${windowId} has no result`);
    const lines = linesOf(file.classes, result);
    const jobs = jobsOf(
      file.classes.map(({ offeringId }) => offeringId),
      result,
      lines,
    );
    const allotment = { ...(await allotmentOf(deps, window, draw)), result, lines };
    const mine = jobs.slice(start, start + page);
    for (const phase of PHASES) {
      await inLanes(
        mine.filter((job) => job.do === phase),
        LANES,
        (job) => perform(allotment, job),
      );
    }
    if (start + page < jobs.length) return { ...staleDraw, stale: false, done: false, cursor: String(start + page) };
    const allotted = await table.mustGet(keys.draw(windowId), StoredDraw);
    await openRemainder(table, window, allotted.payBefore ?? allotment.payBefore, allotment.now);
    await moveDraw(table, draw, { stage: 'allotted' });
    return { ...staleDraw, stale: false };
  };
}

interface Allotment {
  readonly table: Table;
  readonly now: Instant;
  readonly window: Window;
  readonly draw: StoredDraw;
  readonly result: DrawResult;
  readonly lines: Readonly<Record<string, readonly string[]>>;
  readonly cards: ReadonlyMap<string, Card>;
  readonly seats: ReadonlyMap<string, Seat>;
  readonly wishes: ReadonlyMap<string, StoredChoices>;
  readonly drawnAt: Instant;
  readonly payBefore: Instant;
  /** Until when a place that is given now is to be paid for. */
  readonly timeToPay: () => Promise<Instant>;
  /** The children who stand in line for a class, in order: read once, when everybody stands there. */
  readonly queueOf: (offeringId: string) => Promise<readonly string[]>;
}

async function allotmentOf({ table, clock }: DrawDeps, window: Window, draw: StoredDraw): Promise<Omit<Allotment, 'result' | 'lines'>> {
  const { drawnAt, payBefore } = draw;
  if (!drawnAt || !payBefore) throw new Error(`${draw.windowId} is not drawn`);
  const [choices, cards, seats] = await Promise.all([
    readChoices(table, window.windowId),
    table.getMany(
      window.offeringIds.map((offeringId) => keys.windowCard(window.windowId, offeringId)),
      Card,
    ),
    table.getMany(
      window.offeringIds.map((offeringId) => keys.seat(offeringId)),
      Seat,
    ),
  ]);
  const byId = <T>(rows: readonly (T | undefined)[]) =>
    new Map(rows.flatMap((row, index) => (row ? [[window.offeringIds[index] as string, row] as const] : [])));
  const wishes = new Map(choices.map((wish) => [wish.receipt.entrant, wish]));
  const now = clock.now();
  let asked: Promise<Instant> | undefined;
  const timeToPay = () => {
    asked ??= fairTime(table, window, draw, now);
    return asked;
  };
  const queues = new Map<string, Promise<readonly string[]>>();
  const queueOf = (offeringId: string) => {
    const queue = queues.get(offeringId) ?? readQueue(table, offeringId);
    queues.set(offeringId, queue);
    return queue;
  };
  return { table, now, window, draw, cards: byId(cards), seats: byId(seats), wishes, drawnAt, payBefore, timeToPay, queueOf };
}

/**
 * The published time to pay, or at least half as long as the school gives from now on: places are given late where a process died and
 * another took over. On record for all who are given one from here on; places that stand keep their time.
 */
async function fairTime(table: Table, { lottery }: Window, draw: StoredDraw, now: Instant): Promise<Instant> {
  const fair = addMinutes(now, ((lottery?.payHours ?? 0) * 60) / 2);
  if (draw.payBefore && ms(draw.payBefore) >= ms(fair)) return draw.payBefore;
  const condition = { expression: '#stage = :drawn AND #payBefore < :fair', values: { drawn: 'drawn', fair } };
  await table.tryWrite([set(keys.draw(draw.windowId), { payBefore: fair }, { condition })]);
  return (await table.mustGet(keys.draw(draw.windowId), StoredDraw)).payBefore ?? fair;
}

async function readQueue(table: Table, offeringId: string): Promise<readonly string[]> {
  const queue = await table.queryAll({ ...keys.queue(offeringId), consistent: true, most: QUEUE_MAX }, Queued);
  return queue.map(({ pupilId }) => pupilId);
}

function earliest(one: Instant, other: Instant | undefined): Instant {
  return other && ms(other) < ms(one) ? other : one;
}

function perform(allotment: Allotment, job: Job): Promise<void> {
  if (job.do === 'list') return openList(allotment, job.offeringId);
  const wish = allotment.wishes.get(job.entrant);
  if (!wish) throw new Error(`an entrant of ${allotment.window.windowId} has no wishes`);
  if (job.do === 'luck') return tellOutcome(allotment, wish);
  const card = allotment.cards.get(job.offeringId);
  if (!card) throw new Error(`${job.offeringId} has no card`);
  return job.do === 'place' ? placeWinner(allotment, card, wish.pupilId) : standInLine(allotment, card, wish.pupilId, job.index);
}

function wonId({ windowId }: Window, offeringId: string, pupilId: string, number: number): Id<'enrolment'> {
  return derivedId('enrolment', 'drawn', windowId, offeringId, pupilId, String(number));
}

/** A winner's place, held until the winners' time is over. */
async function placeWinner(allotment: Allotment, card: Card, pupilId: Id<'pupil'>): Promise<void> {
  const { table, window, now } = allotment;
  const { offeringId } = card;
  // Whoever won hears of it with its luck.
  if (whyNotGiven(allotment, card)) return;
  const begins = waitingUntil(card.firstSessionDate);
  for (let tries = 0, number = 1; tries < TRIES_MAX; tries++) {
    const enrolmentId = wonId(window, offeringId, pupilId, number);
    const there = await getEnrolment(table, pupilId, enrolmentId);
    if (there?.status === 'lost') {
      number++;
      continue;
    }
    if (there && there.status !== 'taking') return;
    const attempt = await table.get(keys.attempt(pupilId, offeringId), Attempt);
    // The child has a place by another way.
    if (!there && attempt?.live) return;
    const ask = { pupilId, offeringId, windowId: window.windowId, enrolmentId };
    const enrolment: StoredEnrolment = {
      ...newEnrolment(ask, { card, window }, (attempt?.attempt ?? 0) + 1, now),
      holdUntil: earliest(await allotment.timeToPay(), begins),
      drawn: true,
    };
    if ((await givePlace(table, there ?? enrolment, now)) !== 'gone') return;
    // Left the school since the list was fixed: the place stays free for the line behind.
    if ((await table.get(keys.pupil(pupilId), Pupil))?.leftOn) return;
  }
  throw new Error(`the place that ${pupilId} won in ${offeringId} could not be given`);
}

/** Behind those who were drawn before: what winners leave goes down this line. */
async function standInLine(allotment: Allotment, card: Card, pupilId: Id<'pupil'>, index: number): Promise<void> {
  const { table, window, drawnAt, now, seats } = allotment;
  const { offeringId } = card;
  const until = untilOf(allotment, card);
  if (seats.get(offeringId)?.status !== 'open' || ms(until) <= ms(now)) return;
  const waitId = derivedId('wait', 'drawn', window.windowId, offeringId, pupilId);
  const [before, attempt] = (await table.getMany(
    [keys.wait(pupilId, offeringId), keys.attempt(pupilId, offeringId)],
    z.union([StoredWait, Attempt]),
  )) as [StoredWait?, Attempt?];
  // Done already (and perhaps left since); or the child has a place by another way.
  if (before?.waitId === waitId || before?.status === 'waiting' || attempt?.live) return;
  const wait: StoredWait = {
    waitId,
    pupilId,
    offeringId: offeringId as StoredWait['offeringId'],
    windowId: window.windowId,
    schoolId: window.schoolId,
    courseName: card.courseName,
    status: 'waiting',
    joinedAt: instant(ms(drawnAt) + index),
    offers: 0,
    offerMinutes: window.waitingList?.offerMinutes ?? OFFER_MINUTES,
    until,
  };
  await table.tryWrite(joinWrites(wait, before));
}

function untilOf({ payBefore }: Allotment, card: Card): Instant {
  return waitingUntil(card.firstSessionDate) ?? addMinutes(payBefore, UNDATED_LIST_DAYS * 24 * 60);
}

/** The list is there for the sweeper, and the seat knows of it: after everybody stands in it, so that it is served in its order. */
async function openList(allotment: Allotment, offeringId: string): Promise<void> {
  const { table, cards, seats, now } = allotment;
  const card = cards.get(offeringId);
  if (!card || seats.get(offeringId)?.status !== 'open') return;
  const until = untilOf(allotment, card);
  if (ms(until) <= ms(now)) return;
  await table.tryWrite([put(keys.waitingList(offeringId), { offeringId, until, ...keys.due(offeringId, now) }, { condition: absent })]);
  await markWaiting(table, offeringId);
}

/**
 * Won, or where it stands in the lists that there are; counted into its luck once. What it was drawn for and was not given is on record
 * beside it: the message and the page say so.
 *
 * Only a place is a win. A child whose classes had all begun by a late draw, or were called off before places were given, comes out of it
 * with nothing, like who was not drawn: its tickets rise as theirs do. To take them away would make it pay for a delay that was not its own.
 */
async function tellOutcome(allotment: Allotment, wish: StoredChoices): Promise<void> {
  const { table, window, lines, cards, result } = allotment;
  const { entrant } = wish.receipt;
  const drawnFor = Object.keys(result.winners).filter((offeringId) => result.winners[offeringId]?.includes(entrant));
  const notGiven = (await Promise.all(drawnFor.map((offeringId) => ungiven(allotment, offeringId, wish.pupilId)))).flat();
  if (drawnFor.length > notGiven.length) return countLuck(table, wish, window, { outcome: 'won', standing: [], notGiven });
  const standing = await Promise.all(
    wish.offeringIds.map(async (offeringId) => {
      const courseName = cards.get(offeringId)?.courseName;
      if (!courseName || !lines[offeringId]?.includes(entrant)) return [];
      const place = (await allotment.queueOf(offeringId)).indexOf(wish.pupilId) + 1;
      return place > 0 ? [{ courseName, place }] : [];
    }),
  );
  return countLuck(table, wish, window, { outcome: 'lost', standing: standing.flat(), notGiven });
}

/** The class that it was drawn for, where no place came of it. What was given before the class began, or came by another way, is a place. */
async function ungiven(allotment: Allotment, offeringId: string, pupilId: Id<'pupil'>): Promise<Ungiven[]> {
  const { table, window, cards } = allotment;
  const card = cards.get(offeringId);
  if (!card) throw new Error(`${offeringId} has no card`);
  const why = whyNotGiven(allotment, card);
  if (!why) return [];
  for (let number = 1; number <= TRIES_MAX; number++) {
    const there = await getEnrolment(table, pupilId, wonId(window, offeringId, pupilId, number));
    if (!there) break;
    if (there.status !== 'lost') return [];
  }
  const attempt = await table.get(keys.attempt(pupilId, offeringId), Attempt);
  return attempt?.live ? [] : [{ offeringId: card.offeringId, courseName: card.courseName, why }];
}

/** Why a place that was drawn is not given any more. */
function whyNotGiven({ seats, now }: Allotment, { offeringId, firstSessionDate }: Card): NotGiven | undefined {
  if (seats.get(offeringId)?.status !== 'open') return 'called-off';
  const begins = waitingUntil(firstSessionDate);
  // Begun: a place is worth less than its fee, and there is no time to pay for it.
  return begins && ms(begins) <= ms(now) ? 'begun' : undefined;
}
