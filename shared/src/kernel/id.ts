import { monotonicFactory } from 'ulid';
import * as z from 'zod';

/** One prefix an entity, so that an id says what it names wherever it turns up. */
export const prefixes = {
  organisation: 'org',
  person: 'per',
  pupil: 'pup',
  term: 'trm',
  room: 'rom',
  rosterImport: 'imp',
  course: 'crs',
  instructor: 'ins',
  institution: 'itn',
  admission: 'adm',
  offering: 'off',
  session: 'ses',
  window: 'win',
  enrolment: 'enr',
  wait: 'wai',
  order: 'ord',
  payment: 'pay',
  refund: 'rfd',
  ledgerTransaction: 'led',
  settlementBreak: 'brk',
  leave: 'lea',
  attendanceException: 'exc',
  comment: 'cmt',
  statement: 'stm',
  payoutRun: 'run',
  message: 'msg',
  deskTicket: 'dsk',
  linkRequest: 'lnk',
  shareLink: 'shr',
  rehearsal: 'reh',
  scale: 'scl',
} as const;
export type Entity = keyof typeof prefixes;
export type Id<E extends Entity> = string & z.$brand<E>;

const ulidPattern = '[0-9A-HJKMNP-TV-Z]{26}';

/** Schema of an entity's id: `ord_` and 26 characters of ULID. */
export function idOf<E extends Entity>(entity: E) {
  return z
    .string()
    .regex(new RegExp(`^${prefixes[entity]}_${ulidPattern}$`), `expected an id of ${entity}`)
    .brand<E>();
}

const ids = {} as { [E in Entity]: z.ZodType<Id<E>, string> };

/** The id's schema, made once an entity. */
export function Id<E extends Entity>(entity: E): z.ZodType<Id<E>, string> {
  ids[entity] ??= idOf(entity) as never;
  return ids[entity];
}

// A random source that is there on Lambda, in Node, in browsers and in WeChat (which has no global `crypto`).
function random(): number {
  const source = (globalThis as { crypto?: { getRandomValues(array: Uint32Array): Uint32Array } }).crypto;
  if (source?.getRandomValues) return (source.getRandomValues(new Uint32Array(1))[0] as number) / 2 ** 32;
  return Math.random();
}

let ulid = monotonicFactory(random);
let nowMs = () => Date.now();

/** Ids come from this source and clock from now on, for a simulation that is to be the same again; what it answers ends that. */
export function makeIdsFrom(source: () => number, clockMs: () => number): () => void {
  ulid = monotonicFactory(source);
  nowMs = clockMs;
  return () => {
    ulid = monotonicFactory(random);
    nowMs = () => Date.now();
  };
}

/** A new id. Whoever creates a thing makes its id once, keeps it, and sends the same one again on a retry. */
export function newId<E extends Entity>(entity: E, atMs: number = nowMs()): Id<E> {
  return `${prefixes[entity]}_${ulid(atMs)}` as Id<E>;
}
