/**
 * Taking a seat, so that a reply that got lost never makes two of one try: the enrolment's id is made here, kept on the phone
 * until the server has said how it went, and sent again with every repeat.
 */
import type { Id } from '@kehou/shared/kernel/id';
import { ApiError, type InputOf } from '@kehou/shared/kernel/route';
import { type Enrolment, isFinal } from '@kehou/shared/selection/enrolment';
import type { selectionRoutes } from '@kehou/shared/selection/routes';
import * as z from 'zod';
import { PlatformError } from '../platform/platform.ts';

const KEY = 'taking';
const KEPT_MAX = 20;
/** Pauses between tries while the server is busy or out of reach, in milliseconds; half of each is left to chance. */
const PAUSES_MS = [400, 1000, 2000] as const;

type Input = InputOf<typeof selectionRoutes.takeSeat>;
export type Seat = Pick<Input, 'pupilId' | 'offeringId' | 'windowId'>;

export interface TakeDeps {
  readonly storage: {
    storageGet(key: string): string | undefined;
    storageSet(key: string, value: string): void;
  };
  readonly take: (input: Input) => Promise<Enrolment>;
  readonly newId: () => Id<'enrolment'>;
  readonly pause: (ms: number) => Promise<void>;
}

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
      if (!isUnknown(error)) {
        forget(name, deps);
        throw error;
      }
      const pause = PAUSES_MS[attempt];
      // The id stays: nobody knows whether that try went through.
      if (pause === undefined) throw error;
      await deps.pause(pause / 2 + (pause / 2) * Math.random());
    }
  }
}

/** Did the request perhaps arrive, or may it the next time? A refusal is an answer. */
export function isUnknown(error: unknown): boolean {
  if (error instanceof ApiError) return error.status >= 500 || error.status === 429;
  return error instanceof PlatformError && (error.code === 'platform.network' || error.code === 'platform.timeout');
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
