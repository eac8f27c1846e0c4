/**
 * Taking a seat, so that a reply that got lost never makes two of one try: the enrolment's id is made here, kept on the phone
 * until the server has said how it went, and sent again with every repeat.
 */
import type { Id } from '@kehou/shared/kernel/id';
import { ApiError, type InputOf } from '@kehou/shared/kernel/route';
import { type Enrolment, isFinal } from '@kehou/shared/selection/enrolment';
import type { selectionRoutes } from '@kehou/shared/selection/routes';
import * as z from 'zod';
import { isUnknown } from '../failure.ts';

const KEY = 'taking';
const KEPT_MAX = 40;
/** Pauses between tries while the server is busy or out of reach, in milliseconds; half of each is left to chance. */
const PAUSES_MS = [400, 1000, 2000] as const;

type Input = InputOf<typeof selectionRoutes.takeSeat>;
export type Seat = Pick<Input, 'pupilId' | 'offeringId' | 'windowId' | 'turn'>;

export interface KeepDeps {
  readonly storage: {
    storageGet(key: string): string | undefined;
    storageSet(key: string, value: string): void;
  };
  readonly newId: () => Id<'enrolment'>;
  readonly pause: (ms: number) => Promise<void>;
  /** Told before each further try. */
  readonly again?: (tries: number) => void;
  /** The server's time: a phone that reckons its turn a moment too early waits for that moment. */
  readonly nowMs?: () => number;
}
export interface TakeDeps extends KeepDeps {
  readonly take: (input: Input) => Promise<Enrolment>;
}

/** A turn that is refused as early is waited for when it comes within so long. */
const EARLY_MS_MAX = 5000;

const Kept = z.record(z.string(), z.string());

/** A try is for a child and a class. */
export const tryName = ({ pupilId, offeringId }: Pick<Seat, 'pupilId' | 'offeringId'>): string => `${pupilId}.${offeringId}`;

/** Answers a live enrolment, or throws why not. Whatever is thrown, calling it again is safe. */
export async function takeSeat(seat: Seat, deps: TakeDeps): Promise<Enrolment> {
  const name = tryName(seat);
  // Once more with a new id, when the old one turns out to be of a try that is over.
  for (let fresh = 0; ; fresh++) {
    const enrolment = await tried(() => deps.take({ ...seat, enrolmentId: keptId(name, deps) }), [name], deps);
    forget([name], deps);
    if (fresh > 0 || !isOver(enrolment)) return enrolment;
  }
}

/** The id led to a try that has come to its end since. */
export const isOver = ({ status }: Enrolment): boolean => isFinal(status) || status === 'closing';

/** Asks until it is known how it went: a refusal is an answer, after which the ids are of no more use. */
export async function tried<T>(ask: () => Promise<T>, names: readonly string[], deps: KeepDeps): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      const early = earlyBy(error, deps);
      if (early === undefined && !isUnknown(error)) {
        forget(names, deps);
        throw error;
      }
      const pause = PAUSES_MS[attempt];
      // The ids stay: nobody knows whether that try went through.
      if (pause === undefined) throw error;
      await deps.pause((early ?? 0) + pause / 2 + (pause / 2) * Math.random());
      deps.again?.(attempt + 1);
    }
  }
}

/** Milliseconds until the family's turn, where the server said that it is about to come. */
function earlyBy(error: unknown, { nowMs }: KeepDeps): number | undefined {
  if (!nowMs || !(error instanceof ApiError) || error.code !== 'selection.not_your_turn') return undefined;
  const leftMs = Date.parse(String(error.body.details?.admitAt)) - nowMs();
  return leftMs <= EARLY_MS_MAX ? Math.max(0, leftMs) : undefined;
}

/** The id of this try: made now, unless one is kept whose end nobody knows. */
export function keptId(name: string, deps: KeepDeps): Id<'enrolment'> {
  const kept = read(deps);
  const id = (kept[name] as Id<'enrolment'> | undefined) ?? deps.newId();
  write(deps, { ...without(kept, [name]), [name]: id });
  return id;
}

export function forget(names: readonly string[], deps: KeepDeps): void {
  write(deps, without(read(deps), names));
}

function without(kept: Readonly<Record<string, string>>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(kept).filter(([other]) => !names.includes(other)));
}

function read({ storage }: KeepDeps): Record<string, string> {
  try {
    return Kept.parse(JSON.parse(storage.storageGet(KEY) ?? '{}'));
  } catch {
    return {};
  }
}

function write({ storage }: KeepDeps, kept: Readonly<Record<string, string>>): void {
  storage.storageSet(KEY, JSON.stringify(Object.fromEntries(Object.entries(kept).slice(-KEPT_MAX))));
}
