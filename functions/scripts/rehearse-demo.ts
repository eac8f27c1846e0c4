/** A made-up school to rehearse where there is no data: six grades, twenty classes, a window of first come, or of lots and then first come. */
import { fen } from '@kehou/shared/kernel/fen';
import { newId } from '@kehou/shared/kernel/id';
import { addMinutes, type ChinaDate, type Instant } from '@kehou/shared/kernel/time';
import type { Offering } from '@kehou/shared/offering/offering';
import { defaultSettings } from '@kehou/shared/school/settings';
import type { Lottery } from '@kehou/shared/selection/lottery';
import type { WindowCopy } from '../src/rehearsal/copy-window.ts';

const OPENS_AT = '2026-09-01T12:00:00.000Z' as Instant;
const CHILDREN_A_GRADE = 100;
const NAMES = '围棋 篮球 机器人 书法 合唱 足球 国画 编程 舞蹈 象棋 科学实验 陶艺 羽毛球 朗诵 剪纸 武术 航模 打击乐 田径 阅读'.split(' ');
const SESSIONS = 16;
const FEE_PER_SESSION_FEN = 3000;
const DAY_MINUTES = 1440;
/** Wishes for two days, a value of that evening, a day to pay, and an hour for what is left. */
const LOTTERY: Lottery = {
  rounds: 1,
  payHours: 24,
  seedSource: { kind: 'public', name: '双色球当晚开奖号码，从小到大', bornAt: addMinutes(OPENS_AT, 2 * DAY_MINUTES + 90) },
  firstCome: { opensAt: addMinutes(OPENS_AT, 4 * DAY_MINUTES), closesAt: addMinutes(OPENS_AT, 4 * DAY_MINUTES + 60) },
};

export function demoCopy(isDrawn: boolean): WindowCopy {
  const [schoolId, termId, windowId] = [newId('organisation'), newId('term'), newId('window')];
  const offerings = NAMES.map((courseName, index): Offering => {
    const grades = index % 3 === 0 ? [1, 2, 3] : index % 3 === 1 ? [4, 5, 6] : [1, 2, 3, 4, 5, 6];
    return {
      offeringId: newId('offering'),
      courseId: newId('course'),
      instructorId: newId('instructor'),
      roomId: newId('room'),
      slots: [{ weekday: (index % 5) + 1, period: 1 + Math.floor(index / 5) }],
      capacity: 30,
      smallestSize: 12,
      grades,
      feePerSessionFen: fen(FEE_PER_SESSION_FEN),
      payPerSessionFen: fen(10_000),
      termId,
      schoolId,
      windowId,
      courseName,
      courseKind: 'science',
      introduction: courseName,
      instructorName: '王老师',
      instructorKind: 'own',
      roomName: '教室',
      status: 'draft',
      sessionCount: SESSIONS,
      feeFen: fen(FEE_PER_SESSION_FEN * SESSIONS),
      firstSessionDate: '2026-09-14' as ChinaDate,
      lastSessionDate: '2027-01-04' as ChinaDate,
      updatedAt: addMinutes(OPENS_AT, -1440),
      version: 1,
    };
  });
  return {
    window: {
      windowId,
      schoolId,
      schoolName: '演练小学',
      termId,
      name: '2026 年秋季选课',
      opensAt: OPENS_AT,
      closesAt: addMinutes(OPENS_AT, isDrawn ? 2 * DAY_MINUTES : 120),
      ...(isDrawn ? { lottery: LOTTERY } : {}),
      offeringIds: offerings.map(({ offeringId }) => offeringId),
      status: 'draft',
      version: 1,
    },
    offerings,
    school: { organisationId: schoolId, kind: 'school', name: '演练小学', ancestorIds: [], area: 'urban', stage: 'primary' },
    settings: defaultSettings,
    grades: new Map([1, 2, 3, 4, 5, 6].map((grade) => [grade, CHILDREN_A_GRADE])),
  };
}
