/** What messages say, in plain words, in both languages; one place. Pages are named as the mini-program's routes name them. */
import { type Fen, formatFen } from '../kernel/fen.ts';
import { type ChinaDate, chinaDate, type Instant, timeOfDay, weekdayOf } from '../kernel/time.ts';
import type { MessageKind } from './routes.ts';

export interface Words {
  readonly title: string;
  readonly body: string;
}
export interface Told {
  readonly kind: MessageKind;
  readonly page?: string;
  readonly zh: Words;
  readonly en: Words;
}

const weekdays = {
  zh: ['周一', '周二', '周三', '周四', '周五', '周六', '周日'],
  en: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'],
} as const;
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `周三 12月2日`, `Wed 2 Dec`. */
function day(date: ChinaDate, language: 'zh' | 'en'): string {
  const [, month = 1, dayOfMonth = 1] = date.split('-').map(Number);
  const weekday = weekdays[language][weekdayOf(date) - 1];
  return language === 'zh' ? `${weekday} ${month}月${dayOfMonth}日` : `${weekday} ${dayOfMonth} ${months[month - 1]}`;
}
function moment(at: Instant, language: 'zh' | 'en'): string {
  return `${day(chinaDate(at), language)} ${timeOfDay(at)}`;
}
function told(kind: MessageKind, page: string, zh: readonly [string, string], en: readonly [string, string]): Told {
  return { kind, page, zh: { title: zh[0], body: zh[1] }, en: { title: en[0], body: en[1] } };
}
const query = (fields: Readonly<Record<string, string>>) =>
  Object.entries(fields)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&');

// --- to parents -----------------------------------------------------------------------------------------------------

interface WindowFacts {
  readonly windowId: string;
  readonly schoolName: string;
  readonly name: string;
  readonly opensAt: Instant;
  readonly closesAt: Instant;
  readonly gradeOpenings?: readonly { readonly grades: readonly number[]; readonly opensAt: Instant }[] | undefined;
  readonly lottery?: { readonly firstCome?: object | undefined } | undefined;
}
const windowPage = ({ windowId }: WindowFacts) => `entry/share?${query({ windowId })}`;
const hours = (window: WindowFacts, language: 'zh' | 'en') =>
  language === 'zh'
    ? `${moment(window.opensAt, 'zh')} 开放${byGrade(window, 'zh')}，${moment(window.closesAt, 'zh')} 截止。`
    : `Opens ${moment(window.opensAt, 'en')}${byGrade(window, 'en')}, closes ${moment(window.closesAt, 'en')}.`;
const byGrade = ({ gradeOpenings = [] }: WindowFacts, language: 'zh' | 'en') =>
  gradeOpenings
    .map(({ grades, opensAt }) =>
      language === 'zh'
        ? `，${grades.join('、')} 年级 ${moment(opensAt, 'zh')} 开放`
        : `, grades ${grades.join(', ')} ${moment(opensAt, 'en')}`,
    )
    .join('');

export function windowPublished(window: WindowFacts): Told {
  return told(
    'window-published',
    windowPage(window),
    [`${window.schoolName}：${window.name}`, `${hours(window, 'zh')}${byLot(window, 'zh')}现在可以先看课程。`],
    [`${window.schoolName}: ${window.name}`, `${hours(window, 'en')}${byLot(window, 'en')} You can look at the classes now.`],
  );
}
/** How places are given, where it is not to who comes first. */
function byLot({ lottery }: WindowFacts, language: 'zh' | 'en'): string {
  if (!lottery) return '';
  if (language === 'zh') return `期间填志愿，截止后抽签，早填晚填一样${lottery.firstCome ? '；抽完剩下的名额再先到先得' : ''}。`;
  const then = lottery.firstCome ? '; what is left goes to who comes first' : '';
  return ` Rank your wishes in these hours; places are drawn after the close, so being early gains nothing${then}.`;
}
export function windowChanged(window: WindowFacts): Told {
  return told(
    'window-changed',
    windowPage(window),
    ['选课时间有变', `${window.name}：${hours(window, 'zh')}`],
    ['The hours of selection have changed', `${window.name}: ${hours(window, 'en')}`],
  );
}
/** The hours of what a late draw left; `opensAt` and `closesAt` are those. */
export function remainderMoved(window: WindowFacts): Told {
  const { opensAt, closesAt } = window;
  return told(
    'window-changed',
    windowPage(window),
    [
      '剩余名额的选课时间有变',
      `${window.name}：抽签晚了，剩余名额先到先得改为 ${moment(opensAt, 'zh')} 开放，${moment(closesAt, 'zh')} 截止。`,
    ],
    [
      'The hours for the places that are left have changed',
      `${window.name}: the draw came late. What is left, first come first served, opens ${moment(opensAt, 'en')} and closes ${moment(closesAt, 'en')}.`,
    ],
  );
}
export function remainderDropped(window: Pick<WindowFacts, 'windowId' | 'schoolName' | 'name' | 'opensAt' | 'closesAt'>): Told {
  return told(
    'window-changed',
    windowPage(window),
    ['剩余名额不再开放选课', `${window.name}：抽签晚了，开课前已没有时间，剩余名额不再先到先得。`],
    [
      'The places that are left will not be opened',
      `${window.name}: the draw came late and no time is left before classes begin, so there are no first-come hours.`,
    ],
  );
}
export function windowWithdrawn(window: WindowFacts): Told {
  return told(
    'window-changed',
    windowPage(window),
    ['选课已取消', `${window.schoolName}取消了“${window.name}”。如有新的安排会再通知。`],
    ['Selection was called off', `${window.schoolName} withdrew "${window.name}". You will be told of a new one.`],
  );
}

