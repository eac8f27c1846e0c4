import fc from 'fast-check';
import type { Id } from '../kernel/id.ts';
import { addDays, type ChinaDate, chinaInstant, type Instant, type TimeOfDay } from '../kernel/time.ts';
import { defaultSettings } from '../school/settings.ts';
import type { DatedSlot } from './dates.ts';
import { type Engagement, engagementsClash, findEngagementClash } from './engagement.ts';
import type { OfferingStatus, Session } from './offering.ts';
import { CALENDAR_REASON, countScheduled, planSessions } from './plan-sessions.ts';

const FIRST = '2026-09-07' as ChinaDate;
const at = (date: string, time = '08:00') => chinaInstant(date as ChinaDate, time as TimeOfDay);
const slots = (...dates: string[]): DatedSlot[] => dates.map((date) => ({ date: date as ChinaDate, period: 1 }));
const sessionIdOf = (slot: DatedSlot) => `ses_${slot.date}_${slot.period}` as Id<'session'>;

function plan(input: {
  dates: DatedSlot[];
  existing?: readonly Session[];
  now?: Instant;
  status?: OfferingStatus;
  sold?: number;
  room?: string;
}) {
  return planSessions({
    offering: {
      offeringId: 'off_1' as Id<'offering'>,
      schoolId: 'org_1' as Id<'organisation'>,
      courseName: '创意机器人',
      roomName: input.room ?? '科学教室',
      instructorId: 'ins_1' as Id<'instructor'>,
      instructorName: '陈思远',
      status: input.status ?? 'draft',
      sessionCount: input.sold ?? 0,
    },
    dates: input.dates,
    periods: defaultSettings.periods,
    existing: input.existing ?? [],
    now: input.now ?? at('2026-09-01'),
    sessionIdOf,
  });
}

const three = plan({ dates: slots('2026-09-07', '2026-09-14', '2026-09-21') }).sessions;
const shown = (sessions: readonly Session[]) => sessions.map(({ number, date, status }) => `${number} ${date} ${status}`);

test('a draft has a session on each of its days, numbered in order, and forgets days that are gone', () => {
  expect(three.map(({ number, startsAt, endsAt }) => [number, startsAt, endsAt])[0]).toEqual([
    1,
    '2026-09-07T08:30:00.000Z',
    '2026-09-07T09:20:00.000Z',
  ]);
  const { sessions, changed, removed } = plan({ dates: slots('2026-09-14', '2026-09-21', '2026-09-28'), existing: three });
  expect(shown(sessions)).toEqual(['1 2026-09-14 scheduled', '2 2026-09-21 scheduled', '3 2026-09-28 scheduled']);
  expect(changed).toHaveLength(3);
  expect(shown(removed)).toEqual(['1 2026-09-07 scheduled']);
});

test('a class that was sold cancels a lost day, and takes a won day in its place and no other', () => {
  const lost = plan({ dates: slots('2026-09-07', '2026-09-21'), existing: three, status: 'running', sold: 3 });
  expect(shown(lost.sessions)).toEqual(['1 2026-09-07 scheduled', '2 2026-09-14 cancelled', '3 2026-09-21 scheduled']);
  expect(shown(lost.changed)).toEqual(['2 2026-09-14 cancelled']);
  const won = plan({
    dates: slots('2026-09-07', '2026-09-21', '2026-09-26', '2026-09-28'),
    existing: lost.sessions,
    status: 'running',
    sold: 3,
  });
  expect(shown(won.sessions)).toEqual([
    '1 2026-09-07 scheduled',
    '2 2026-09-14 cancelled',
    '3 2026-09-21 scheduled',
    '4 2026-09-26 scheduled',
  ]);
});

test('a day that comes back brings its session back, but not one that the school itself has cancelled', () => {
  const byCalendar = three.map((session, index) =>
    index === 1 ? { ...session, status: 'cancelled' as const, cancelReason: CALENDAR_REASON } : session,
  );
  const bySchool = three.map((session, index) =>
    index === 1 ? { ...session, status: 'cancelled' as const, cancelReason: '教师生病' } : session,
  );
  const dates = slots('2026-09-07', '2026-09-14', '2026-09-21');
  expect(countScheduled(plan({ dates, existing: byCalendar, status: 'running', sold: 3 }).sessions)).toBe(3);
  expect(plan({ dates, existing: bySchool, status: 'running', sold: 3 }).changed).toEqual([]);
});

