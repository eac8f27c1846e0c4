/**
 * A draw as a server publishes it, for the pages: a real one, drawn by the published function over a list of made-up wishes, with
 * its real root, proofs and seed. What a page checks of it holds, and what is changed of it does not.
 */
import { merkleProof } from '@kehou/shared/kernel/merkle';
import { Offering } from '@kehou/shared/offering/offering';
import { offeringRoutes } from '@kehou/shared/offering/routes';
import { defaultSettings } from '@kehou/shared/school/settings';
import { canonicalEntry, canonicalList, type DrawClass, type DrawEntry, draw, seedOf } from '@kehou/shared/selection/draw';
import { DrawFile, sealedFile } from '@kehou/shared/selection/draw-file';
import { Enrolment } from '@kehou/shared/selection/enrolment';
import type { Receipt } from '@kehou/shared/selection/lottery';
import type { Answer } from './sample-server.ts';
import { sampleId, sampleOf } from './samples.ts';

export const lotteryNow = '2026-12-02T08:00:00.000Z';
const closesAt = '2026-12-01T12:00:00.000Z';
const bornAt = '2026-12-01T13:30:00.000Z';
const valueName = '双色球 2026-12-01 开奖号码，从小到大，逗号分隔';
const publicValue = '03,07,12,19,25,31+08';
const courses = ['陶艺', '机器人', '合唱', '围棋', '足球'] as const;

export const offeringIds = courses.map((_, index) => sampleId('offering', index + 1));
const nameOf = (offeringId: string) => courses[offeringIds.indexOf(offeringId)] ?? '';
const child = (index: number) => (index + 1).toString(16).padStart(16, '0');

const classes = courses.map((courseName, index) => ({
  offeringId: offeringIds[index] as string,
  courseName,
  places: [2, 3, 6, 8, 10][index] as number,
  grades: [1, 2, 3, 4, 5, 6],
  slots: [{ weekday: (index % 3) + 1, period: 1 }],
})) as DrawClass[];

/** Sixty children; the second wishes for what everybody wishes for. */
const entries: readonly DrawEntry[] = Array.from({ length: 60 }, (_, index) => ({
  entrant: child(index),
  group: child(index),
  grade: (index % 6) + 1,
  tickets: index === 1 ? 2 : 1,
  busy: [],
  choices: [0, 1, 2, 3, 4].map((rank) => offeringIds[(rank + (index % 2 === 0 ? 0 : 1) * (index % 4 === 3 ? 1 : 0)) % 5] as string),
}));

const rounds = 2;
const seedSource = { kind: 'public', name: valueName, bornAt };
const fixedAt = '2026-12-01T12:01:00.000Z';
const { root, commitment } = sealedFile(
  DrawFile.omit({ root: true, commitment: true }).parse({
    format: 'kehou-draw-2',
    windowId: sampleId('window'),
    schoolName: '滨江实验小学',
    windowName: '2026 冬季选课',
    entries: canonicalList(entries),
    classes,
    rounds,
    seedSource,
    publicKey: 'sample',
    fixedAt,
  }),
);
const seed = seedOf(commitment, publicValue);
const result = draw({ entries: [...entries], classes, rounds, seed });

const windowOf = (over: object) => ({
  windowId: sampleId('window'),
  schoolId: sampleId('organisation'),
  schoolName: '滨江实验小学',
  termId: sampleId('term'),
  name: '2026 冬季选课',
  opensAt: '2026-11-28T00:00:00.000Z',
  closesAt,
  status: 'closed',
  version: 1,
  lottery: { rounds, payHours: 24, seedSource },
  ...over,
});
export const drawnWindow = windowOf({});
/** The same while parents still rank. */
export const wishingWindow = windowOf({ closesAt: '2026-12-05T12:00:00.000Z', status: 'open' });

/** As the school has it: with its classes. */
export const schoolWindow = { ...drawnWindow, offeringIds };

const published = (stage: 'fixed' | 'drawn' | 'allotted') => ({
  windowId: sampleId('window'),
  stage,
  fixedAt,
  entries: entries.length,
  root,
  commitment,
  rounds,
  seedSource,
  ...(stage === 'fixed' ? {} : { publicValue, seed, drawnAt: '2026-12-01T13:40:00.000Z', payBefore: '2026-12-02T13:40:00.000Z' }),
});
export const fixedDraw = published('fixed');

const part = (index: number, stage: 'fixed' | 'allotted') => {
  const entry = entries[index] as DrawEntry;
  const list = canonicalList(entries);
  const line = list.indexOf(canonicalEntry(entry));
  const named = (offeringId: string) => ({ offeringId, courseName: nameOf(offeringId) });
  return {
    draw: published(stage),
    entry: { canonical: canonicalEntry(entry), index: line, proof: merkleProof(list, line), tickets: entry.tickets, together: false },
    ...(stage === 'fixed' ? {} : { place: result.order.indexOf(entry.entrant) + 1 }),
    steps:
      stage === 'fixed'
        ? []
        : result.turns
            .filter(({ entrant }) => entrant === entry.entrant)
            .map(({ round, turn, passed, got }) => ({
              round,
              turn,
              passed: passed.map(({ offeringId, why }) => ({ ...named(offeringId), why })),
              ...(got === undefined ? {} : { got: named(got) }),
            })),
  };
};

