import type { TeacherSession } from '@kehou/shared/attendance/attendance';
import { newId } from '@kehou/shared/kernel/id';
import { type ChinaDate, chinaInstant, ms, type TimeOfDay } from '@kehou/shared/kernel/time';
import { firstToShow } from './first-to-show.ts';

const date = '2026-11-25' as ChinaDate;
const at = (time: string) => chinaInstant(date, time as TimeOfDay);
function session(
  from: string,
  to: string,
  nextStep: TeacherSession['nextStep'],
  status: TeacherSession['status'] = 'scheduled',
): TeacherSession {
  return {
    sessionId: newId('session'),
    offeringId: newId('offering'),
    schoolId: newId('organisation'),
    number: 1,
    date,
    period: 1,
    startsAt: at(from),
    endsAt: at(to),
    courseName: '水彩画',
    roomName: '美术教室',
    instructorId: newId('instructor'),
    instructorName: '王一诺',
    status,
    nextStep,
    enrolled: 20,
  };
}
const first = session('16:30', '17:20', 'sign-out');
const second = session('17:30', '18:20', 'sign-in');

test('the class that is about to begin goes before an older one that only lacks its sign-out', () => {
  expect(firstToShow([first, second], ms(at('17:25')))).toBe(second);
});

test('while the earlier class runs, it is the one', () => {
  expect(
    firstToShow(
      [
        { ...first, nextStep: 'comment' },
        { ...second, nextStep: 'wait' },
      ],
      ms(at('16:50')),
    )?.sessionId,
  ).toBe(first.sessionId);
});

test('a class whose roll was called before its start stays in front until it begins', () => {
  const called = { ...session('16:30', '17:20', 'wait'), record: { signedIn: { at: at('16:10') } } } as TeacherSession;
  const missed = session('14:00', '14:50', 'missed');
  expect(firstToShow([missed, called, session('17:30', '18:20', 'wait')], ms(at('16:20')))).toBe(called);
});

test('a sign-out that is left over comes up once nothing else is under way', () => {
  expect(firstToShow([first, { ...second, nextStep: 'done' }], ms(at('19:00')))).toBe(first);
});

test('a class that was missed comes before the next one to come, and after one that is under way', () => {
  const missed = session('16:30', '17:20', 'missed');
  const later = session('19:00', '19:50', 'wait');
  expect(firstToShow([missed, later], ms(at('18:00')))).toBe(missed);
  expect(firstToShow([missed, second], ms(at('17:40')))).toBe(second);
});

test('cancelled classes wait behind those that will be taught, and a day without any still shows something', () => {
  const cancelled = session('16:30', '17:20', 'done', 'cancelled');
  expect(firstToShow([cancelled, second], ms(at('10:00')))).toBe(second);
  expect(firstToShow([cancelled], ms(at('10:00')))).toBe(cancelled);
  expect(firstToShow([], ms(at('10:00')))).toBeUndefined();
});
