import * as fc from 'fast-check';
import { failureOf } from '../kernel/errors.ts';
import { addMinutes, type Instant } from '../kernel/time.ts';
import { EnrolmentStatus, enrolmentMoves, isFinal } from './enrolment.ts';
import { earliestBirth, type Lottery, VALUE_GAP_MINUTES_MIN, wrongLotteryHours } from './lottery.ts';
import { findClash, hoursAt, takingHours, whyNot } from './rules.ts';

const opensAt = '2026-11-23T12:00:00.000Z' as Instant;
const window = { opensAt, closesAt: addMinutes(opensAt, 60) };
const card = { offeringId: 'off_1', status: 'published', grades: [3], slots: [{ weekday: 3, period: 1 }], capacity: 10, taken: 4 };
const free = { now: opensAt, window, grade: 3, card, busy: [] };

describe('why a child may not take a class', () => {
  it('is nothing when the hours, the grade, the week and the room allow it', () => {
    expect(whyNot(free)).toBeUndefined();
  });

  it('names what lasts before what passes', () => {
    expect(whyNot({ ...free, grade: 4, now: addMinutes(opensAt, -1), card: { ...card, taken: 10 } })).toBe('grade');
    expect(whyNot({ ...free, card: { ...card, status: 'cancelled' }, grade: 4 })).toBe('cancelled');
    expect(whyNot({ ...free, card: { ...card, taken: 10 }, now: addMinutes(opensAt, -1) })).toBe('full');
    expect(whyNot({ ...free, now: addMinutes(opensAt, -1) })).toBe('not-open');
    expect(whyNot({ ...free, now: addMinutes(opensAt, 60) })).toBe('closed');
    expect(whyNot({ ...free, busy: [{ offeringId: 'off_2', weekday: 3, period: 1 }] })).toBe('clash');
    expect(whyNot({ ...free, busy: [{ offeringId: 'off_1', weekday: 3, period: 1 }] })).toBe('taken');
  });

  it('while wishes are ranked is neither a full class nor the hours; after the draw it is what is left, in the hours for that', () => {
    const firstCome = { opensAt: addMinutes(opensAt, 300), closesAt: addMinutes(opensAt, 360) };
    const full = { ...card, taken: 10 };
    const lottery = { ...window, lottery: {} };
    expect(whyNot({ ...free, window: lottery, card: full })).toBeUndefined();
    expect(whyNot({ ...free, window: lottery, grade: 4, card: full })).toBe('grade');
    expect(whyNot({ ...free, window: lottery, busy: [{ offeringId: 'off_2', weekday: 3, period: 1 }] })).toBe('clash');
    expect(whyNot({ ...free, window: lottery, now: addMinutes(opensAt, -1) })).toBe('not-open');
    expect(whyNot({ ...free, window: lottery, now: addMinutes(opensAt, 60) })).toBe('closed');
    const both = { ...window, lottery: { firstCome } };
    expect(whyNot({ ...free, window: both, now: addMinutes(opensAt, 60) })).toBe('not-open');
    expect(whyNot({ ...free, window: both, now: firstCome.opensAt })).toBeUndefined();
    expect(whyNot({ ...free, window: both, now: firstCome.opensAt, card: full })).toBe('full');
    expect(whyNot({ ...free, window: both, now: firstCome.closesAt })).toBe('closed');
    expect(takingHours(lottery)).toBeUndefined();
    expect(takingHours(both)).toEqual(firstCome);
  });

  it('opens at the very instant and closes at the very instant', () => {
    expect(hoursAt(opensAt, window)).toBe('open');
    expect(hoursAt(window.closesAt, window)).toBe('after');
    expect(hoursAt(addMinutes(window.closesAt, -1), window)).toBe('open');
  });

  it('never says go ahead to a full class, another grade or a taken slot', () => {
    const slots = fc.array(fc.record({ weekday: fc.integer({ min: 1, max: 7 }), period: fc.integer({ min: 1, max: 3 }) }), {
      minLength: 1,
      maxLength: 3,
    });
    fc.assert(
      fc.property(
        slots,
        slots,
        fc.nat(12),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: -90, max: 90 }),
        (mine, theirs, taken, grade, minutes) => {
          const busy = theirs.map((slot) => ({ ...slot, offeringId: 'off_2' }));
          const answer = whyNot({ now: addMinutes(opensAt, minutes), window, grade, card: { ...card, slots: mine, taken }, busy });
          const may = taken < 10 && grade === 3 && minutes >= 0 && minutes < 60 && findClash(mine, busy) === undefined;
          expect(answer === undefined).toBe(may);
        },
      ),
    );
  });
});

describe("an enrolment's states", () => {
  it('end for good in lost, lapsed and cancelled, and nowhere else', () => {
    expect(EnrolmentStatus.options.filter(isFinal)).toEqual(['lost', 'lapsed', 'cancelled']);
  });

  it('are all reached from taking', () => {
    const seen = new Set<string>(['taking']);
    for (const status of seen) for (const next of enrolmentMoves[status as keyof typeof enrolmentMoves]) seen.add(next);
    expect([...seen].sort()).toEqual([...EnrolmentStatus.options].sort());
  });
});

describe('the times of a lottery', () => {
  const lottery: Lottery = { rounds: 1, payHours: 2, seedSource: { kind: 'secret' } };
  const closesAt = window.closesAt;
  const from = (minutes: number) => ({ opensAt: addMinutes(closesAt, minutes), closesAt: addMinutes(closesAt, minutes + 60) });

  it('leave winners their time to pay before who comes first is served', () => {
    expect(wrongLotteryHours({ ...window, lottery })).toBeUndefined();
    expect(wrongLotteryHours({ ...window, lottery: { ...lottery, firstCome: from(120) } })).toBeUndefined();
    expect(wrongLotteryHours({ ...window, lottery: { ...lottery, firstCome: from(119) } })).toBe('first-come');
    const backwards = { opensAt: from(200).opensAt, closesAt: from(200).opensAt };
    expect(wrongLotteryHours({ ...window, lottery: { ...lottery, firstCome: backwards } })).toBe('first-come');
  });

  it('count from the birth of the public value, for which the list is fixed and published in time', () => {
    const born = (minutes: number): Lottery => ({
      ...lottery,
      seedSource: { kind: 'public', name: '双色球开奖号码', bornAt: addMinutes(closesAt, minutes) },
    });
    for (const minutes of [-1, 0, 1, VALUE_GAP_MINUTES_MIN - 1])
      expect(wrongLotteryHours({ ...window, lottery: born(minutes) })).toBe('born-too-soon');
    expect(wrongLotteryHours({ ...window, lottery: born(VALUE_GAP_MINUTES_MIN) })).toBeUndefined();
    expect(earliestBirth(closesAt)).toBe(addMinutes(closesAt, 30));
    // The sentence that a school reads says the same number.
    const { zh, en } = failureOf('window.value_too_soon');
    for (const sentence of [zh, en]) expect(sentence).toContain(` ${VALUE_GAP_MINUTES_MIN} `);
    expect(wrongLotteryHours({ ...window, lottery: { ...born(60), firstCome: from(179) } })).toBe('first-come');
    expect(wrongLotteryHours({ ...window, lottery: { ...born(60), firstCome: from(180) } })).toBeUndefined();
  });
});
