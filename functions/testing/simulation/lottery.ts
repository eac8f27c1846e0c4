/**
 * A simulated term in which places are drawn: what the seed draws of its terms, what families were told of their wishes, and what must
 * hold of the draw when everything has come to rest.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { OutputOf } from '@kehou/shared/kernel/route';
import { addMinutes, type Instant } from '@kehou/shared/kernel/time';
import type { DrawResult } from '@kehou/shared/selection/draw';
import { checkDrawFile, DrawFile, entryOf, linesOf } from '@kehou/shared/selection/draw-file';
import { type Lottery, VALUE_GAP_MINUTES_MIN } from '@kehou/shared/selection/lottery';
import type { selectionRoutes } from '@kehou/shared/selection/routes';
import { keys } from '../../src/platform/keys.ts';
import type { MemoryObjects } from '../../src/platform/memory-objects.ts';
import type { MemoryTable } from '../../src/platform/memory-table.ts';
import { Luck, StoredChoices, StoredDraw } from '../../src/selection/draw.repository.ts';
import { StoredEnrolment } from '../../src/selection/enrolment.repository.ts';
import type { Scheduler } from './scheduler.ts';

export type Receipt = OutputOf<typeof selectionRoutes.submitChoices>['receipt'];

const PAY_HOURS_MAX = 3;

/** Half with a value that somebody has to put on record, half with the platform's secret; half go on with who comes first. */
export function drawLottery(scheduler: Scheduler, closesAt: Instant): Lottery {
  const payHours = scheduler.between(1, PAY_HOURS_MAX);
  const bornAt = addMinutes(closesAt, scheduler.between(VALUE_GAP_MINUTES_MIN, 60));
  const seedSource = scheduler.chance(0.5)
    ? { kind: 'public' as const, name: '双色球当晚开奖号码，从小到大', bornAt }
    : { kind: 'secret' as const };
  const paidBy = addMinutes(seedSource.kind === 'public' ? bornAt : closesAt, payHours * 60);
  const opensAt = addMinutes(paidBy, scheduler.between(0, 30));
  return {
    rounds: scheduler.between(1, 3),
    payHours,
    seedSource,
    ...(scheduler.chance(0.5) ? { firstCome: { opensAt, closesAt: addMinutes(opensAt, 60) } } : {}),
  };
}

/** A secret that the seed draws: the platform's own would make each run another. */
export function drawSecret(scheduler: Scheduler): string {
  return Array.from({ length: 64 }, () => scheduler.below(16).toString(16)).join('');
}

interface Drawn {
  readonly memory: MemoryTable;
  readonly objects: MemoryObjects;
  /** What families were answered for their wishes, by child. */
  readonly receipts: ReadonlyMap<string, readonly Receipt[]>;
  readonly windowId: string;
}

/** Sentences; empty when all holds. */
export function brokenDraw({ memory, objects, receipts, windowId }: Drawn): string[] {
  const rows = memory.items().map((item) => unmarshall(item as Record<string, AttributeValue>));
  const draw = StoredDraw.safeParse(rows.find(({ PK, SK }) => PK === `DRAW#${windowId}` && SK === 'DRAW')).data;
  if (draw?.stage !== 'allotted') return [`the draw is left ${draw?.stage ?? 'unmade'}`];
  const file = DrawFile.parse(JSON.parse(objects.files.get(`draws/${windowId}/${draw.commitment}-drawn.json`) ?? '{}'));
  const { problems, result } = checkDrawFile(file);
  if (!result || file.seed !== draw.seed) return [...problems, 'the file is not that of the draw on record'];
  const sent = rows.filter(({ SK }) => String(SK).startsWith('CHOICE#')).map((row) => StoredChoices.parse(row));
  const wishes = sent.filter(({ offeringIds }) => offeringIds.length > 0);
  const enrolments = rows.filter(({ SK }) => String(SK).startsWith('ENROLMENT#')).map((row) => StoredEnrolment.parse(row));
  return [
    ...problems,
    ...receiptsHold(file, sent, receipts),
    ...nobodyBefore(draw, enrolments),
    ...winnersWereServed(result, wishes, enrolments),
    ...losersWereTold(file, result, wishes, memory),
  ];
}

