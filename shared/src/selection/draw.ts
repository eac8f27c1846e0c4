/**
 * The draw of a lottery: a pure function of what was published. Anybody who has the file runs it again and gets the same result, on
 * any machine: only integers and SHA-256, no floating point, no order of input.
 */
import * as z from 'zod';
import { hashOf, merkleRoot } from '../kernel/merkle.ts';
import { Slot, sameSlot } from '../offering/offering.ts';
import { CHOICES_MAX, ROUNDS_MAX, TICKETS_MAX } from './lottery.ts';

/** One child's wishes, under a name that only its family can tell. */
export const DrawEntry = z.object({
  /** Pseudonym of the child. */
  entrant: z.string().regex(/^[0-9a-f]{16,64}$/),
  /** Children of one family that asked to be drawn together share it; otherwise it is the child's own. */
  group: z.string().regex(/^[0-9a-f]{16,64}$/),
  grade: z.int().min(1).max(12),
  tickets: z.int().min(1).max(TICKETS_MAX),
  /** Hours that the child's week holds already. */
  busy: z.array(Slot).max(50),
  /** Classes, the dearest wish first. */
  choices: z.array(z.string().max(64)).min(1).max(CHOICES_MAX),
});
export type DrawEntry = z.infer<typeof DrawEntry>;

export const DrawClass = z.object({
  offeringId: z.string().max(64),
  courseName: z.string().max(80),
  /** Places to be drawn: what is kept for a named purpose is not among them. */
  places: z.int().min(0).max(500),
  grades: z.array(z.int()).max(12),
  slots: z.array(Slot).max(14),
});
export type DrawClass = z.infer<typeof DrawClass>;

/** Everything that a draw depends on. */
export const DrawInput = z.object({
  entries: z.array(DrawEntry).max(20_000),
  classes: z.array(DrawClass).min(1).max(80),
  rounds: z.int().min(1).max(ROUNDS_MAX),
  /** Born after the list of entries was fixed, see {@link seedOf}. */
  seed: z.string().regex(/^[0-9a-f]{64}$/),
});
export type DrawInput = z.infer<typeof DrawInput>;

export type Passed = 'full' | 'grade' | 'clash' | 'had';
/** What happened when it was a child's turn: the wishes that were passed over, each with why, then the class that it got, if any. */
export interface Turn {
  readonly round: number;
  readonly turn: number;
  readonly entrant: string;
  readonly passed: readonly { readonly offeringId: string; readonly why: Passed }[];
  readonly got?: string;
}
export interface DrawResult {
  /** Children in the order in which the first round called them. */
  readonly order: readonly string[];
  readonly turns: readonly Turn[];
  /** Winners of each class, in the order in which they won. */
  readonly winners: Readonly<Record<string, readonly string[]>>;
  /** Who wished for a class and did not get it, in drawn order: what winners leave goes down this list. */
  readonly next: Readonly<Record<string, readonly string[]>>;
}

/** An entry as it is published and hashed: fields and hours in one order, whoever made it. */
export function canonicalEntry(entry: DrawEntry): string {
  const { entrant, group, grade, tickets, busy, choices } = entry;
  const hours = busy.map(({ weekday, period }) => `${weekday}.${period}`).sort();
  return JSON.stringify([entrant, group, grade, tickets, hours, choices]);
}

/** The published list: one line an entry, sorted. */
export function canonicalList(entries: readonly DrawEntry[]): string[] {
  return entries.map(canonicalEntry).sort();
}

/** The classes as they are published with the list. */
function canonicalClasses(classes: readonly DrawClass[]): string {
  const rows = classes.map(({ offeringId, places, grades, slots }) =>
    JSON.stringify([
      offeringId,
      places,
      [...grades].sort((a, b) => a - b),
      slots.map(({ weekday, period }) => `${weekday}.${period}`).sort(),
    ]),
  );
  return rows.sort().join('\n');
}

/** What the files of format 1 bound: entries, classes without their names, and the number of rounds. Format 2: `fileCommitment`. */
export function commitmentOf({ entries, classes, rounds }: Pick<DrawInput, 'entries' | 'classes' | 'rounds'>): string {
  return hashOf('kehou draw', merkleRoot(canonicalList(entries)), canonicalClasses(classes), String(rounds));
}

/** The seed: of what was fixed at the close and a value that nobody could know then. */
export function seedOf(commitment: string, publicValue: string): string {
  return hashOf('kehou seed', commitment, publicValue);
}