interface ClassFacts {
  readonly pupilId: string;
  readonly pupilName: string;
  readonly courseName: string;
}
const childPage = ({ pupilId }: { pupilId: string }) => `parent/home?${query({ pupilId })}`;

export function seatConfirmed(facts: ClassFacts): Told {
  return told(
    'seat-confirmed',
    childPage(facts),
    ['报名成功', `${facts.pupilName}已报上《${facts.courseName}》。`],
    ['The place is yours', `${facts.pupilName} is in "${facts.courseName}".`],
  );
}
export function placeMoved(facts: ClassFacts & { readonly from: string }): Told {
  return told(
    'seat-confirmed',
    childPage(facts),
    ['换班成功', `${facts.pupilName}已从《${facts.from}》换到《${facts.courseName}》。`],
    ['Moved', `${facts.pupilName} has moved from "${facts.from}" to "${facts.courseName}".`],
  );
}
/** The school made one class of two: the family did not ask, and may cancel. `backFen`: what the new class is cheaper by, a pack it has not. */
export function placeMerged(facts: ClassFacts & { readonly from: string; readonly backFen: Fen }): Told {
  const back = facts.backFen > 0 ? formatFen(facts.backFen) : undefined;
  return told(
    'seat-confirmed',
    childPage(facts),
    [
      '两个班并成一个班',
      `《${facts.from}》人数不足，学校并入了时间和收费相同的《${facts.courseName}》，${facts.pupilName}已在新班里。${back ? `差额${back}原路退回。` : ''}不合适可以在订单里退课，第一次课前全额退。`,
    ],
    [
      'Two classes became one',
      `"${facts.from}" had too few; the school merged it with "${facts.courseName}", at the same hours and fee, and ${facts.pupilName} is in it.${back ? ` The difference of ${back} goes back the way it was paid.` : ''} You may cancel from the order: in full before the first session.`,
    ],
  );
}
export function moveLapsed(facts: ClassFacts & { readonly from: string }): Told {
  return told(
    'hold-lapsed',
    childPage(facts),
    ['没有换班', `换到《${facts.courseName}》的差价没有付清，${facts.pupilName}原来的《${facts.from}》没有变。`],
    ['Not moved', `The difference for "${facts.courseName}" was not paid. ${facts.pupilName} is in "${facts.from}" as before.`],
  );
}
export function holdLapsed(facts: ClassFacts): Told {
  return told(
    'hold-lapsed',
    childPage(facts),
    ['名额已释放', `《${facts.courseName}》没有在规定时间内付款，为${facts.pupilName}保留的名额已释放。还有名额时可以重新报。`],
    [
      'The place was released',
      `"${facts.courseName}" was not paid in time, so the place held for ${facts.pupilName} is free again. Take it anew while there are seats.`,
    ],
  );
}
/** A place won in a draw that was not paid for: it goes down the drawn order, and is not there to be taken. */
export function drawnLapsed(facts: ClassFacts): Told {
  return told(
    'hold-lapsed',
    childPage(facts),
    ['抽中的名额已释放', `《${facts.courseName}》没有在规定时间内付款，${facts.pupilName}抽中的名额已释放，按抽签顺序让给后面的孩子。`],
    [
      'The place that was won is gone',
      `"${facts.courseName}" was not paid in time, so the place that ${facts.pupilName} won goes down the drawn order.`,
    ],
  );
}
/** How a family came by a place, where it did not simply take it: that says where it goes, and whether it can be had again. */
export type PlaceFrom = 'waiting-list' | 'reserve' | 'draw';
const givenUpTo: Readonly<Record<PlaceFrom | 'seats', readonly [string, string]>> = {
  seats: ['已让给别人。还有名额时可以重新报。', 'is free for others. Take it anew while there are seats.'],
  'waiting-list': ['已给候补的下一位。还想上可以重新候补。', 'went to the next in line. You can join the waiting list again.'],
  reserve: ['已退回学校预留的名额。还想上请联系学校。', 'is back with the school. Ask the school if you still want it.'],
  draw: ['按抽签顺序让给后面的孩子。', 'goes down the drawn order.'],
};
/** Given back by the family itself: whoever did it knows, the other guardian hears. */
export function holdGivenUp(facts: ClassFacts & { readonly from: PlaceFrom | undefined }): Told {
  const [zh, en] = givenUpTo[facts.from ?? 'seats'];
  return told(
    'hold-lapsed',
    childPage(facts),
    ['名额已放弃', `家里放弃了为${facts.pupilName}保留的《${facts.courseName}》名额，${zh}`],
    ['The place was given up', `Your family gave up the place held for ${facts.pupilName} in "${facts.courseName}", and it ${en}`],
  );
}
/** A kept place that was not paid for: it is with the school again. */
export function reservedLapsed(facts: ClassFacts & { readonly purpose: string }): Told {
  return told(
    'hold-lapsed',
    childPage(facts),
    [
      '预留的名额已退回学校',
      `《${facts.courseName}》没有在规定时间内付款，给${facts.pupilName}的“${facts.purpose}”名额已退回学校。还想上请联系学校。`,
    ],
    [
      'The kept place is back with the school',
      `"${facts.courseName}" was not paid in time, so the "${facts.purpose}" place given to ${facts.pupilName} is back with the school. Ask the school if you still want it.`,
    ],
  );
}
/** Of a place that waits to be paid for: what stands in its way. */
const clashFirst = ({ clashes }: { readonly clashes: boolean }): Readonly<Record<'zh' | 'en', string>> => ({
  zh: clashes ? '这个时段孩子已有别的课，请先退掉那一门再付款。' : '',
  en: clashes ? ' The child has another class at that hour: cancel it first.' : '',
});

