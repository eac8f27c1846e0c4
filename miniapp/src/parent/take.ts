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
const KEPT_MAX = 20;
/** Pauses between tries while the server is busy or out of reach, in milliseconds; half of each is left to chance. */
const PAUSES_MS = [400, 1000, 2000] as const;

type Input = InputOf<typeof selectionRoutes.takeSeat>;
export type Seat = Pick<Input, 'pupilId' | 'offeringId' | 'windowId' | 'turn'>;

export interface TakeDeps {
  readonly storage: {
    storageGet(key: string): string | undefined;
    storageSet(key: string, value: string): void;
  };
  readonly take: (input: Input) => Promise<Enrolment>;
  readonly newId: () => Id<'enrolment'>;
  readonly pause: (ms: number) => Promise<void>;
  /** Told before each further try. */
  readonly again?: (tries: number) => void;
  /** The server's time: a phone that reckons its turn a moment too early waits for that moment. */
  readonly nowMs?: () => number;
}

/** A turn that is refused as early is waited for when it comes within so long. */
const EARLY_MS_MAX = 5000;

const Kept = z.record(z.string(), z.string());

/** Answers a live enrolment, or throws why not. Whatever is thrown, calling it again is safe. */
export async function takeSeat(seat: Seat, deps: TakeDeps): Promise<Enrolment> {
  const name = `${seat.pupilId}.${seat.offeringId}`;
  // Once more with a new id, when the old one turns out to be of a try that is over.
  for (let fresh = 0; ; fresh++) {
    const enrolment = await tried({ ...seat, enrolmentId: keptId(name, deps) }, name, deps);
    forget(name, deps);
    if (fresh > 0 || !(isFinal(enrolment.status) || enrolment.status === 'closing')) return enrolment;
  }
}

async function tried(input: Input, name: string, deps: TakeDeps): Promise<Enrolment> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await deps.take(input);
    } catch (error) {
      const early = earlyBy(error, deps);
      if (early === undefined && !isUnknown(error)) {
        forget(name, deps);
        throw error;
      }
      const pause = PAUSES_MS[attempt];
      // The id stays: nobody knows whether that try went through.
      if (pause === undefined) throw error;
      await deps.pause((early ?? 0) + pause / 2 + (pause / 2) * Math.random());
      deps.again?.(attempt + 1);
    }
  }
}

/** Milliseconds until the family's turn, where the server said that it is about to come. */
function earlyBy(error: unknown, { nowMs }: TakeDeps): number | undefined {
  if (!nowMs || !(error instanceof ApiError) || error.code !== 'selection.not_your_turn') return undefined;
  const leftMs = Date.parse(String(error.body.details?.admitAt)) - nowMs();
  return leftMs <= EARLY_MS_MAX ? Math.max(0, leftMs) : undefined;
}

function keptId(name: string, deps: TakeDeps): string {
  const kept = read(deps);
  const id = kept[name] ?? deps.newId();
  write(deps, { ...without(kept, name), [name]: id });
  return id;
}

function forget(name: string, deps: TakeDeps): void {
  write(deps, without(read(deps), name));
}

function without(kept: Readonly<Record<string, string>>, name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(kept).filter(([other]) => other !== name));
}

function read({ storage }: TakeDeps): Record<string, string> {
  try {
    return Kept.parse(JSON.parse(storage.storageGet(KEY) ?? '{}'));
  } catch {
    return {};
  }
}

function write({ storage }: TakeDeps, kept: Readonly<Record<string, string>>): void {
  storage.storageSet(KEY, JSON.stringify(Object.fromEntries(Object.entries(kept).slice(-KEPT_MAX))));
}
