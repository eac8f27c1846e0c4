import { fen } from '../kernel/fen.ts';
import { MessageKind } from './routes.ts';
import { subscriptionTemplates } from './templates.ts';
import * as words from './words.ts';

const at = '2026-12-02T08:30:00.000Z' as never;
const window = { windowId: 'win_1', schoolName: '东湖一小', name: '春季选课', opensAt: at, closesAt: at };
const facts = {
  pupilId: 'pup_1',
  enrolmentId: 'enr_1',
  refundId: 'rfd_1',
  pupilName: '小明',
  courseName: '机器人',
  amountFen: 123450,
  date: '2026-12-02' as never,
  instructorName: '王老师',
};
const session = { courseName: '机器人', startsAt: at };
const moved = { startsAt: at, endsAt: '2026-12-02T09:20:00.000Z' as never };
const offering = { courseName: '机器人', roomName: '301', instructorName: '王老师' };
const statement = { month: '2026-11', totalFen: 50000, schoolName: '东湖一小' };

const all: words.Told[] = [
  words.windowPublished(window),
  words.windowChanged(window),
  words.windowWithdrawn(window),
  words.remainderMoved(window),
  words.remainderDropped(window),
  words.remainderNeedsDesk(window),
  words.seatConfirmed(facts),
  words.holdLapsed(facts),
  words.seatOffered({ ...facts, until: at, clashes: true }),
  words.placeReserved({ ...facts, purpose: '校队队员', until: at, clashes: true }),
  words.placeMerged({ ...facts, from: '口琴', backFen: fen(0) }),
  words.placeMerged({ ...facts, from: '口琴', backFen: fen(3600) }),
  words.reservedLapsed({ ...facts, purpose: '校队队员' }),
  words.offerLapsed(facts),
  words.waitingEnded(facts),
  words.placeDrawn({ ...facts, until: at, clashes: true }),
  words.placeDrawn({ ...facts, until: at, clashes: false }),
  ...[true, false].flatMap((luckier) => [
    words.notDrawn({ ...facts, standing: [{ courseName: '机器人', place: 3 }], luckier }),
    words.notDrawn({ ...facts, standing: [], luckier }),
    words.drawnNotGiven({ ...facts, standing: [], luckier, notGiven: [{ courseName: '机器人', why: 'begun' }], elsewhere: false }),
    words.drawnNotGiven({
      ...facts,
      standing: [{ courseName: '陶艺', place: 3 }],
      luckier,
      notGiven: [
        { courseName: '机器人', why: 'begun' },
        { courseName: '口琴', why: 'called-off' },
      ],
      elsewhere: false,
    }),
  ]),
  words.drawnNotGiven({ ...facts, standing: [], luckier: false, notGiven: [{ courseName: '机器人', why: 'called-off' }], elsewhere: true }),
  words.drawnLapsed(facts),
  words.publicValueWanted({ windowId: 'win_1', name: '春季选课', valueName: '双色球 12 月 1 日开奖号码' }),
  words.classCancelled({ ...facts, reason: 'under-size' }),
  words.classCancelled({ ...facts, reason: 'school' }),
  ...(['under-size', 'school'] as const).flatMap((reason) =>
    [undefined, '口琴'].map((from) => words.classCancelledUnpaid({ ...facts, reason, from })),
  ),
  words.sessionCancelled(session, 'parent'),
  words.sessionCancelled({ ...session, cancelReason: '校运会' }, 'teacher'),
  words.classChanged(offering, 'parent'),
  words.classChanged(offering, 'teacher'),
  words.sessionsMoved({ courseName: '机器人', hours: { count: 9, first: [moved, moved] }, days: { count: 0, first: [] } }, 'parent'),
  words.sessionsMoved({ courseName: '机器人', hours: { count: 1, first: [moved] }, days: { count: 1, first: [moved] } }, 'teacher'),
  words.classNotRun(offering),
  ...words.refundNews.map((status) => words.refundProgress(facts, status)),
  words.absent(facts),
  words.absenceCorrected(facts),
  words.commented(facts),
  words.childLinked({ pupilId: 'pup_1', name: '小明', schoolName: '东湖一小' }),
  words.guardianJoined({ pupilId: 'pup_1', name: '小明' }, '奶奶'),
  ...(['school', 'self'] as const).flatMap((by) => [
    words.childUnlinked({ pupilId: 'pup_1', name: '小明', schoolName: '东湖一小' }, by),
    words.guardianLeft({ pupilId: 'pup_1', name: '小明', schoolName: '东湖一小' }, '奶奶', by),
  ]),
  words.pupilLeft({ pupilId: 'pup_1', name: '小明', schoolName: '东湖一小' }),
  words.pupilRestored({ pupilId: 'pup_1', name: '小明', schoolName: '东湖一小' }),
  words.linkRefused({ ...facts, schoolId: 'org_1' }),
  words.linkRequested({ requesterName: '奶奶', pupilName: '小明' }, 'parent'),
  words.linkRequested({ requesterName: '奶奶', pupilName: '小明' }, 'school'),
  words.exceptionAsked(facts),
  words.exceptionDecided({ ...facts, status: 'approved' }),
  words.exceptionDecided({ ...facts, status: 'refused' }),
  words.exceptionDecided({ ...facts, status: 'refused', note: 'No lesson was seen' }),
  ...words.statementNews.map((status) => words.statementMoved(statement, status)),
  ...(['school', 'operator', 'bureau'] as const).flatMap((role) => [
    words.refundToApprove(facts, role),
    words.refundToApprove(facts, role, { again: true }),
    words.payoutToApprove(statement, role),
    words.payoutToApprove(statement, role, { again: true }),
    words.payoutStuck(statement, 'counting', role),
    words.payoutStuck(statement, 'paying', role),
  ]),
  words.refundNeedsAttention(facts),
  ...([undefined, 'waiting-list', 'reserve', 'draw'] as const).map((from) => words.holdGivenUp({ ...facts, from })),
  words.paymentParked({ takenFen: 1, askedFen: 24_000 }, 'operator'),
  words.paymentParked({ takenFen: 1, askedFen: 24_000 }, 'bureau'),
  words.payoutRefused({ ...statement, refusedNote: 'A class is missing' }, 'operator', 'school'),
  words.payoutRefused(statement, 'bureau', 'operator'),
  ...(['open-break', 'fund-short', 'bank-short'] as const).flatMap((reason) => [
    words.payoutBlocked(statement, reason, 'school'),
    words.payoutBlocked(statement, reason, 'operator'),
    words.payoutBlocked(statement, reason, 'bureau'),
  ]),
];

