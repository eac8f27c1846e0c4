/**
 * The seat item: who holds a place in a class. It is the only hot item of a selection night, so it is small, alone in
 * its partition, and changed by one plain conditional update at a time: never in a transaction, which would conflict.
 *
 * `holders` maps a holder's key to `1`, or to the purpose of the place that was kept for it. The key is the pupil's id without its prefix, packed to 22 characters, and the
 * number of the attempt: made by the server, never reused, so that a late or repeated message can only ever touch its
 * own attempt. With 30 holders the item is 0.9 KB: one write unit. A kept place adds
 * the bytes of its purpose, up to 60.
 */
import type { FailureCode } from '@kehou/shared/kernel/errors';
import type { Id } from '@kehou/shared/kernel/id';
import { type Instant, ms } from '@kehou/shared/kernel/time';
import type { Offering } from '@kehou/shared/offering/offering';
import * as z from 'zod';
import { keys } from '../platform/keys.ts';
import { type Condition, set, type Table, update, type Write } from '../platform/table.ts';

export const Seat = z.object({
  windowId: z.string(),
  holders: z.record(z.string(), z.union([z.literal(1), z.string()])),
  /** Places that there are holders for: those kept for a purpose only join in when they are given, so that no newcomer can take one. */
  capacity: z.int(),
  /** Purpose → places kept that are not given yet. */
  reserved: z.record(z.string(), z.int()).optional(),
  /** Hours in milliseconds: what the item's own condition judges, whoever else believes what. */
  opensMs: z.int(),
  closesMs: z.int(),
  status: z.enum(['open', 'cancelled']),
  /** Rises with every change of holders, so that projections can tell old from new. */
  revision: z.int(),
  /** Somebody waits for a place: what comes free is theirs, and no newcomer's. */
  waiting: z.boolean().optional(),
  /** Rises with everybody who joins the waiting list, so that it is called empty only while nobody joins. */
  joins: z.int().optional(),
  /** The school has said that it runs however few are in it. */
  runs: z.boolean().optional(),
  /** The version of the window whose hours these are. */
  windowVersion: z.int(),
});
export type Seat = z.infer<typeof Seat>;

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const ULID_CHARACTERS = 26;

/** `pup_` + ULID and the attempt → 22 characters of base64url, a dot, the attempt. */
export function holderKey(pupilId: Id<'pupil'>, attempt: number): string {
  let bits = 0n;
  for (const character of pupilId.slice(-ULID_CHARACTERS)) bits = bits * 32n + BigInt(CROCKFORD.indexOf(character));
  return `${Buffer.from(bits.toString(16).padStart(32, '0'), 'hex').toString('base64url')}.${attempt}`;
}

/** The other way round. */
export function holderOf(key: string): { pupilId: Id<'pupil'>; attempt: number } {
  const [packed = '', attempt = ''] = key.split('.');
  let bits = BigInt(`0x${Buffer.from(packed, 'base64url').toString('hex')}`);
  let ulid = '';
  for (let index = 0; index < ULID_CHARACTERS; index++) {
    ulid = CROCKFORD[Number(bits % 32n)] + ulid;
    bits /= 32n;
  }
  return { pupilId: `pup_${ulid}` as Id<'pupil'>, attempt: Number(attempt) };
}

export type Taken = { readonly taken: true } | { readonly taken: false; readonly why: 'full' | 'not-open' | 'closed' | 'cancelled' };
export type NoSeat = Exclude<Taken, { taken: true }>['why'];

/** What each is called to people. */
export const noSeatCodes: Readonly<Record<NoSeat, FailureCode>> = {
  full: 'selection.full',
  'not-open': 'selection.not_open',
  closed: 'selection.closed',
  cancelled: 'selection.class_cancelled',
};