export function seatOffered(facts: ClassFacts & { readonly until: Instant; readonly clashes: boolean }): Told {
  const first = clashFirst(facts);
  return told(
    'seat-offered',
    childPage(facts),
    [
      '候补到名额了',
      `《${facts.courseName}》为${facts.pupilName}留了一个名额，请在 ${moment(facts.until, 'zh')} 前付款，过时会给下一位。${first.zh}`,
    ],
    [
      'A place came free',
      `"${facts.courseName}" keeps a place for ${facts.pupilName}. Pay before ${moment(facts.until, 'en')}, or it goes to the next in line.${first.en}`,
    ],
  );
}
/** A place that the school keeps for a purpose, and has given to this child. */
export function placeReserved(facts: ClassFacts & { readonly purpose: string; readonly until: Instant; readonly clashes: boolean }): Told {
  const first = clashFirst(facts);
  return told(
    'seat-offered',
    childPage(facts),
    [
      '学校给孩子留了名额',
      `学校把《${facts.courseName}》预留的“${facts.purpose}”名额给了${facts.pupilName}，请在 ${moment(facts.until, 'zh')} 前付款。${first.zh}`,
    ],
    [
      'The school keeps a place',
      `A place in "${facts.courseName}" kept for "${facts.purpose}" is ${facts.pupilName}'s. Pay before ${moment(facts.until, 'en')}.${first.en}`,
    ],
  );
}
export function offerLapsed(facts: ClassFacts): Told {
  return told(
    'hold-lapsed',
    childPage(facts),
    ['候补名额已给下一位', `《${facts.courseName}》没有在规定时间内付款，留给${facts.pupilName}的名额已给下一位。还想上可以重新候补。`],
    [
      'The offered place went to the next in line',
      `"${facts.courseName}" was not paid in time, so the place kept for ${facts.pupilName} was passed on. You can join the waiting list again.`,
    ],
  );
}
export function waitingEnded(facts: ClassFacts): Told {
  return told(
    'waiting-ended',
    childPage(facts),
    ['候补结束', `《${facts.courseName}》没有空出名额，${facts.pupilName}的候补已结束。`],
    ['The waiting list has ended', `No place came free in "${facts.courseName}" for ${facts.pupilName}.`],
  );
}
export function placeDrawn(facts: ClassFacts & { readonly until: Instant; readonly clashes: boolean }): Told {
  const first = clashFirst(facts);
  return told(
    'place-drawn',
    childPage(facts),
    [
      '抽中了',
      `${facts.pupilName}抽中了《${facts.courseName}》，请在 ${moment(facts.until, 'zh')} 前付款，过时名额会按抽签顺序给下一位。${first.zh}`,
    ],
    [
      'Drawn: a place is yours',
      `${facts.pupilName} won a place in "${facts.courseName}". Pay before ${moment(facts.until, 'en')}, or it goes down the drawn order.${first.en}`,
    ],
  );
}
/**
 * `place`: how many stand before the child, and itself. `luckier`: should it win nothing in this term's other draws either, it has one
 * ticket more in the next term.
 */
interface NoPlaceFacts {
  readonly pupilId: string;
  readonly pupilName: string;
  readonly standing: readonly { readonly courseName: string; readonly place: number }[];
  readonly luckier: boolean;
}
const luckWords = ({ luckier }: NoPlaceFacts) =>
  luckier
    ? { zh: '这学期一直没有抽中的话，下学期抽签多一张签。', en: ' If nothing is won this term, there is one ticket more in the next.' }
    : { zh: '', en: '' };
