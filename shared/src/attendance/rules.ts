/** What decides over a sign-in, a roll and the button of this minute: pure, so that the server and a screen agree. */
import type { FailureCode } from '../kernel/errors.ts';
import { addMinutes, type Instant, instant, ms } from '../kernel/time.ts';
import type { Session } from '../offering/offering.ts';
import type { Fence } from '../organisation/organisation.ts';
import type { SchoolSettings } from '../school/school.ts';
import { type NextStep, type Position, type Presence, QR_TURN_SECONDS, type SessionRecord } from './attendance.ts';

type SignRules = Pick<SchoolSettings, 'signInOpensMinutes' | 'lateAfterMinutes'>;
type Hours = Pick<Session, 'startsAt' | 'endsAt'>;

/** A phone that knows its place no better than this is asked to try again. */
export const ACCURACY_METRES_MAX = 200;
/** Of what the phone says it may be wrong by, so much is believed in its favour at the fence. */
export const GRACE_METRES_MAX = 50;
/** Faster than this between two signs and it was not one person. */
export const TRAVEL_KMH_MAX = 150;
/** Two schools' gates may be this close: no speed is worked out within it. */
export const TRAVEL_FREE_METRES = 500;
/** A lesson may be left so many minutes before its end, and signed out from until so many after. */
export const SIGN_OUT_BEFORE_MINUTES = 10;
export const SIGN_OUT_AFTER_MINUTES = 120;
/** A roll may be called late or corrected, and comments written, for so many days after the session. */
export const ROLL_DAYS_MAX = 7;
/** An exception may be asked for so many days after the session: it then still counts for the next payout. */
export const EXCEPTION_DAYS_MAX = 31;

const TURN_MS = QR_TURN_SECONDS * 1000;
const DAY_MINUTES = 24 * 60;

// --- the code on show -----------------------------------------------------------------------------------------------

/** The half minute that an instant is in, counted from the epoch. */
export function turnAt(now: Instant): number {
  return Math.floor(ms(now) / TURN_MS);
}

export function turnStart(turn: number): Instant {
  return instant(turn * TURN_MS);
}

/** A code is good in its own turn and the next, so that nobody fails for having scanned at its last second. */
export function isFreshTurn(turn: number, now: Instant): boolean {
  const age = turnAt(now) - turn;
  return age === 0 || age === 1;
}

// --- where and when ---------------------------------------------------------------------------------------------------

const EARTH_RADIUS_METRES = 6_371_008.8;

/**
 * Metres between two points in one and the same datum, along a great circle (haversine on the mean radius: 0.5 % off at
 * worst, a metre at a fence). Six lines of our own: geolib's package cannot be imported by Node, jest and webpack alike.
 */
export function metresBetween(a: Pick<Position, 'latitude' | 'longitude'>, b: Pick<Position, 'latitude' | 'longitude'>): number {
  const radians = (degrees: number) => (degrees * Math.PI) / 180;
  const halfLatitude = Math.sin(radians(b.latitude - a.latitude) / 2);
  const halfLongitude = Math.sin(radians(b.longitude - a.longitude) / 2);
  const chord = halfLatitude ** 2 + Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * halfLongitude ** 2;
  return 2 * EARTH_RADIUS_METRES * Math.asin(Math.min(1, Math.sqrt(chord)));
}

/** A person's sign before this one. */
export interface EarlierSign {
  readonly at: Instant;
  readonly position: Position;
}

export type PlaceVerdict =
  | { readonly distanceMetres: number; readonly refused?: undefined }
  | { readonly refused: FailureCode; readonly distanceMetres?: number };

/**
 * Is the phone where it should be? Precise enough, inside the fence (give or take what it admits to, 50 m at most), and
 * not further from the last sign than a person can travel. GCJ-02 on both sides: what phones in China report, and what
 * the fence is drawn in.
 */
export function judgePlace(now: Instant, position: Position, fence: Fence | undefined, earlier: EarlierSign | undefined): PlaceVerdict {
  if (!fence) return { refused: 'attendance.no_fence' };
  if (position.accuracyMetres > ACCURACY_METRES_MAX) return { refused: 'attendance.position_vague' };
  const distanceMetres = Math.round(metresBetween(position, fence));
  if (distanceMetres > fence.radiusMetres + Math.min(position.accuracyMetres, GRACE_METRES_MAX)) {
    return { refused: 'attendance.too_far', distanceMetres };
  }
  if (earlier && travelKmh(earlier, { at: now, position }) > TRAVEL_KMH_MAX)
    return { refused: 'attendance.moved_too_fast', distanceMetres };
  return { distanceMetres };
}

/** Speed that it takes from one sign to the next, doubts about both places in the person's favour; 0 within half a kilometre. */
export function travelKmh(from: EarlierSign, to: EarlierSign): number {
  const metres = metresBetween(from.position, to.position) - from.position.accuracyMetres - to.position.accuracyMetres;
  if (metres <= TRAVEL_FREE_METRES) return 0;
  const hours = Math.max(0, ms(to.at) - ms(from.at)) / 3_600_000;
  return hours === 0 ? Number.POSITIVE_INFINITY : metres / 1000 / hours;
}