const ADD_HOLDER = 'SET #holders.#me = :one, #revision = #revision + :one';
const INSIDE_HOURS = '#opensMs <= :now AND #closesMs > :now';
const ROOM = 'size(#holders) < #capacity';
const NOBODY_WAITS = '(attribute_not_exists(#waiting) OR #waiting = :no)';

/**
 * Takes a place: this key is a holder already (a retry), or there is room inside the hours. One write, and the only one
 * that a newcomer ever makes to the hot item. A class that was called off takes nobody: not even a key that is in it, whose place may
 * have been ended and paid back already. On `cancelled` that key may have to come out: `loseTry`.
 */
export async function takeHolder(table: Table, offeringId: string, holder: string, now: Instant): Promise<Taken> {
  return addHolder(table, offeringId, holder, { insideHours: now, unlessWaited: true });
}

/** For a payment that came late: the hours are over for newcomers, not for someone who has paid. */
export async function takeHolderPaidLate(table: Table, offeringId: string, holder: string): Promise<Taken> {
  return addHolder(table, offeringId, holder, { unlessWaited: true });
}

/** For the next in the waiting list: a place that came free, whatever the hours. */
export async function takeHolderWaited(table: Table, offeringId: string, holder: string): Promise<Taken> {
  return addHolder(table, offeringId, holder, { unlessWaited: false });
}

/**
 * A place that is kept for this purpose becomes this holder's: out of the reserve and into the class in one write, so that the number
 * of places is the same before and after it. Whatever the hours.
 */
export async function takeHolderReserved(table: Table, offeringId: string, holder: string, purpose: string): Promise<Taken> {
  const refusal = await table.tryWrite([
    update(
      keys.seat(offeringId),
      'SET #holders.#me = :purpose, #capacity = #capacity + :one, #reserved.#purpose = #reserved.#purpose - :one, #revision = #revision + :one',
      {
        values: { purpose, one: 1 },
        names: { '#me': holder, '#purpose': purpose },
        condition: {
          expression: 'attribute_not_exists(#holders.#me) AND #status = :open AND #reserved.#purpose >= :one',
          names: { '#me': holder, '#purpose': purpose },
          values: { open: 'open', one: 1 },
        },
      },
    ),
  ]);
  if (!refusal) return { taken: true };
  const item = refusal.items.get(0);
  const seat = item && Seat.parse(item);
  if (seat?.status === 'cancelled') return { taken: false, why: 'cancelled' };
  return seat?.holders[holder] !== undefined ? { taken: true } : { taken: false, why: 'full' };
}

interface TakeRule {
  readonly insideHours?: Instant;
  readonly unlessWaited: boolean;
}

async function addHolder(table: Table, offeringId: string, holder: string, rule: TakeRule): Promise<Taken> {
  const now = rule.insideHours && ms(rule.insideHours);
  const terms = [...(now === undefined ? [] : [INSIDE_HOURS]), ROOM, ...(rule.unlessWaited ? [NOBODY_WAITS] : [])];
  const condition: Condition = {
    expression: `#status = :open AND (attribute_exists(#holders.#me) OR (${terms.join(' AND ')}))`,
    names: { '#me': holder },
    values: { open: 'open', ...(now === undefined ? {} : { now }), ...(rule.unlessWaited ? { no: false } : {}) },
  };
  const adding = update(keys.seat(offeringId), ADD_HOLDER, { values: { one: 1 }, names: { '#me': holder }, condition });
  const refusal = await table.tryWrite([adding]);
  if (!refusal) return { taken: true };
  const item = refusal.items.get(0);
  if (!item) return { taken: false, why: 'not-open' };
  const seat = Seat.parse(item);
  if (seat.status === 'cancelled') return { taken: false, why: 'cancelled' };
  if (now !== undefined && now < seat.opensMs) return { taken: false, why: 'not-open' };
  if (now !== undefined && now >= seat.closesMs) return { taken: false, why: 'closed' };
  return { taken: false, why: 'full' };
}