const standingWords = ({ standing }: NoPlaceFacts) => ({
  zh: standing.map(({ courseName, place }) => `《${courseName}》第 ${place} 位`).join('，'),
  en: standing.map(({ courseName, place }) => `"${courseName}": place ${place}`).join('; '),
});
export function notDrawn(facts: NoPlaceFacts): Told {
  const next = luckWords(facts);
  const { zh, en } = standingWords(facts);
  return told(
    'not-drawn',
    childPage(facts),
    [
      '这次没有抽中',
      zh ? `${facts.pupilName}没有抽中，已按抽签顺序候补：${zh}。空出名额会通知您。${next.zh}` : `${facts.pupilName}没有抽中。${next.zh}`,
    ],
    [
      'Not drawn this time',
      en
        ? `${facts.pupilName} won no place and waits in the drawn order. ${en}. You will be told when one comes free.${next.en}`
        : `${facts.pupilName} won no place.${next.en}`,
    ],
  );
}
const notGivenWords = {
  begun: { zh: '抽签完成时已经开课', en: 'it had begun by the time the draw was done' },
  'called-off': { zh: '分配名额前这门课停办了', en: 'it was called off before places were given' },
} as const;
/** Drawn for, and no place came of it: a class that had begun before a late draw, or was called off. `elsewhere`: it holds another that it won. */
export function drawnNotGiven(
  facts: NoPlaceFacts & {
    readonly notGiven: readonly { readonly courseName: string; readonly why: keyof typeof notGivenWords }[];
    readonly elsewhere: boolean;
  },
): Told {
  const { pupilName, notGiven, elsewhere } = facts;
  const line = standingWords(facts);
  const next = luckWords(facts);
  const zh = notGiven.map(({ courseName, why }) => `${pupilName}抽中了《${courseName}》，但${notGivenWords[why].zh}，没能给到名额。`);
  const en = notGiven.map(
    ({ courseName, why }) => `${pupilName} was drawn for "${courseName}", but ${notGivenWords[why].en}, so no place could be given.`,
  );
  zh.push('有疑问请联系学校。');
  en.push('Please ask the school if you have questions.');
  if (!elsewhere) {
    zh.push('这次不算抽中。');
    en.push('It does not count as won.');
  }
  if (line.zh) {
    zh.push(`已按抽签顺序候补：${line.zh}。空出名额会通知您。`);
    en.push(`${pupilName} waits in the drawn order. ${line.en}. You will be told when one comes free.`);
  }
  return told(
    'not-drawn',
    childPage(facts),
    ['抽中了，但没有名额', `${zh.join('')}${next.zh}`],
    ['Drawn, but no place could be given', `${en.join(' ')}${next.en}`],
  );
}
export function classCancelled(facts: ClassFacts & { readonly reason: 'under-size' | 'school' }): Told {
  if (facts.reason === 'school') {
    return told(
      'class-cancelled',
      childPage(facts),
      [`《${facts.courseName}》停办`, `学校停办了这门课，以后不再上课。${facts.pupilName}没有上的课的费用会原路退回，无需操作。`],
      [
        `"${facts.courseName}" was called off`,
        `The school called it off and there are no more sessions. What ${facts.pupilName} paid for those not held comes back the way it came; you need not do anything.`,
      ],
    );
  }
  return told(
    'class-cancelled',
    childPage(facts),
    [`《${facts.courseName}》不开班`, `报名人数不足，${facts.pupilName}已交的费用会原路退回，无需操作。`],
    [
      `"${facts.courseName}" will not run`,
      `Too few signed up. What was paid for ${facts.pupilName} comes back the way it came; you need not do anything.`,
    ],
  );
}
/** To who had a place to pay for, and has not paid. `from`: they would have moved to it from there. */
export function classCancelledUnpaid(
  facts: ClassFacts & { readonly reason: 'under-size' | 'school'; readonly from: string | undefined },
): Told {
  const { courseName, pupilName, reason, from } = facts;
  const why =
    reason === 'school'
      ? { title: ['停办', 'was called off'], zh: '学校停办了这门课', en: 'The school called it off' }
      : { title: ['不开班', 'will not run'], zh: '报名人数不足', en: 'Too few signed up' };
  const [zh, en] = from
    ? [
        `${pupilName}没有换过去，原来的《${from}》没有变。差价不用付了，无需操作。`,
        `${pupilName} is in "${from}" as before. There is no difference to pay, and you need not do anything.`,
      ]
    : [
        `为${pupilName}保留的名额还没有付款，不用再付，无需操作。`,
        `The place kept for ${pupilName} was not paid for yet: there is nothing to pay, and you need not do anything.`,
      ];
  return told(
    'class-cancelled',
    childPage(facts),
    [`《${courseName}》${why.title[0]}`, `${why.zh}。${zh}`],
    [`"${courseName}" ${why.title[1]}`, `${why.en}. ${en}`],
  );
}
export function sessionCancelled(
  session: { readonly courseName: string; readonly startsAt: Instant; readonly cancelReason?: string | undefined },
  to: 'parent' | 'teacher',
): Told {
  const reason = session.cancelReason
    ? { zh: `原因：${session.cancelReason}。`, en: ` Reason: ${session.cancelReason}.` }
    : { zh: '', en: '' };
  return told(
    'session-cancelled',
    to === 'parent' ? 'parent/home' : 'teacher/week',
    [`停课：${session.courseName}`, `${moment(session.startsAt, 'zh')} 的课取消。${reason.zh}`],
    [`No class: ${session.courseName}`, `The session of ${moment(session.startsAt, 'en')} is cancelled.${reason.en}`],
  );
}
export function classChanged(
  offering: { readonly courseName: string; readonly roomName: string; readonly instructorName: string },
  to: 'parent' | 'teacher',
): Told {
  return told(
    'class-changed',
    to === 'parent' ? 'parent/home' : 'teacher/week',
    [`课程有变：${offering.courseName}`, `教室：${offering.roomName}；教师：${offering.instructorName}。上课时间以课表为准。`],
    [`Changed: ${offering.courseName}`, `Room: ${offering.roomName}; teacher: ${offering.instructorName}. The timetable has the hours.`],
  );
}
interface SomeSessions {
  readonly count: number;
  /** The first few of them. */
  readonly first: readonly { readonly startsAt: Instant; readonly endsAt: Instant }[];
}
/** Sessions at other hours, and on days that the class did not have. */
export function sessionsMoved(
  facts: { readonly courseName: string; readonly hours: SomeSessions; readonly days: SomeSessions },
  to: 'parent' | 'teacher',
): Told {
  const list = ({ first, count }: SomeSessions, language: 'zh' | 'en') => {
    const each = first.map(({ startsAt, endsAt }) => `${moment(startsAt, language)}–${timeOfDay(endsAt)}`);
    if (language === 'zh') return `${each.join('、')}${count > first.length ? `等 ${count} 次课` : ''}`;
    return `${each.join(', ')}${count > first.length ? `, ${count} in all` : ''}`;
  };
  const { hours, days } = facts;
  const zh = [
    ...(hours.count > 0 ? [`上课时间改为：${list(hours, 'zh')}。`] : []),
    ...(days.count > 0 ? [`增加：${list(days, 'zh')}。`] : []),
  ];
  const en = [...(hours.count > 0 ? [`New hours: ${list(hours, 'en')}.`] : []), ...(days.count > 0 ? [`Added: ${list(days, 'en')}.`] : [])];
  return told(
    'class-changed',
    to === 'parent' ? 'parent/home' : 'teacher/week',
    [`上课时间有变：${facts.courseName}`, zh.join('')],
    [`New times: ${facts.courseName}`, en.join(' ')],
  );
}

