/**
 * The file that is published of a draw: everything that the draw depends on and nothing that says who a child is. Whoever holds it
 * checks it and draws again without asking us; {@link checkDrawFile} names what does not hold.
 *
 * The commitment of format 2 is over all that the file says, but for what is born after it: value and seed. A field that is added to
 * the schema is bound with the others. Format 1 bound entries, classes (without their names) and rounds; what was published so stays.
 */
import * as z from 'zod';
import { Id } from '../kernel/id.ts';
import { hashOf, merkleRoot } from '../kernel/merkle.ts';
import { Instant } from '../kernel/time.ts';
import type { Slot } from '../offering/offering.ts';
import { canonicalEntry, commitmentOf, DrawClass, DrawEntry, type DrawResult, draw, seedOf } from './draw.ts';
import { SeedSource } from './lottery.ts';

const Hash = z.string().regex(/^[0-9a-f]{64}$/);

export const DrawFile = z.object({
  format: z.enum(['kehou-draw-1', 'kehou-draw-2']),
  windowId: Id('window'),
  schoolName: z.string().max(120),
  windowName: z.string().max(120),
  /** Canonical entries, sorted: the leaves of the Merkle tree as they are. */
  entries: z.array(z.string().max(4000)).max(20_000),
  classes: z.array(DrawClass).min(1).max(80),
  rounds: z.int().min(1).max(5),
  root: Hash,
  commitment: Hash,
  seedSource: SeedSource,
  /** Ed25519, raw 32 bytes in base64url: what receipts are checked with. */
  publicKey: z.string().max(100),
  /**
   * When the list was fixed: a public value that was born before proves less, see `isBornEarly`. With a secret there is none in
   * format 2: whoever knows the number beforehand could try instants until the draw suits. (Format 1 says it from drawing on.)
   */
  fixedAt: Instant.optional(),
  publicValue: z.string().max(200).optional(),
  seed: Hash.optional(),
});
export type DrawFile = z.infer<typeof DrawFile>;

type Fixed = Omit<DrawFile, 'root' | 'commitment' | 'publicValue' | 'seed'>;

/** Objects with their keys in order, so that whoever reads the file makes the same text of it. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(fields.sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, each]) => [name, canonical(each)]));
}

/** What the seed is made of, with the value: all that the file says when the list is fixed, the entries by their root. */
export function fileCommitment(file: Fixed & { readonly [late in 'root' | 'commitment' | 'publicValue' | 'seed']?: unknown }): string {
  const { entries, root: _, commitment: __, publicValue: ___, seed: ____, ...said } = file;
  if (file.format === 'kehou-draw-1') return commitmentOf({ ...file, entries: entries.map(entryOf) });
  return hashOf('kehou draw 2', merkleRoot(entries), JSON.stringify(canonical(said)));
}

const byId = (one: DrawClass, other: DrawClass) => (one.offeringId < other.offeringId ? -1 : 1);
const byHour = (one: Slot, other: Slot) => one.weekday - other.weekday || one.period - other.period;

/** In the one order that there is: whoever knows a secret beforehand could else try orders until the draw suits. */
function inOrder(classes: readonly DrawClass[]): DrawClass[] {
  return classes
    .map((each) => ({ ...each, grades: [...each.grades].sort((one, other) => one - other), slots: [...each.slots].sort(byHour) }))
    .sort(byId);
}

/** The file with its root and its commitment. */
export function sealedFile(file: Fixed): DrawFile {
  const said = file.format === 'kehou-draw-1' ? file : { ...file, classes: inOrder(file.classes) };
  return { ...said, root: merkleRoot(said.entries), commitment: fileCommitment(said) };
}

const Line = z.tuple([z.string(), z.string(), z.int(), z.int(), z.array(z.string().regex(/^\d+\.\d+$/)), z.array(z.string())]);

/** A canonical line → the entry. Throws for what is no entry, or is one that is not written canonically. */
export function entryOf(line: string): DrawEntry {
  const [entrant, group, grade, tickets, hours, choices] = Line.parse(JSON.parse(line));
  const busy = hours.map((hour) => {
    const [weekday, period] = hour.split('.').map(Number);
    return { weekday, period };
  });
  const entry = DrawEntry.parse({ entrant, group, grade, tickets, busy, choices });
  if (canonicalEntry(entry) !== line) throw new RangeError('an entry is not written canonically');
  return entry;
}

export function hashOfSecret(secret: string): string {
  return hashOf('kehou secret', secret);
}

/**
 * Who stands in line for each class after the draw, in its order. Nobody does where places are left: no child went without for want of
 * one there, and what is left is for whoever comes first.
 */
export function linesOf(classes: readonly DrawClass[], { winners, next }: DrawResult): Record<string, readonly string[]> {
  const isFull = ({ offeringId, places }: DrawClass) => (winners[offeringId]?.length ?? 0) >= places;
  return Object.fromEntries(classes.map((each) => [each.offeringId, isFull(each) ? (next[each.offeringId] ?? []) : []]));
}

export interface DrawCheck {
  /** What does not hold, in words; empty: everything does. */
  readonly problems: readonly string[];
  /** Where the file says of what it was drawn and nothing is wrong with it. */
  readonly result?: DrawResult;
}

/** Checks a file by itself alone, and draws again. */
export function checkDrawFile(file: DrawFile): DrawCheck {
  const problems: string[] = [];
  let entries: DrawEntry[] = [];
  try {
    entries = file.entries.map(entryOf);
  } catch (error) {
    problems.push(`entries: ${error instanceof RangeError ? error.message : 'a line is no entry'}`);
  }
  const sorted = file.entries.every((line, index) => index === 0 || (file.entries[index - 1] as string) < line);
  if (!sorted) problems.push('entries: the list is not sorted, or an entry is there twice');
  if (merkleRoot(file.entries) !== file.root) problems.push('root: it is not the root of these entries');
  if (problems.length === 0 && fileCommitment(file) !== file.commitment) problems.push('commitment: it is not that of what the file says');
  if (file.format === 'kehou-draw-2' && JSON.stringify(canonical(file.classes)) !== JSON.stringify(canonical(inOrder(file.classes))))
    problems.push('classes: they are not in their order');
  if (file.format === 'kehou-draw-2' && (file.fixedAt === undefined) !== (file.seedSource.kind === 'secret'))
    problems.push('fixedAt: it is there with a public value, and only then');
  if (file.seed === undefined && file.publicValue === undefined) return { problems };
  if (file.seed === undefined || file.publicValue === undefined)
    return { problems: [...problems, 'seed: value and seed are not both there'] };
  if (file.seedSource.kind === 'secret' && hashOfSecret(file.publicValue) !== file.seedSource.hash)
    problems.push('secret: its hash is not the one that was published with the window');
  if (seedOf(file.commitment, file.publicValue) !== file.seed) problems.push('seed: it does not follow from commitment and value');
  if (problems.length > 0) return { problems };
  try {
    return { problems, result: draw({ entries, classes: file.classes, rounds: file.rounds, seed: file.seed }) };
  } catch (error) {
    return { problems: [`draw: ${error instanceof RangeError ? error.message : 'it cannot be drawn'}`] };
  }
}