/**
 * Takes a holder out: the place is free for others, one that was kept for a purpose is kept for it again. Idempotent: a key that is not
 * there, or a class without a seat item, is no error.
 */
export async function removeHolder(table: Table, offeringId: string, holder: string): Promise<void> {
  const refusal = await table.tryWrite([
    update(keys.seat(offeringId), 'REMOVE #holders.#me SET #revision = #revision + :one', {
      values: { one: 1 },
      names: { '#me': holder },
      condition: { expression: '#holders.#me = :one', names: { '#me': holder } },
    }),
  ]);
  const item = refusal?.items.get(0);
  const purpose = item && Seat.parse(item).holders[holder];
  if (typeof purpose !== 'string') return;
  await table.tryWrite([
    update(
      keys.seat(offeringId),
      'REMOVE #holders.#me SET #capacity = #capacity - :one, #reserved.#purpose = #reserved.#purpose + :one, #revision = #revision + :one',
      {
        values: { one: 1 },
        names: { '#me': holder, '#purpose': purpose },
        condition: { expression: '#holders.#me = :purpose', names: { '#me': holder }, values: { purpose } },
      },
    ),
  ]);
}

/**
 * More places, and fewer of them kept for a purpose, as the class says now. Both only go one way, so that word of an older state of the
 * class changes nothing.
 */
export async function followPlaces(table: Table, offeringId: string, wanted: Pick<Offering, 'capacity' | 'reserved'>): Promise<void> {
  for (let tries = 1; !(await tryFollow(table, offeringId, wanted)); tries++) {
    if (tries >= FOLLOW_TRIES_MAX) throw new Error(`the places of ${offeringId} keep changing`);
  }
}

const FOLLOW_TRIES_MAX = 10;

/** `false`: the seat has changed meanwhile, look again. */
async function tryFollow(table: Table, offeringId: string, wanted: Pick<Offering, 'capacity' | 'reserved'>): Promise<boolean> {
  const seat = await table.get(keys.seat(offeringId), Seat);
  if (!seat) return true;
  const kept = seat.reserved ?? {};
  const reserved = Object.fromEntries(
    Object.entries(kept).map(([purpose, left]) => {
      const places = wanted.reserved?.find((each) => each.purpose === purpose)?.places ?? 0;
      return [purpose, Math.max(0, Math.min(left, places - givenFor(seat, purpose)))];
    }),
  );
  const capacity = Math.max(seat.capacity + keptOf(seat), wanted.capacity) - keptOf({ reserved });
  if (capacity === seat.capacity) return true;
  const places = seat.reserved ? { capacity, reserved } : { capacity };
  const sets = Object.keys(places).map((name) => `#${name} = :${name}`);
  // Of two purposes one may have given and the other got back: the sum alone would not tell.
  const purposes = Object.entries(kept);
  const asRead = ['#capacity = :seen', ...purposes.map((_, index) => `#reserved.#p${index} = :left${index}`)];
  const refusal = await table.tryWrite([
    update(keys.seat(offeringId), `SET ${sets.join(', ')}, #revision = #revision + :one`, {
      values: { ...places, one: 1 },
      condition: {
        expression: asRead.join(' AND '),
        names: Object.fromEntries(purposes.map(([purpose], index) => [`#p${index}`, purpose])),
        values: { seen: seat.capacity, ...Object.fromEntries(purposes.map(([, left], index) => [`left${index}`, left])) },
      },
    }),
  ]);
  return !refusal;
}

/** How many of the places that were kept for this purpose are somebody's. */
export function givenFor({ holders }: Pick<Seat, 'holders'>, purpose: string): number {
  return Object.values(holders).filter((value) => value === purpose).length;
}

/** How many places are kept for a purpose and not given. */
export function keptOf({ reserved = {} }: Pick<Seat, 'reserved'>): number {
  return Object.values(reserved).reduce((sum, left) => sum + left, 0);
}