interface RefundFacts extends ClassFacts {
  readonly enrolmentId: string;
  readonly refundId: string;
  readonly amountFen: number;
}
/** What parents hear of a refund; steps that are ours alone are not news. `reason`: why it was refused. */
export const refundNews = ['approving', 'approved', 'refused', 'succeeded'] as const;
export function refundProgress(facts: RefundFacts & { readonly reason?: string | undefined }, status: (typeof refundNews)[number]): Told {
  const sum = formatFen(facts.amountFen);
  const about = { zh: `${facts.pupilName}《${facts.courseName}》`, en: `${facts.pupilName}, "${facts.courseName}"` };
  const words = {
    approving: [
      ['退款申请已提交', `${about.zh}退款 ${sum}，等待审批。`],
      ['Refund requested', `${about.en}: ${sum}, waiting for approval.`],
    ],
    approved: [
      ['退款已通过', `${about.zh}退款 ${sum} 正在原路退回。`],
      ['Refund approved', `${about.en}: ${sum} is on its way back.`],
    ],
    refused: [
      ['退款未通过', `${about.zh}的退款没有通过，课程保留。原因：${facts.reason ?? '请联系学校了解'}`],
      ['Refund refused', `${about.en}: the refund was refused and the class stays. Why: ${facts.reason ?? 'the school can tell you'}`],
    ],
    succeeded: [
      ['退款已到账', `${about.zh}退款 ${sum} 已原路退回。`],
      ['Refund paid', `${about.en}: ${sum} went back the way it was paid.`],
    ],
  } as const;
  const [zh, en] = words[status];
  const { pupilId, enrolmentId, refundId } = facts;
  return told('refund-progress', `parent/refund?${query({ pupilId, enrolmentId, refundId })}`, zh, en);
}