/** A group's luck: the highest of its tickets. Compared as text: all are 64 characters of hex. */
function luckOf(seed: string, group: string, tickets: number): string {
  let best = '';
  for (let ticket = 1; ticket <= tickets; ticket++) {
    const luck = hashOf('kehou ticket', seed, group, String(ticket));
    if (luck > best) best = luck;
  }
  return best;
}

/**
 * The drawn order: groups by their luck, the luckiest first; the children of a group one after the other, by their own. A group has
 * the tickets of its child with the fewest: going together never makes a family luckier.
 */
export function orderOf(entries: readonly DrawEntry[], seed: string): DrawEntry[] {
  const groups = new Map<string, DrawEntry[]>();
  for (const entry of entries) groups.set(entry.group, [...(groups.get(entry.group) ?? []), entry]);
  return [...groups.entries()]
    .map(([group, members]) => ({ group, members, luck: luckOf(seed, group, Math.min(...members.map(({ tickets }) => tickets))) }))
    .sort((one, other) => compare(other.luck, one.luck) || compare(one.group, other.group))
    .flatMap(({ members }) =>
      members
        .map((entry) => ({ entry, luck: hashOf('kehou child', seed, entry.entrant) }))
        .sort((one, other) => compare(other.luck, one.luck) || compare(one.entry.entrant, other.entry.entrant))
        .map(({ entry }) => entry),
    );
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/**
 * Draws. In each round every child, in its turn, gets the first class on its list that it does not have, that is open to its grade,
 * has a place and fits its week; the next round goes in reverse order. Throws RangeError for what is no draw (an entrant twice, a
 * class twice).
 *
 * With one round no child can do better by another ranking than its true one: its turn does not depend on its list, and it gets the
 * best of what is there (serial dictatorship). With more rounds that is not so; see `draw.test.ts` for what a search finds.
 */
export function draw(input: DrawInput): DrawResult {
  const classes = new Map(input.classes.map((each) => [each.offeringId, { ...each, left: each.places }]));
  if (classes.size < input.classes.length) throw new RangeError('a class is listed twice');
  if (new Set(input.entries.map(({ entrant }) => entrant)).size < input.entries.length) throw new RangeError('an entrant is listed twice');
  const order = orderOf(input.entries, input.seed);
  const weeks = new Map(order.map((entry) => [entry.entrant, [...entry.busy]]));
  const had = new Map(order.map((entry) => [entry.entrant, new Set<string>()]));
  const winners: Record<string, string[]> = Object.fromEntries(input.classes.map(({ offeringId }) => [offeringId, []]));
  const turns: Turn[] = [];
  for (let round = 1; round <= input.rounds; round++) {
    const called = round % 2 === 1 ? order : order.toReversed();
    for (const [index, entry] of called.entries()) {
      const week = weeks.get(entry.entrant) ?? [];
      const own = had.get(entry.entrant) ?? new Set();
      const passed: { offeringId: string; why: Passed }[] = [];
      let got: string | undefined;
      for (const offeringId of entry.choices) {
        const wish = classes.get(offeringId);
        const why = wish ? whyPassed(wish, entry.grade, week, own) : 'full';
        if (why || !wish) {
          passed.push({ offeringId, why: why ?? 'full' });
          continue;
        }
        wish.left -= 1;
        week.push(...wish.slots);
        own.add(offeringId);
        winners[offeringId]?.push(entry.entrant);
        got = offeringId;
        break;
      }
      turns.push({ round, turn: index + 1, entrant: entry.entrant, passed, ...(got === undefined ? {} : { got }) });
    }
  }
  const next = Object.fromEntries(
    input.classes.map(({ offeringId, grades }) => [
      offeringId,
      order
        .filter((entry) => entry.choices.includes(offeringId) && grades.includes(entry.grade) && !had.get(entry.entrant)?.has(offeringId))
        .map(({ entrant }) => entrant),
    ]),
  );
  return { order: order.map(({ entrant }) => entrant), turns, winners, next };
}

function whyPassed(
  wish: DrawClass & { readonly left: number },
  grade: number,
  week: readonly Slot[],
  own: ReadonlySet<string>,
): Passed | undefined {
  if (own.has(wish.offeringId)) return 'had';
  if (!wish.grades.includes(grade)) return 'grade';
  if (wish.left <= 0) return 'full';
  return wish.slots.some((slot) => week.some((taken) => sameSlot(slot, taken))) ? 'clash' : undefined;
}