test('every kind of message has words, in both languages, for people: no raw id, no ISO time, no gap', () => {
  expect(new Set(all.map(({ kind }) => kind))).toEqual(new Set(MessageKind.options));
  for (const { zh, en } of all) {
    for (const text of [zh.title, zh.body, en.title, en.body]) {
      expect(text).toMatch(/\S/);
      expect(text).not.toMatch(/undefined|null|NaN|\d{4}-\d\d-\d\dT|pup_|win_|!|！/);
    }
    expect(zh.title + zh.body).toMatch(/[\u4e00-\u9fff]/);
    expect(en.body).not.toMatch(/[。，；]/);
  }
});

test('dates and money read as people say them', () => {
  expect(words.windowPublished(window).zh.body).toContain('周三 12月2日 16:30');
  expect(words.windowPublished(window).zh.body).not.toContain('抽签');
  expect(words.windowPublished({ ...window, lottery: {} }).zh.body).toMatch(/截止后抽签，早填晚填一样。现在/);
  expect(words.windowPublished({ ...window, lottery: { firstCome: {} } }).en.body).toContain('what is left goes to who comes first');
  expect(words.windowPublished(window).en.body).toContain('Wed 2 Dec 16:30');
  expect(words.refundProgress(facts, 'succeeded').zh.body).toContain('¥1,234.50');
  expect(words.placeMerged({ ...facts, from: '口琴', backFen: fen(3600) }).zh.body).toContain('差额¥36.00原路退回');
  expect(words.placeMerged({ ...facts, from: '口琴', backFen: fen(0) }).zh.body).not.toContain('¥');
  expect(words.refundProgress({ ...facts, reason: '已开课过半' }, 'refused').zh.body).toContain('原因：已开课过半');
});

test('a page is a screen of the mini-program, with what it needs to know', () => {
  for (const { page } of all)
    expect(page).toMatch(/^(entry|parent|teacher|school|operator|bureau)\/[a-z-]+(\?[a-zA-Z]+=[^&]+(&[a-zA-Z]+=[^&]+)*)?$/);
});

test('what is pushed is a kind of message', () => {
  for (const kind of Object.keys(subscriptionTemplates)) expect(MessageKind.options).toContain(kind);
});