interface AttendanceFacts extends ClassFacts {
  readonly date: ChinaDate;
}
export function absent(facts: AttendanceFacts): Told {
  return told(
    'absent',
    childPage(facts),
    [`${facts.pupilName}未到课`, `${day(facts.date, 'zh')}《${facts.courseName}》点名时不在。如有疑问请马上联系老师。`],
    [
      `${facts.pupilName} is not in class`,
      `Absent at the roll call of "${facts.courseName}" on ${day(facts.date, 'en')}. If this surprises you, call the school now.`,
    ],
  );
}
export function absenceCorrected(facts: AttendanceFacts): Told {
  return told(
    'absent',
    childPage(facts),
    [`考勤更正：${facts.pupilName}`, `${day(facts.date, 'zh')}《${facts.courseName}》的缺勤记录已更正。`],
    [`Corrected: ${facts.pupilName}`, `The absence in "${facts.courseName}" on ${day(facts.date, 'en')} has been corrected.`],
  );
}
export function commented(facts: ClassFacts & { readonly instructorName: string }): Told {
  return told(
    'comment',
    childPage(facts),
    [`${facts.instructorName}点评了${facts.pupilName}`, `《${facts.courseName}》有新的课堂点评。`],
    [`${facts.instructorName} wrote about ${facts.pupilName}`, `There is a new comment from "${facts.courseName}".`],
  );
}
interface ChildFacts {
  readonly pupilId: string;
  readonly name: string;
  readonly schoolName: string;
}
export function childLinked(child: ChildFacts): Told {
  return told(
    'child-linked',
    childPage(child),
    [`已关联${child.name}`, `${child.schoolName}的${child.name}已在您的名下，可以选课、请假和查看考勤。`],
    [`${child.name} is linked to you`, `${child.name} of ${child.schoolName}: you can choose classes, ask leave and follow attendance.`],
  );
}
export function guardianJoined(child: { readonly pupilId: string; readonly name: string }, guardianName: string): Told {
  return told(
    'child-linked',
    childPage(child),
    [`${child.name}有了新的家长`, `${guardianName}现在也能为${child.name}选课和缴费。如果您不认识，请马上联系学校。`],
    [
      `${child.name} has another guardian`,
      `${guardianName} may now choose and pay for ${child.name} too. If you do not know them, call the school now.`,
    ],
  );
}
export function childUnlinked(child: ChildFacts, by: 'school' | 'self'): Told {
  return told(
    'child-unlinked',
    'parent/me',
    [
      `已解除与${child.name}的绑定`,
      by === 'school'
        ? `${child.schoolName}解除了您与${child.name}的绑定，您不能再为孩子选课、请假和查看考勤。您自己付过的订单仍可查看。如有疑问请联系学校。`
        : `您已解除与${child.schoolName}${child.name}的绑定。您自己付过的订单仍可查看。`,
    ],
    [
      `${child.name} is no longer linked to you`,
      by === 'school'
        ? `${child.schoolName} ended your link to ${child.name}. Orders that you paid stay yours to see. Ask the school if this is a mistake.`
        : `You ended your link to ${child.name} of ${child.schoolName}. Orders that you paid stay yours to see.`,
    ],
  );
}
export function guardianLeft(child: ChildFacts, guardianName: string | undefined, by: 'school' | 'self'): Told {
  const who = { zh: guardianName ?? '一位家长', en: guardianName ?? 'a guardian' };
  return told(
    'child-unlinked',
    childPage(child),
    [
      `${child.name}的一位家长已解除绑定`,
      by === 'school'
        ? `学校解除了${who.zh}与${child.name}的绑定，对方不能再为孩子选课和查看信息。如有疑问请联系学校。`
        : `${who.zh}已自行解除与${child.name}的绑定。`,
    ],
    [
      `A guardian of ${child.name} was unlinked`,
      by === 'school'
        ? `The school ended the link of ${who.en} to ${child.name}: they can no longer choose or see anything. Ask the school if this is a mistake.`
        : `${guardianName ?? 'A guardian'} ended their own link to ${child.name}.`,
    ],
  );
}
export function pupilLeft(child: ChildFacts): Told {
  return told(
    'child-left',
    childPage(child),
    [
      `${child.name}已离校`,
      `${child.schoolName}已登记${child.name}离校，正在上的课后班会取消并按规则退费，候补也已退出。如有疑问请联系学校。`,
    ],
    [
      `${child.name} has left the school`,
      `${child.schoolName} has recorded that ${child.name} left. Their classes are cancelled and refunded by the rule, waiting lists are left. Ask the school if this is wrong.`,
    ],
  );
}
export function pupilRestored(child: ChildFacts): Told {
  return told(
    'child-left',
    childPage(child),
    [`${child.name}已恢复在校`, `${child.schoolName}已恢复${child.name}的名册，可以重新选课。之前取消的课后班不会自动恢复。`],
    [
      `${child.name} is back on the roster`,
      `${child.schoolName} has put ${child.name} back on its roster: you can choose classes again. Classes that were cancelled stay cancelled.`,
    ],
  );
}
export function linkRefused({ pupilName, schoolId }: { readonly pupilName: string; readonly schoolId: string }): Told {
  return told(
    'link-request',
    `entry/link-child?${query({ schoolId })}`,
    ['绑定申请没有通过', `您绑定${pupilName}的申请没有通过。请核对后重新申请，或联系学校。`],
    ['Your request was refused', `You were not linked to ${pupilName}. Check the details and ask again, or ask the school.`],
  );
}
export function linkRequested(request: { readonly requesterName: string; readonly pupilName: string }, to: 'parent' | 'school'): Told {
  return told(
    'link-request',
    to === 'parent' ? 'parent/me' : 'school/rosters',
    ['有人申请关联孩子', `${request.requesterName}申请成为${request.pupilName}的家长，请核实后处理。`],
    ['Someone asks to be linked', `${request.requesterName} asks to be a guardian of ${request.pupilName}. Check, then decide.`],
  );
}

// --- to teachers and desks ------------------------------------------------------------------------------------------

