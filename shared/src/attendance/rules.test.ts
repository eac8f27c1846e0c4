import fc from 'fast-check';
import { addMinutes, type Instant, instant, ms } from '../kernel/time.ts';
import { defaultSettings } from '../school/settings.ts';
import { type Position, QR_TURN_SECONDS } from './attendance.ts';
import {
  boardState,
  countRoll,
  isFreshTurn,
  isLate,
  judgeCommentHours,
  judgeExceptionHours,
  judgeHours,
  judgePlace,
  judgeRollHours,
  metresBetween,
  nextStep,
  signInHours,
  signOutHours,
  travelKmh,
  turnAt,
  turnStart,
} from './rules.ts';

const startsAt = '2026-12-02T08:30:00.000Z' as Instant;
const session = { startsAt, endsAt: addMinutes(startsAt, 50), status: 'scheduled' as const };
const rules = defaultSettings;
const gate: Position = { latitude: 28.6829, longitude: 115.8579, accuracyMetres: 20 };
const fence = { latitude: 28.6829, longitude: 115.8579, radiusMetres: 200 };
const mark = (at: Instant) => ({ at, late: false, by: 'qr' as const });

/** So many metres north: a degree of latitude is 111.2 km. */
const north = (metres: number, accuracyMetres = 20): Position => ({ ...gate, latitude: gate.latitude + metres / 111_195, accuracyMetres });

const anyInstant = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2036, 0, 1) }).map((value) => instant(value));

test('a code is good in its own half minute and the next, never before and never after', () => {
  fc.assert(
    fc.property(anyInstant, fc.integer({ min: -5, max: 5 }), (now, turns) => {
      expect(isFreshTurn(turnAt(now) + turns, now)).toBe(turns === 0 || turns === -1);
    }),
  );
});

test('a turn begins at its start and lasts thirty seconds', () => {
  fc.assert(
    fc.property(anyInstant, (now) => {
      const turn = turnAt(now);
      expect(ms(now) - ms(turnStart(turn))).toBeLessThan(QR_TURN_SECONDS * 1000);
      expect(ms(turnStart(turn))).toBeLessThanOrEqual(ms(now));
      expect(turnAt(turnStart(turn))).toBe(turn);
    }),
  );
});

test('distances agree with a known pair: the two ends of the Bayi bridge are 2.3 km apart', () => {
  const metres = metresBetween({ latitude: 28.6826, longitude: 115.8753 }, { latitude: 28.6957, longitude: 115.8573 });
  expect(metres).toBeGreaterThan(2250);
  expect(metres).toBeLessThan(2350);
});

test('inside the fence is accepted with the distance; outside is refused with it', () => {
  expect(judgePlace(startsAt, north(150), fence, undefined)).toEqual({ distanceMetres: 150 });
  expect(judgePlace(startsAt, north(400), fence, undefined)).toMatchObject({ refused: 'attendance.too_far', distanceMetres: 400 });
});

test('a vague position earns at most fifty metres, and a very vague one is asked to try again', () => {
  expect(judgePlace(startsAt, north(240, 60), fence, undefined).refused).toBeUndefined();
  expect(judgePlace(startsAt, north(260, 199), fence, undefined).refused).toBe('attendance.too_far');
  expect(judgePlace(startsAt, north(0, 201), fence, undefined).refused).toBe('attendance.position_vague');
});

test('a school without a fence cannot be signed in at', () => {
  expect(judgePlace(startsAt, gate, undefined, undefined).refused).toBe('attendance.no_fence');
});

test('nobody signs here who signed two hundred kilometres away an hour ago', () => {
  const earlier = { at: addMinutes(startsAt, -60), position: north(200_000) };
  expect(judgePlace(startsAt, gate, fence, earlier).refused).toBe('attendance.moved_too_fast');
  expect(judgePlace(startsAt, gate, fence, { ...earlier, at: addMinutes(startsAt, -120) }).refused).toBeUndefined();
});

test('signing twice at one school is never too fast, however quick', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -200, max: 200 }),
      fc.integer({ min: -200, max: 200 }),
      fc.integer({ min: 0, max: 10_000 }),
      (a, b, later) => {
        expect(travelKmh({ at: startsAt, position: north(a) }, { at: instant(ms(startsAt) + later), position: north(b) })).toBe(0);
      },
    ),
  );
});

test('being accepted means being inside the fence, give or take fifty metres', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 5000 }), fc.integer({ min: 0, max: 1000 }), (metres, accuracy) => {
      const verdict = judgePlace(startsAt, north(metres, accuracy), fence, undefined);
      if (verdict.refused === undefined) expect(verdict.distanceMetres).toBeLessThanOrEqual(250);
    }),
  );
});

test('signing in opens with the school’s minutes and ends with the session', () => {
  const hours = signInHours(session, rules);
  expect(judgeHours(instant(ms(hours.from) - 1), hours)).toBe('attendance.too_early');
  expect(judgeHours(hours.from, hours)).toBeUndefined();
  expect(judgeHours(instant(ms(session.endsAt) - 1), hours)).toBeUndefined();
  expect(judgeHours(session.endsAt, hours)).toBe('attendance.too_late');
});