/** Whoever was told that their wishes had come in finds them in the list, or what they wished later; who was told that they are withdrawn, nothing. */
function* receiptsHold(
  file: DrawFile,
  sent: readonly StoredChoices[],
  receipts: ReadonlyMap<string, readonly Receipt[]>,
): Generator<string> {
  const listed = new Map(file.entries.map(entryOf).map((entry) => [entry.entrant, entry]));
  for (const { pupilId, offeringIds, receipt } of sent) {
    const told = receipts.get(pupilId) ?? [];
    const last = told.toSorted((one, other) => (one.at < other.at ? 1 : -1))[0];
    if (last && last.at > receipt.at) yield `${pupilId} was told of wishes at ${last.at}, and has those of ${receipt.at}`;
    if (last?.at === receipt.at && JSON.stringify(last) !== JSON.stringify(receipt)) yield `${pupilId} has two receipts of one instant`;
    if (JSON.stringify(listed.get(receipt.entrant)?.choices ?? []) !== JSON.stringify(offeringIds))
      yield `${pupilId} is not listed with its wishes`;
  }
  const wishing = new Set<string>(sent.map(({ pupilId }) => pupilId));
  for (const pupilId of receipts.keys()) if (!wishing.has(pupilId)) yield `${pupilId} has a receipt and no wishes`;
  const many = sent.filter(({ offeringIds }) => offeringIds.length > 0).length;
  if (listed.size !== many) yield `${listed.size} are listed of ${many} who wished and did not withdraw`;
}

function* nobodyBefore({ drawnAt }: StoredDraw, enrolments: readonly StoredEnrolment[]): Generator<string> {
  // What the school keeps for a purpose is in no draw; nor is such a place that was paid late and taken again, whose record does not say it.
  const placeOf = ({ pupilId, offeringId }: StoredEnrolment) => `${pupilId} ${offeringId}`;
  const kept = new Set(enrolments.filter(({ reservedFor }) => reservedFor).map(placeOf));
  for (const enrolment of enrolments) {
    const { enrolmentId, takenAt, status } = enrolment;
    if (status !== 'lost' && !kept.has(placeOf(enrolment)) && takenAt < (drawnAt ?? '~'))
      yield `${enrolmentId} was taken at ${takenAt}, before the draw`;
  }
}

/** Each winner held the place once, whatever became of it; nobody holds a drawn place who did not win it. */
function* winnersWereServed(
  { winners }: DrawResult,
  wishes: readonly StoredChoices[],
  enrolments: readonly StoredEnrolment[],
): Generator<string> {
  const pupils = new Map(wishes.map(({ receipt, pupilId }) => [receipt.entrant, pupilId as string]));
  const won = new Set(
    Object.entries(winners).flatMap(([offeringId, entrants]) => entrants.map((entrant) => `${pupils.get(entrant)} ${offeringId}`)),
  );
  const served = new Map<string, number>();
  for (const { drawn, status, pupilId, offeringId } of enrolments) {
    const place = `${pupilId} ${offeringId}`;
    if (drawn && status !== 'lost') served.set(place, (served.get(place) ?? 0) + 1);
  }
  // Who had a place of that class by another way by then leaves the one that was drawn to the next.
  const otherwise = new Set(
    enrolments.filter(({ reservedFor }) => reservedFor).map(({ pupilId, offeringId }) => `${pupilId} ${offeringId}`),
  );
  for (const place of won)
    if (served.get(place) !== 1 && !(otherwise.has(place) && !served.has(place)))
      yield `${place} was won, and given ${served.get(place) ?? 0} times`;
  for (const place of served.keys()) if (!won.has(place)) yield `${place} was given as drawn, and not won`;
}

/** Every child's outcome is what follows from the file, and was counted into its luck once; who stood in line was put there. */
function* losersWereTold(file: DrawFile, result: DrawResult, wishes: readonly StoredChoices[], memory: MemoryTable): Generator<string> {
  const winning = new Set(Object.values(result.winners).flat());
  const lines = linesOf(file.classes, result);
  for (const { pupilId, receipt, outcome } of wishes) {
    const expected = winning.has(receipt.entrant) ? 'won' : 'lost';
    if (outcome !== expected) yield `${pupilId} ${expected}, and was told ${outcome ?? 'nothing'}`;
    const item = memory.find(keys.luck(pupilId));
    const luck = item && Luck.parse(unmarshall(item as Record<string, AttributeValue>));
    if (luck?.revision !== 1 || luck.lostTerms.length !== (expected === 'lost' ? 1 : 0))
      yield `${pupilId}: its luck is ${JSON.stringify(luck)}`;
    for (const [offeringId, line] of Object.entries(lines)) {
      if (line.includes(receipt.entrant) && !memory.find(keys.wait(pupilId, offeringId)) && !memory.find(keys.attempt(pupilId, offeringId)))
        yield `${pupilId} was never in the line of ${offeringId}`;
    }
  }
}