test('what has begun stays as it was, and what is to come has the new room', () => {
  const { changed } = plan({
    dates: slots('2026-09-14', '2026-09-21'),
    existing: three,
    now: at('2026-09-14', '16:30'),
    status: 'running',
    sold: 3,
    room: '多功能厅',
  });
  expect(changed.map(({ number, roomName }) => [number, roomName])).toEqual([[3, '多功能厅']]);
});

const someDates = fc
  .uniqueArray(fc.integer({ min: 0, max: 60 }), { maxLength: 25 })
  .map((days) => slots(...days.map((days_) => addDays(FIRST, days_)).sort()));
const someNow = fc.integer({ min: -5, max: 65 }).map((days) => at(addDays(FIRST, days), '12:00'));

test('planning again changes nothing, nothing that has begun is touched, and never more is scheduled than was sold', () => {
  fc.assert(
    fc.property(
      someDates,
      someDates,
      someNow,
      fc.constantFrom<OfferingStatus>('draft', 'published', 'running', 'cancelled', 'ended'),
      (before, after, now, status) => {
        const existing = plan({ dates: before, now: at('2026-09-01') }).sessions;
        const first = plan({ dates: after, existing, now, status, sold: existing.length });
        expect(plan({ dates: after, existing: first.sessions, now, status, sold: existing.length })).toMatchObject({
          changed: [],
          removed: [],
        });
        expect(first.sessions.map(({ number }) => number)).toEqual(first.sessions.map((_, index) => index + 1));
        for (const session of existing.filter(({ startsAt }) => startsAt <= now)) {
          expect(first.sessions).toContainEqual({ ...session, number: expect.any(Number) });
        }
        if (status !== 'draft') {
          expect(first.removed).toEqual([]);
          expect(countScheduled(first.sessions)).toBeLessThanOrEqual(existing.length);
        }
      },
    ),
  );
});

describe('engagements', () => {
  const one: Engagement = {
    offeringId: 'off_1' as Id<'offering'>,
    schoolId: 'org_1' as Id<'organisation'>,
    schoolName: '湖坊小学',
    courseName: '创意机器人',
    weekday: 3,
    period: 1,
    startsAt: '16:30' as TimeOfDay,
    endsAt: '17:20' as TimeOfDay,
    firstDay: '2026-09-07' as ChinaDate,
    lastDay: '2027-01-15' as ChinaDate,
  };
  const other = (changes: object): Engagement => ({ ...one, offeringId: 'off_2' as Id<'offering'>, ...changes });

  it('clash when weekday, days and hours meet, whatever the period is called', () => {
    expect(engagementsClash(one, other({ period: 2, startsAt: '17:00', endsAt: '17:50' }))).toBe(true);
    expect(engagementsClash(one, other({ startsAt: '17:20', endsAt: '18:10' }))).toBe(false);
    expect(engagementsClash(one, other({ weekday: 4 }))).toBe(false);
    expect(engagementsClash(one, other({ firstDay: '2027-01-16', lastDay: '2027-02-01' }))).toBe(false);
    expect(engagementsClash(one, other({ firstDay: '2027-01-15', lastDay: '2027-02-01' }))).toBe(true);
  });

  it('are never a clash with the class itself', () => {
    expect(findEngagementClash([one], [one])).toBeUndefined();
    expect(findEngagementClash([one], [other({ weekday: 4 }), other({})])).toEqual(other({}));
  });

  it('clash or not whichever is asked first', () => {
    const time = fc.integer({ min: 8, max: 20 }).map((hour) => `${String(hour).padStart(2, '0')}:00`);
    const some = fc.record({ weekday: fc.integer({ min: 1, max: 7 }), startsAt: time, endsAt: time }).map(other);
    fc.assert(fc.property(some, some, (a, b) => expect(engagementsClash(a, b)).toBe(engagementsClash(b, a))));
  });
});