export function exceptionAsked(exception: {
  readonly instructorName: string;
  readonly courseName: string;
  readonly date: ChinaDate;
}): Told {
  return told(
    'approval-needed',
    'school/exceptions',
    ['签到补登待处理', `${exception.instructorName}申请补登${day(exception.date, 'zh')}《${exception.courseName}》。`],
    [
      'A sign-in to decide',
      `${exception.instructorName} asks to be signed in for "${exception.courseName}" on ${day(exception.date, 'en')}.`,
    ],
  );
}
export function exceptionDecided(exception: {
  readonly courseName: string;
  readonly date: ChinaDate;
  readonly status: 'approved' | 'refused';
  readonly note?: string | undefined;
}): Told {
  const approved = exception.status === 'approved';
  const { note } = exception;
  return told(
    'exception-decided',
    'teacher/exceptions',
    [
      approved ? '补登已通过' : '补登未通过',
      `${day(exception.date, 'zh')}《${exception.courseName}》的签到补登${approved ? '已通过' : note ? `没有通过：${note}` : '没有通过，可联系学校'}。`,
    ],
    [
      approved ? 'Your sign-in was accepted' : 'Your sign-in was refused',
      `"${exception.courseName}" on ${day(exception.date, 'en')}: ${approved ? 'accepted' : note ? `refused: ${note}` : 'refused. Ask the school'}.`,
    ],
  );
}
/** Too few are in a class: what may be done, and until when. */
export function classHeldBack(facts: { readonly courseName: string; readonly until: Instant; readonly into?: string | undefined }): Told {
  const [zh, en] = [moment(facts.until, 'zh'), moment(facts.until, 'en')];
  const where = facts.into ? { zh: `学校建议换到《${facts.into}》。`, en: `The school suggests "${facts.into}". ` } : { zh: '', en: '' };
  return told(
    'class-changed',
    'parent/orders',
    [`《${facts.courseName}》人数不足`, `${where.zh}${zh} 前可以在订单里换到别的班，差价多退少补；不换的话，到时不开班就全额退费。`],
    [
      `"${facts.courseName}" has too few`,
      `${where.en}Until ${en} you may move to another class from your order; the difference is paid or comes back. If you do nothing and it does not run, everything comes back.`,
    ],
  );
}
export function classRunsAnyway(offering: { readonly courseName: string }): Told {
  return told(
    'class-changed',
    'parent/orders',
    [`《${offering.courseName}》照常开班`, '学校决定这个班照常开，无需操作。'],
    [`"${offering.courseName}" runs`, 'The school has decided that it runs all the same; you need not do anything.'],
  );
}
export function classHasEnough(offering: { readonly courseName: string }): Told {
  return told(
    'class-changed',
    'parent/orders',
    [`《${offering.courseName}》开班了`, '人数够了，这个班照常开，无需操作。'],
    [`"${offering.courseName}" runs`, 'Enough have come: it runs, and you need not do anything.'],
  );
}
export function classesUnderSize(offering: { readonly courseName: string; readonly until: Instant }): Told {
  return told(
    'approval-needed',
    'school/classes',
    [
      `《${offering.courseName}》人数不足，请决定`,
      `${moment(offering.until, 'zh')} 前可以照常开班、建议家长换班，或取消；不决定就按人数算，不够就取消并全额退费。`,
    ],
    [
      `"${offering.courseName}" has too few: decide`,
      `Until ${moment(offering.until, 'en')} you may run it, ask the families to move, or call it off; otherwise its size decides, and too few are paid back.`,
    ],
  );
}
export function classNotRun(offering: { readonly courseName: string }): Told {
  return told(
    'class-cancelled',
    'teacher/week',
    [`《${offering.courseName}》不开班`, '这门课已取消，不再上课。'],
    [`"${offering.courseName}" will not run`, 'The class was cancelled; there are no more sessions.'],
  );
}
/** What teachers hear of a statement. */
export const statementNews = ['approved', 'paid', 'rejected'] as const;
export function statementMoved(
  statement: { readonly month: string; readonly totalFen: number; readonly schoolName: string; readonly rejectReason?: string | undefined },
  status: (typeof statementNews)[number],
): Told {
  const sum = formatFen(statement.totalFen);
  const about = {
    zh: `${statement.schoolName} ${statement.month} 课时费 ${sum}`,
    en: `${statement.schoolName}, ${statement.month}: ${sum}`,
  };
  const words = {
    approved: [
      ['课时费已审批', `${about.zh}，等待银行发放。`],
      ['Your pay was approved', `${about.en}, the bank pays next.`],
    ],
    paid: [
      ['课时费已发放', `${about.zh}已到账。`],
      ['You were paid', `${about.en} is in your account.`],
    ],
    rejected: [
      ['课时费未能发放', `${about.zh}被银行退回：${statement.rejectReason ?? '原因未知'}。请联系学校核对账户，下月一并补发。`],
      [
        'The bank sent your pay back',
        `${about.en}: ${statement.rejectReason ?? 'no reason given'}. Check your account with the school; it is paid with the next month.`,
      ],
    ],
  } as const;
  const [zh, en] = words[status];
  return told('statement', `teacher/statements?${query({ month: statement.month })}`, zh, en);
}
type DeskRole = 'school' | 'operator' | 'bureau';
const refundPage = { school: 'school/money', operator: 'operator/refunds', bureau: 'bureau/approvals' } as const;
/** `again`: it was told before, and has waited since. */
export function refundToApprove(
  facts: Pick<RefundFacts, 'courseName' | 'amountFen'>,
  role: DeskRole,
  { again = false }: { readonly again?: boolean } = {},
): Told {
  const sum = formatFen(facts.amountFen);
  if (again) {
    return told(
      'approval-needed',
      refundPage[role],
      ['催办：退款待审批', `《${facts.courseName}》退款 ${sum} 还在等待您审批，家长在等。`],
      ['Reminder: a refund to approve', `"${facts.courseName}", ${sum}, still waits for you, and so does the family.`],
    );
  }
  return told(
    'approval-needed',
    refundPage[role],
    ['退款待审批', `《${facts.courseName}》退款 ${sum} 等待您审批。`],
    ['A refund to approve', `"${facts.courseName}", ${sum}, waits for you.`],
  );
}
/** To the school: the draw waits for the value that was named. */
export function publicValueWanted(window: { readonly windowId: string; readonly name: string; readonly valueName: string }): Told {
  return told(
    'value-wanted',
    `school/windows`,
    ['抽签等着登记公开值', `“${window.name}”的抽签要用：${window.valueName}。请登记，登记后自动抽签。`],
    [
      'The draw waits for its public value',
      `"${window.name}" is drawn from: ${window.valueName}. Record it and the draw goes on by itself.`,
    ],
  );
}
/** To the school: the draw was so late that what it left was not opened. */
export function remainderNeedsDesk(window: { readonly name: string }): Told {
  return told(
    'remainder-dropped',
    `school/windows`,
    ['抽签太晚，剩余名额没有开放', `“${window.name}”抽签完成时，开课前已没有时间，先到先得取消，家长已收到通知。`],
    [
      'The draw came too late for first-come hours',
      `"${window.name}": no time was left before the classes begin, so what was left is not opened. Families have been told.`,
    ],
  );
}
export function refundNeedsAttention(facts: Pick<RefundFacts, 'courseName' | 'amountFen'>): Told {
  const sum = formatFen(facts.amountFen);
  return told(
    'approval-needed',
    refundPage.school,
    ['有一笔退款需要处理', `《${facts.courseName}》退款 ${sum} 未能自动退回，请核对后重试。`],
    ['A refund needs you', `"${facts.courseName}", ${sum}: it could not be sent back by itself. Look and retry.`],
  );
}
/** To whoever gives it back: the school's operator, or the bureau above a school without one. */
export function paymentParked(facts: { readonly takenFen: number; readonly askedFen: number }, role: 'operator' | 'bureau'): Told {
  const pages = { operator: 'operator/breaks?tab=parked', bureau: 'bureau/money?tab=parked' } as const;
  const [taken, asked] = [formatFen(facts.takenFen), formatFen(facts.askedFen)];
  return told(
    'approval-needed',
    pages[role],
    ['有一笔付款金额不符', `渠道实收 ${taken}，应收 ${asked}，还没有入账。请核对后退回付款人。`],
    ['A payment of another sum', `${taken} came in where ${asked} was asked. It is not booked yet: look into it and give it back.`],
  );
}
const blockWords = {
  'open-break': [
    '支付渠道账单和账上有对不上的地方，要先核对',
    "the provider's bill and the books differ, which has to be looked into first",
  ],
  'fund-short': ['学校专项经费不够', 'the earmarked fund does not cover it'],
  'bank-short': ['监管账户里的钱还没到齐', 'the supervised account does not hold enough yet'],
} as const;
const payoutPage = { school: 'school/payouts', operator: 'operator/payouts', bureau: 'bureau/approvals' } as const;
interface PayoutFacts {
  readonly schoolName: string;
  readonly month: string;
  readonly totalFen: number;
}
export function payoutBlocked(run: PayoutFacts, reason: keyof typeof blockWords, role: DeskRole): Told {
  const page = role === 'operator' && reason === 'open-break' ? 'operator/breaks' : payoutPage[role];
  const sum = formatFen(run.totalFen);
  const [zh, en] = blockWords[reason];
  return told(
    'approval-needed',
    page,
    ['课时费暂缓发放', `${run.schoolName} ${run.month} 课时费 ${sum} 暂缓发放：${zh}。`],
    ['A payout is held back', `${run.schoolName}, ${run.month}: ${sum} is not paid yet, as ${en}.`],
  );
}
/** A step fails whatever is tried. `counting`: its sum is not known yet. */
export function payoutStuck(run: PayoutFacts, step: 'counting' | 'paying', role: DeskRole): Told {
  const sum = formatFen(run.totalFen);
  const next =
    role === 'bureau'
      ? { zh: '系统会定时再试，学校也可以打开重试。', en: 'It is tried again by itself, and the school can try again.' }
      : { zh: '系统会定时再试，也可以打开后重试。', en: 'It is tried again by itself; open it to try now.' };
  const [zh, en] =
    step === 'counting'
      ? [`${run.schoolName} ${run.month} 课时一直统计不出来。`, `${run.schoolName}, ${run.month}: the sessions cannot be counted.`]
      : [
          `${run.schoolName} ${run.month} 课时费 ${sum} 交银行时一直出错，请核对收款账户。`,
          `${run.schoolName}, ${run.month}: ${sum} cannot be handed to the bank. Check the accounts of those who are paid.`,
        ];
  return told('approval-needed', payoutPage[role], ['课时费发放出错', `${zh}${next.zh}`], ['A payout is stuck', `${en} ${next.en}`]);
}
const partyWords = {
  school: { zh: '学校', en: 'The school' },
  operator: { zh: '运营方', en: 'The operator' },
  bureau: { zh: '教育局', en: 'The bureau' },
} as const;
/** To those who had approved it, the school first of all: who sent it back, and why. */
export function payoutRefused(run: PayoutFacts & { readonly refusedNote?: string | undefined }, by: DeskRole, to: DeskRole): Told {
  const sum = formatFen(run.totalFen);
  const [zh, en] = to === 'school' ? ['改好后可以重新发起。', ' Put it right, then start it again.'] : ['', ''];
  return told(
    'approval-needed',
    payoutPage[to],
    [
      '课时费被退回',
      `${run.schoolName} ${run.month} 课时费 ${sum} 被${partyWords[by].zh}退回，原因：${run.refusedNote ?? '没有写明'}。课次已退回。${zh}`,
    ],
    [
      'A payout was sent back',
      `${partyWords[by].en} sent ${run.schoolName}, ${run.month}, ${sum} back: ${run.refusedNote ?? 'no reason given'}. Its sessions are free again.${en}`,
    ],
  );
}
export function payoutToApprove(run: PayoutFacts, role: DeskRole, { again = false }: { readonly again?: boolean } = {}): Told {
  const sum = formatFen(run.totalFen);
  if (again) {
    return told(
      'approval-needed',
      payoutPage[role],
      ['催办：课时费待审批', `${run.schoolName} ${run.month} 课时费共 ${sum}，还在等待您审批。`],
      ['Reminder: a payout to approve', `${run.schoolName}, ${run.month}: ${sum} still waits for you.`],
    );
  }
  return told(
    'approval-needed',
    payoutPage[role],
    ['课时费待审批', `${run.schoolName} ${run.month} 课时费共 ${sum}，等待您审批。`],
    ['A payout to approve', `${run.schoolName}, ${run.month}: ${sum} waits for you.`],
  );
}
