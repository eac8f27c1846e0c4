/** What the window form holds of a draw, and what becomes of it. */
import {
  addMinutes,
  type ChinaDate,
  chinaDate,
  chinaInstant,
  type Instant,
  instant,
  ms,
  type TimeOfDay,
  timeOfDay,
} from '@kehou/shared/kernel/time';
import { earliestBirth, type Lottery, PAY_HOURS_MAX, ROUNDS_MAX, VALUE_GAP_MINUTES_MIN } from '@kehou/shared/selection/lottery';
import { modeOf, type Window, type WindowMode } from '@kehou/shared/selection/window';

export const MODES = ['first-come', 'lottery', 'lottery-then-first-come'] as const satisfies readonly WindowMode[];
export const ROUNDS = Array.from({ length: ROUNDS_MAX }, (_, index) => index + 1);

export interface Hours {
  readonly date: string;
  readonly time: string;
}
const NO_HOURS: Hours = { date: '', time: '20:00' };
/** When the evening's lottery numbers are out: well after a close at eight. */
const BORN_AT_NO_DAY: Hours = { date: '', time: '21:30' };
export const hoursOf = (at: Instant | undefined): Hours => (at ? { date: chinaDate(at), time: timeOfDay(at) } : NO_HOURS);
export const instantOf = ({ date, time }: Hours): Instant | undefined =>
  date && time ? chinaInstant(date as ChinaDate, time as TimeOfDay) : undefined;

export interface LotteryDraft {
  readonly mode: WindowMode;
  readonly rounds: number;
  readonly payHours: string;
  readonly source: 'public' | 'secret';
  readonly name: string;
  readonly born: Hours;
  readonly leftOpens: Hours;
  readonly leftCloses: Hours;
}

export function draftOf(window: Pick<Window, 'lottery'> | undefined): LotteryDraft {
  const lottery = window?.lottery;
  const source = lottery?.seedSource;
  return {
    mode: window ? modeOf(window) : 'first-come',
    rounds: lottery?.rounds ?? 1,
    payHours: String(lottery?.payHours ?? 24),
    source: source?.kind ?? 'public',
    name: source?.kind === 'public' ? source.name : '',
    born: source?.kind === 'public' ? hoursOf(source.bornAt) : BORN_AT_NO_DAY,
    leftOpens: hoursOf(lottery?.firstCome?.opensAt),
    leftCloses: hoursOf(lottery?.firstCome?.closesAt),
  };
}

export type Problem = 'required' | 'payHours' | 'name' | 'born' | 'leftOpens' | 'leftCloses';
export type Problems = Partial<Record<'payHours' | 'name' | 'born' | 'leftOpens' | 'leftCloses', Problem>>;

/** When winners' time to pay is over at the earliest: what is left may open from then on. Undefined while something is missing. */
export function paidBy(draft: LotteryDraft, closesAt: Instant | undefined): Instant | undefined {
  const from = draft.source === 'public' ? instantOf(draft.born) : closesAt;
  const hours = payHoursOf(draft);
  return from && hours !== undefined ? instant(ms(from) + hours * 3_600_000) : undefined;
}

/**
 * What is published names its value already: the latest close that a new one may have, where it is later than that. Undefined: it may be
 * so, or it is the close that stands.
 */
export function latestClose(window: Pick<Window, 'closesAt' | 'lottery'> | undefined, closesAt: Instant | undefined): Instant | undefined {
  const source = window?.lottery?.seedSource;
  if (source?.kind !== 'public' || !closesAt || closesAt === window?.closesAt || source.bornAt >= earliestBirth(closesAt)) return undefined;
  return addMinutes(source.bornAt, -VALUE_GAP_MINUTES_MIN);
}

function payHoursOf({ payHours }: LotteryDraft): number | undefined {
  const hours = /^\d{1,3}$/.test(payHours) ? Number(payHours) : 0;
  return hours >= 1 && hours <= PAY_HOURS_MAX ? hours : undefined;
}

export function problemsOf(draft: LotteryDraft, closesAt: Instant | undefined): Problems {
  if (draft.mode === 'first-come') return {};
  const bornAt = instantOf(draft.born);
  const opensAt = instantOf(draft.leftOpens);
  const leftCloses = instantOf(draft.leftCloses);
  const earliest = paidBy(draft, closesAt);
  const found: { [K in keyof Problems]: Problem | undefined } = {
    payHours: payHoursOf(draft) === undefined ? 'payHours' : undefined,
    ...(draft.source === 'public'
      ? {
          name: draft.name.trim().length < 4 ? 'name' : undefined,
          born: bornAt === undefined ? 'required' : closesAt && bornAt < earliestBirth(closesAt) ? 'born' : undefined,
        }
      : {}),
    ...(draft.mode === 'lottery-then-first-come'
      ? {
          leftOpens: opensAt === undefined ? 'required' : earliest && opensAt < earliest ? 'leftOpens' : undefined,
          leftCloses: leftCloses === undefined ? 'required' : opensAt && leftCloses <= opensAt ? 'leftCloses' : undefined,
        }
      : {}),
  };
  return Object.fromEntries(Object.entries(found).filter(([, problem]) => problem !== undefined)) as Problems;
}

/** For the server; undefined: first come. Only for a draft without problems. */
export function lotteryOf(draft: LotteryDraft): Lottery | undefined {
  if (draft.mode === 'first-come') return undefined;
  return {
    rounds: draft.rounds,
    payHours: payHoursOf(draft) as number,
    seedSource:
      draft.source === 'public'
        ? { kind: 'public', name: draft.name.trim(), bornAt: instantOf(draft.born) as Instant }
        : { kind: 'secret' },
    ...(draft.mode === 'lottery-then-first-come'
      ? { firstCome: { opensAt: instantOf(draft.leftOpens) as Instant, closesAt: instantOf(draft.leftCloses) as Instant } }
      : {}),
  };
}