/** Somebody who won after passing over what was full, and somebody who won nothing. */
const turnsOf = (entrant: string) => result.turns.filter((turn) => turn.entrant === entrant);
const winner = entries.findIndex(({ entrant, grade }) => {
  const [first] = turnsOf(entrant);
  return grade === 3 && first?.got !== undefined && first.passed.length > 0;
});
const loser = entries.findIndex(({ entrant }) => turnsOf(entrant).every(({ got }) => got === undefined));

export const winnersPart = part(winner, 'allotted');
export const losersPart = part(loser, 'allotted');
export const fixedPart = part(winner, 'fixed');

export function receiptOf(given: typeof winnersPart): Receipt {
  const [entrant, group, , , , choices] = JSON.parse(given.entry.canonical) as [string, string, number, number, string[], string[]];
  return {
    windowId: sampleId('window'),
    entrant,
    offeringIds: choices,
    together: group === entrant ? [] : ['0'.repeat(32)],
    at: '2026-11-30T02:12:00.000Z',
    terms: { rounds, seedSource },
    signature: 'q8mS0JkX3v'.repeat(8).slice(0, 86),
  } as Receipt;
}

/** The classes of the window, for a child of grade 3. */
export const classCards = classes.map(({ offeringId, courseName, slots, places }, index) => ({
  offeringId,
  courseName,
  courseKind: 'arts',
  instructorName: ['陈思源', '王小明', '李静', '周涛', '吴敏'][index],
  roomName: '科学楼 302',
  slots,
  grades: index === 4 ? [1, 2] : [1, 2, 3, 4, 5, 6],
  capacity: places,
  smallestSize: 2,
  feePerSessionFen: 3000,
  feeFen: 48_000,
  sessionCount: 16,
  status: 'published',
  taken: 0,
  seatsLeft: places,
}));

/** What the server says in this window. `part`: 404 until there is one. */
export function lotteryAnswers(
  stage: 'wishing' | 'fixed' | 'won' | 'lost',
  over: Readonly<Record<string, Answer>> = {},
): Record<string, Answer> {
  const window = stage === 'wishing' ? wishingWindow : drawnWindow;
  const part = stage === 'fixed' ? fixedPart : stage === 'won' ? winnersPart : stage === 'lost' ? losersPart : undefined;
  const notFound = { status: 404, body: { code: 'request.not_found', message: '', requestId: 'sample' } };
  const ok = (body: unknown) => () => ({ body });
  const receipt = part && receiptOf(part);
  const choices = receipt && { ...wish(receipt.offeringIds), at: receipt.at };
  const won = part?.steps.flatMap(({ got }) => (got ? [got] : [])) ?? [];
  return {
    'GET /api/windows/{windowId}': ok({ window, children: [] }),
    'GET /api/pupils/{pupilId}/windows/{windowId}/classes': ok({
      window,
      classes: classCards,
      busy: [{ weekday: 2, period: 1, offeringId: sampleId('offering', 9), courseName: '书法', status: 'confirmed' }],
      seatsAsOf: lotteryNow,
      periods: defaultSettings.periods,
    }),
    'GET /api/pupils/{pupilId}/windows/{windowId}/choices': ok(choices ? { choices, receipt } : {}),
    'GET /api/pupils/{pupilId}/windows/{windowId}/draw': () => (part ? { body: part } : notFound),
    'GET /api/windows/{windowId}/draw': () => (part ? { body: { draw: part.draw, fileUrl: 'https://kehou.example/draw.json' } } : notFound),
    'GET /api/pupils/{pupilId}/enrolments': ok({ items: won.map(({ offeringId }, index) => enrolment(offeringId, index)) }),
    'GET /api/pupils/{pupilId}/waits': ok({
      items: stage === 'won' || stage === 'lost' ? [waiting(offeringIds[0] as string, stage === 'won' ? 3 : 0)] : [],
    }),
    'GET /api/offerings/{offeringId}': ({ path }) => {
      const offering = sampleOf(offeringRoutes.getOffering.output, 0);
      const courseName = nameOf(path.split('/').at(-1) as string);
      return { body: { ...offering, offering: { ...offering.offering, courseName } } };
    },
    ...over,
  };
}

const wish = (ids: readonly string[]) => ({ pupilId: sampleId('pupil'), windowId: sampleId('window'), offeringIds: ids, together: [] });

const enrolment = (offeringId: string, index: number) => ({
  ...sampleOf(Enrolment, 0),
  enrolmentId: sampleId('enrolment', index),
  offeringId,
  windowId: sampleId('window'),
  courseName: nameOf(offeringId),
  status: index === 0 ? 'held' : 'confirmed',
  drawn: true,
  holdUntil: '2026-12-02T13:40:00.000Z',
});

const waiting = (offeringId: string, ahead: number) => ({
  waitId: sampleId('wait'),
  pupilId: sampleId('pupil'),
  offeringId,
  windowId: sampleId('window'),
  schoolId: sampleId('organisation'),
  courseName: nameOf(offeringId),
  status: 'waiting',
  joinedAt: '2026-12-01T13:45:00.000Z',
  offers: 0,
  ahead,
});

/** A class of the school that waits for a window. */
export const freeClass = {
  ...sampleOf(Offering, 0),
  offeringId: offeringIds[0],
  courseName: courses[0],
  status: 'draft',
  windowId: undefined,
};
