/** Checking a draw on the phone: nothing here asks the server, and whatever is not as published comes out false. */
import { isProven } from '@kehou/shared/kernel/merkle';
import { seedOf } from '@kehou/shared/selection/draw';
import { hashOfSecret } from '@kehou/shared/selection/draw-file';
import { agrees, type ChildDraw, type PublishedDraw, type Receipt, sameTerms } from '@kehou/shared/selection/lottery';
import * as z from 'zod';

export type Entry = NonNullable<ChildDraw['entry']>;

/** How the program that is published with the code runs a downloaded file again. */
export const COMMAND = 'npm run verify-draw -- draw.json';

/** The line of a child in the published list, see `canonicalEntry`. */
const Line = z
  .tuple([z.string(), z.string(), z.int(), z.int(), z.array(z.string()), z.array(z.string())])
  .transform(([entrant, group, grade, tickets, hours, choices]) => ({ entrant, group, grade, tickets, hours, choices }));
export type Line = z.output<typeof Line>;

/** Undefined for what is no line of a list. */
export function lineOf(canonical: string): Line | undefined {
  try {
    return Line.parse(JSON.parse(canonical));
  } catch {
    return undefined;
  }
}

export const CHANGES = ['none', 'wishes', 'tickets', 'value'] as const;
export type Change = (typeof CHANGES)[number];

export interface Published {
  readonly draw: PublishedDraw;
  readonly entry: Entry;
  readonly receipt?: Pick<Receipt, 'entrant' | 'offeringIds' | 'together' | 'terms'> | undefined;
}

/** The same with one thing changed, as a cheat would: other wishes, one more ticket, another public value. */
export function withChange(published: Published, change: Change): Published {
  const { draw, entry } = published;
  if (change === 'value') return { ...published, draw: { ...draw, publicValue: `${draw.publicValue ?? ''}0` } };
  const line = lineOf(entry.canonical);
  if (change === 'none' || !line) return published;
  const tickets = change === 'tickets' ? line.tickets + 1 : line.tickets;
  const [first, ...rest] = line.choices;
  const choices = change === 'wishes' && first !== undefined ? [...rest, ...(rest.length > 0 ? [first] : [])] : line.choices;
  const canonical = JSON.stringify([line.entrant, line.group, line.grade, tickets, line.hours, choices]);
  return { ...published, entry: { ...entry, canonical } };
}

export interface Checks {
  /** The line stands at its place in the list with this root. */
  readonly listed: boolean;
  /** It says what the receipt says; undefined without one. */
  readonly receipt: boolean | undefined;
  /** It was drawn by the terms that the receipt was given for; undefined where none says them. */
  readonly named: boolean | undefined;
  /** The seed follows from what was fixed and the value; undefined before it is born. */
  readonly seed: boolean | undefined;
  /** The number that was opened is the one that was sealed beforehand; undefined where none was, or before it is opened. */
  readonly sealed: boolean | undefined;
}

export function check({ draw, entry, receipt }: Published): Checks {
  const line = lineOf(entry.canonical);
  return {
    listed: line !== undefined && isProven(entry.canonical, entry.index, draw.entries, entry.proof, draw.root),
    receipt: receipt && line !== undefined && agrees(line, receipt),
    named: receipt?.terms && sameTerms(receipt, draw),
    seed: draw.seed === undefined ? undefined : draw.publicValue !== undefined && seedOf(draw.commitment, draw.publicValue) === draw.seed,
    sealed:
      draw.seedSource.kind === 'secret' && draw.publicValue !== undefined
        ? hashOfSecret(draw.publicValue) === draw.seedSource.hash
        : undefined,
  };
}