test('late is later than the minutes that the school allows', () => {
  expect(isLate(addMinutes(startsAt, 5), session, rules)).toBe(false);
  expect(isLate(instant(ms(addMinutes(startsAt, 5)) + 1), session, rules)).toBe(true);
});

test('a roll is open from sign-in until a week after, an exception for a month', () => {
  expect(judgeRollHours(addMinutes(startsAt, -31), session, rules)).toBe('attendance.roll_not_open');
  expect(judgeRollHours(addMinutes(startsAt, -30), session, rules)).toBeUndefined();
  expect(judgeRollHours(addMinutes(session.endsAt, 7 * 1440), session, rules)).toBe('attendance.roll_over');
  expect(judgeExceptionHours(addMinutes(startsAt, -31), session, rules, 'sign-in')).toBe('attendance.too_early');
  expect(judgeExceptionHours(startsAt, session, rules, 'sign-out')).toBe('attendance.too_early');
  expect(judgeExceptionHours(addMinutes(session.endsAt, 30 * 1440), session, rules, 'sign-in')).toBeUndefined();
  expect(judgeExceptionHours(addMinutes(session.endsAt, 31 * 1440), session, rules, 'sign-in')).toBe('attendance.too_late');
});

test('the button of the minute goes from waiting to done, a step at a time', () => {
  const at = (minutes: number) => addMinutes(startsAt, minutes);
  const signedIn = mark(at(-3));
  expect(nextStep(at(-31), session, undefined, rules)).toBe('wait');
  expect(nextStep(at(-30), session, undefined, rules)).toBe('sign-in');
  expect(nextStep(at(49), session, undefined, rules)).toBe('sign-in');
  expect(nextStep(at(50), session, undefined, rules)).toBe('missed');
  expect(nextStep(at(1), session, { signedIn }, rules)).toBe('call-roll');
  expect(nextStep(at(-1), session, { signedIn, rollCalledAt: at(-2) }, rules)).toBe('wait');
  expect(nextStep(at(0), session, { signedIn, rollCalledAt: at(-2) }, rules)).toBe('comment');
  expect(nextStep(at(10), session, { signedIn, rollCalledAt: at(1) }, rules)).toBe('comment');
  expect(nextStep(at(45), session, { signedIn, rollCalledAt: at(1) }, rules)).toBe('sign-out');
  expect(nextStep(at(46), session, { signedIn, rollCalledAt: at(1), signedOut: mark(at(45)) }, rules)).toBe('done');
  expect(nextStep(at(50 + 120), session, { signedIn, rollCalledAt: at(1) }, rules)).toBe('done');
  expect(nextStep(at(1), { ...session, status: 'cancelled' }, undefined, rules)).toBe('done');
});

test('the button never offers what the rules would refuse', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -2000, max: 20_000 }),
      fc.option(fc.integer({ min: -30, max: 49 }), { nil: undefined }),
      fc.option(fc.integer({ min: -30, max: 49 }), { nil: undefined }),
      (minutes, signed, called) => {
        const now = addMinutes(startsAt, minutes);
        const record = {
          ...(signed === undefined ? {} : { signedIn: mark(addMinutes(startsAt, signed)) }),
          ...(called === undefined ? {} : { rollCalledAt: addMinutes(startsAt, called) }),
        };
        const step = nextStep(now, session, record, rules);
        if (step === 'sign-in') expect(judgeHours(now, signInHours(session, rules))).toBeUndefined();
        if (step === 'sign-out') expect(judgeHours(now, signOutHours(session))).toBeUndefined();
        if (step === 'call-roll') expect(judgeRollHours(now, session, rules)).toBeUndefined();
        if (step === 'comment') expect(judgeCommentHours(now, session)).toBeUndefined();
      },
    ),
  );
});

test('the board tells who is late from who never came', () => {
  const at = (minutes: number) => addMinutes(startsAt, minutes);
  expect(boardState(at(5), session, undefined, rules)).toBe('upcoming');
  expect(boardState(at(6), session, undefined, rules)).toBe('late');
  expect(boardState(at(50), session, undefined, rules)).toBe('missing');
  expect(boardState(at(6), session, { signedIn: mark(at(1)) }, rules)).toBe('signed-in');
  expect(boardState(at(50), session, { signedIn: mark(at(1)) }, rules)).toBe('done');
  expect(boardState(at(6), { ...session, status: 'cancelled' }, undefined, rules)).toBe('cancelled');
});

test('present, absent and on leave always sum to due', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('present' as const, 'absent' as const, 'leave' as const)), (presences) => {
      const counts = countRoll(presences.map((presence) => ({ presence })));
      expect(counts.present + counts.absent + counts.onLeave).toBe(counts.due);
      expect(counts.due).toBe(presences.length);
      expect(counts.absent).toBe(presences.filter((presence) => presence === 'absent').length);
    }),
  );
});