/** Says that somebody waits: after their place in the list is on record, so that it is never called empty over their head. */
export async function markWaiting(table: Table, offeringId: string): Promise<void> {
  await table.write([
    update(keys.seat(offeringId), 'SET #waiting = :yes, #joins = if_not_exists(#joins, :zero) + :one, #revision = #revision + :one', {
      values: { yes: true, zero: 0, one: 1 },
      condition: { expression: 'attribute_exists(PK)' },
    }),
  ]);
}

/** Nobody waits any more, as seen when `joins` had joined; `false` when someone has since. */
export async function markNobodyWaiting(table: Table, offeringId: string, joins: number): Promise<boolean> {
  const refusal = await table.tryWrite([
    update(keys.seat(offeringId), 'SET #waiting = :no, #revision = #revision + :one', {
      values: { no: false, one: 1, joins },
      condition: { expression: '#joins = :joins' },
    }),
  ]);
  return !refusal;
}

/**
 * Calls a class off unless it has reached its smallest size: judged by the item itself, so no late payment slips between.
 * `leaving`: so many of those who were holders at this revision do not count, since they are about to leave; then the item must still
 * be as it was counted, and `cancelled` is `undefined` when it is not: count again.
 */
export async function cancelSeatIfUnder(
  table: Table,
  offeringId: string,
  smallestSize: number,
  counted?: { readonly leaving: number; readonly revision: number },
): Promise<{ cancelled: boolean | undefined }> {
  const asCounted = counted ? '#revision = :revision AND ' : '';
  const refusal = await table.tryWrite([
    update(keys.seat(offeringId), 'SET #status = :cancelled, #revision = #revision + :one', {
      values: { cancelled: 'cancelled', one: 1 },
      condition: {
        expression: `#status = :cancelled OR (attribute_not_exists(#runs) AND ${asCounted}size(#holders) < :smallest)`,
        values: {
          cancelled: 'cancelled',
          smallest: smallestSize + (counted?.leaving ?? 0),
          ...(counted ? { revision: counted.revision } : {}),
        },
      },
    }),
  ]);
  if (!refusal) return { cancelled: true };
  const item = refusal.items.get(0);
  const moved = counted && item && Seat.parse(item).revision !== counted.revision;
  return { cancelled: moved ? undefined : false };
}

/** Calls a class off, whoever has a place in it: as long as its holders are those of this revision. */
export function cancelSeatWrite(offeringId: string, revision: number): Write {
  return update(keys.seat(offeringId), 'SET #status = :cancelled, #revision = #revision + :one', {
    values: { cancelled: 'cancelled', one: 1 },
    condition: { expression: '#revision = :revision', values: { revision } },
  });
}

/** However few are in it, it is not called off for that any more; fails when it has been. */
export function runsAnywayWrite(offeringId: string): Write {
  return set(keys.seat(offeringId), { runs: true }, { condition: { expression: '#status = :open', values: { open: 'open' } } });
}

/** The seat item of a class that a window brings: made once; afterwards only newer hours and capacity are taken over. */
export function newSeat(seat: Omit<Seat, 'holders' | 'status' | 'revision'>): Seat {
  return { ...seat, holders: {}, status: 'open', revision: 0 };
}

/** New hours for a seat, unless it has those of this version or a later one. */
export function hoursWrite(
  offeringId: string,
  hours: { opensMs: number; closesMs: number; windowVersion: number; windowId: string },
): Write {
  return update(keys.seat(offeringId), 'SET #opensMs = :opensMs, #closesMs = :closesMs, #windowVersion = :windowVersion', {
    values: { opensMs: hours.opensMs, closesMs: hours.closesMs, windowVersion: hours.windowVersion },
    condition: {
      expression: '#windowId = :windowId AND #windowVersion < :windowVersion',
      values: { windowId: hours.windowId, windowVersion: hours.windowVersion },
    },
  });
}