/** From the minutes that the school sets before the start, until the end. */
export function signInHours(session: Hours, rules: SignRules): { from: Instant; until: Instant } {
  return { from: addMinutes(session.startsAt, -rules.signInOpensMinutes), until: session.endsAt };
}

export function signOutHours(session: Hours): { from: Instant; until: Instant } {
  return { from: addMinutes(session.endsAt, -SIGN_OUT_BEFORE_MINUTES), until: addMinutes(session.endsAt, SIGN_OUT_AFTER_MINUTES) };
}

/** The first instant is inside, the last one is not. */
export function judgeHours(now: Instant, hours: { readonly from: Instant; readonly until: Instant }): FailureCode | undefined {
  if (ms(now) < ms(hours.from)) return 'attendance.too_early';
  return ms(now) < ms(hours.until) ? undefined : 'attendance.too_late';
}

export function isLate(at: Instant, session: Hours, rules: SignRules): boolean {
  return ms(at) > ms(addMinutes(session.startsAt, rules.lateAfterMinutes));
}

/** A roll may be called from when signing in opens (also by a teacher whose sign-in did not work) until a week after. */
export function judgeRollHours(now: Instant, session: Hours, rules: SignRules): FailureCode | undefined {
  if (ms(now) < ms(signInHours(session, rules).from)) return 'attendance.roll_not_open';
  return ms(now) < ms(addMinutes(session.endsAt, ROLL_DAYS_MAX * DAY_MINUTES)) ? undefined : 'attendance.roll_over';
}

/** What there is to say about a pupil comes with the class, and until the roll is closed for good. */
export function judgeCommentHours(now: Instant, session: Hours): FailureCode | undefined {
  if (ms(now) < ms(session.startsAt)) return 'teaching.not_begun';
  return ms(now) < ms(addMinutes(session.endsAt, ROLL_DAYS_MAX * DAY_MINUTES)) ? undefined : 'teaching.too_late';
}

/** An exception is asked for once signing is (or was) due, and while the next payout can still count it. */
export function judgeExceptionHours(now: Instant, session: Hours, rules: SignRules, mark: 'sign-in' | 'sign-out'): FailureCode | undefined {
  const { from } = mark === 'sign-in' ? signInHours(session, rules) : signOutHours(session);
  return judgeHours(now, { from, until: addMinutes(session.endsAt, EXCEPTION_DAYS_MAX * DAY_MINUTES) });
}

// --- what comes next --------------------------------------------------------------------------------------------------

/** The one button that is right for this minute: never one whose use case would refuse. */
export function nextStep(
  now: Instant,
  session: Hours & Pick<Session, 'status'>,
  record: Pick<SessionRecord, 'signedIn' | 'signedOut' | 'rollCalledAt'> | undefined,
  rules: SignRules,
): NextStep {
  if (session.status === 'cancelled') return 'done';
  if (!record?.signedIn) {
    const verdict = judgeHours(now, signInHours(session, rules));
    if (verdict === 'attendance.too_early') return 'wait';
    return verdict ? 'missed' : 'sign-in';
  }
  if (!record.rollCalledAt) return judgeRollHours(now, session, rules) === undefined ? 'call-roll' : 'done';
  if (record.signedOut) return 'done';
  const out = judgeHours(now, signOutHours(session));
  // A roll may be called before the start: then there is nothing to do until it.
  if (out === 'attendance.too_early') return judgeCommentHours(now, session) ? 'wait' : 'comment';
  return out ? 'done' : 'sign-out';
}

export type BoardState = 'upcoming' | 'signed-in' | 'late' | 'missing' | 'done' | 'cancelled';

/** `late`: it should have begun and nobody has signed in; `missing`: it is over and nobody ever did. */
export function boardState(
  now: Instant,
  session: Hours & Pick<Session, 'status'>,
  record: Pick<SessionRecord, 'signedIn'> | undefined,
  rules: SignRules,
): BoardState {
  if (session.status === 'cancelled') return 'cancelled';
  const over = ms(now) >= ms(session.endsAt);
  if (record?.signedIn) return over ? 'done' : 'signed-in';
  if (over) return 'missing';
  return isLate(now, session, rules) ? 'late' : 'upcoming';
}

// --- the roll -----------------------------------------------------------------------------------------------------------

/** The counts of a roll: present, absent and on leave sum to due. */
export function countRoll(
  entries: Iterable<{ readonly presence: Presence }>,
): Pick<SessionRecord, 'due' | 'present' | 'absent' | 'onLeave'> {
  const counts = { due: 0, present: 0, absent: 0, onLeave: 0 };
  for (const { presence } of entries) {
    counts.due += 1;
    if (presence === 'present') counts.present += 1;
    else if (presence === 'absent') counts.absent += 1;
    else counts.onLeave += 1;
  }
  return counts;
}
