/**
 * Checks a draw without our server, from the file that everybody can download: that what it says gives the published root and
 * commitment, that the seed follows from them and the value, and what was then drawn.
 *
 *   npm run verify-draw -- draw.json                       winners of each class
 *   npm run verify-draw -- draw.json --entrant 3f9c…       and every turn of this child (its family knows the pseudonym)
 *   npm run verify-draw -- draw.json --receipt receipt.json   and whether a signed receipt (what the page copies, in a file) is in the list as
 *                                                          it was given, under the terms that were named then; said of two children,
 *                                                          also whether they were drawn together
 *   npm run verify-draw -- draw.json --value 02,09,14…     and whether it was drawn from the value that you looked up yourself
 *
 * Ends with 0 when everything holds; with 1 when something does not, naming it; with 2 when it was called wrongly; with 3 when
 * nothing is drawn yet, and only the list was checked.
 */
import { createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import type { DrawResult, Passed } from '@kehou/shared/selection/draw';
import { checkDrawFile, DrawFile, entryOf, linesOf } from '@kehou/shared/selection/draw-file';
import { agrees, type DrawTerms, isBornEarly, Receipt, receiptText, sameTerms } from '@kehou/shared/selection/lottery';
import type * as z from 'zod';

const USAGE = 'npm run verify-draw -- <file.json> [--entrant <pseudonym>] [--receipt <receipt.json> …] [--value <public value>]';

function stop(why: string): never {
  process.stderr.write(`${why}\n${USAGE}\n`);
  process.exit(2);
}

/** When nothing is drawn yet: no success, so that a file whose value and seed were taken out passes for none. */
const NOT_DRAWN = 3;

/** What a file says, parsed; text that is no JSON, JSON that is none of this kind, or that says more, is told in one line. */
function read<T>(path: string, schema: z.ZodType<T>): T {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    return stop(`${path} cannot be read: ${(error as Error).message}`);
  }
  const parsed = schema.safeParse(content);
  if (parsed.success)
    return isDeepStrictEqual(parsed.data, content) ? parsed.data : fail([`${path}: it says something that is no part of such a file`]);
  return fail([`${path}: ${parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')}`]);
}

function fail(problems: readonly string[]): never {
  for (const problem of problems) process.stdout.write(`DOES NOT HOLD  ${problem}\n`);
  process.exit(1);
}

function say(text = ''): void {
  process.stdout.write(`${text}\n`);
}

const WHY: Readonly<Record<Passed, string>> = {
  full: 'no place was left',
  grade: "it is not for the child's grade",
  clash: 'the child has another class at that hour',
  had: 'the child had it already',
};

function termsWords({ rounds, seedSource }: DrawTerms): string {
  const source =
    seedSource.kind === 'public' ? `${seedSource.name}, born at ${seedSource.bornAt}` : `the secret with hash ${seedSource.hash}`;
  return `rounds: ${rounds}; ${source}`;
}

/** The receipt is ours, and its wishes stand in the list as they were given, or nothing does of who withdrew (unless there is a later word). */
function receiptProblems(file: DrawFile, receipt: Receipt): string[] {
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: file.publicKey }, format: 'jwk' });
  if (!verify(null, Buffer.from(receiptText(receipt)), key, Buffer.from(receipt.signature, 'base64url')))
    return ['receipt: its signature is not that of the key in the file'];
  if (receipt.windowId !== file.windowId) return ['receipt: it is of another selection'];
  if (receipt.terms && !sameTerms(receipt, file))
    return [`terms: the receipt was given for "${termsWords(receipt.terms)}", and the file says "${termsWords(file)}"`];
  const entry = file.entries.map(entryOf).find(({ entrant }) => entrant === receipt.entrant);
  if (receipt.offeringIds.length === 0)
    return entry ? ['receipt: the wishes were withdrawn, and the child is in the list (by a later receipt?)'] : [];
  if (!entry) return ['receipt: its entry is not in the list (withdrawn by a later receipt?)'];
  return agrees(entry, receipt)
    ? []
    : ['receipt: the list says something else of this child: other wishes (of a later receipt?), or children that it did not ask for'];
}

/** Children whose receipts name each other are one group in the list. */
function bondProblems(file: DrawFile, receipts: readonly Receipt[]): string[] {
  const groups = new Map(file.entries.map(entryOf).map(({ entrant, group }) => [entrant, group]));
  const bound = receipts.flatMap((one, index) =>
    receipts
      .slice(index + 1)
      .filter((other) => one.together.includes(other.entrant) && other.together.includes(one.entrant))
      .map((other) => [one.entrant, other.entrant] as const),
  );
  return bound
    .filter(([one, other]) => groups.get(one) !== groups.get(other))
    .map(([one, other]) => `receipt: ${one} and ${other} asked for each other, and are not drawn together`);
}

function sayWinners(file: DrawFile, result: DrawResult): void {
  const lines = linesOf(file.classes, result);
  for (const { offeringId, courseName, places } of file.classes) {
    const winners = result.winners[offeringId] ?? [];
    say(`\n${courseName} (${offeringId}): ${winners.length} of ${places} places, ${lines[offeringId]?.length ?? 0} in line`);
    for (const [index, entrant] of winners.entries()) say(`  ${index + 1}. ${entrant}`);
  }
}

/** Of two classes of one name, also which. */
function nameIn({ classes }: DrawFile, offeringId: string): string {
  const name = classes.find((each) => each.offeringId === offeringId)?.courseName;
  if (name === undefined) return offeringId;
  return classes.filter(({ courseName }) => courseName === name).length > 1 ? `${name} (${offeringId})` : name;
}

function sayTurns(file: DrawFile, result: DrawResult, entrant: string): void {
  const nameOf = (offeringId: string) => nameIn(file, offeringId);
  say(`\n${entrant} was called ${result.order.indexOf(entrant) + 1} of ${result.order.length} in the first round.`);
  for (const { round, turn, passed, got } of result.turns.filter((each) => each.entrant === entrant)) {
    say(`Round ${round}, turn ${turn}:`);
    for (const { offeringId, why } of passed) say(`  passed over ${nameOf(offeringId)}: ${WHY[why]}`);
    say(got === undefined ? '  got nothing' : `  got ${nameOf(got)}`);
  }
  for (const [offeringId, line] of Object.entries(linesOf(file.classes, result))) {
    const place = line.indexOf(entrant) + 1;
    if (place > 0) say(`Stands in line for ${nameOf(offeringId)}: place ${place} of ${line.length}.`);
  }
}

function called() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { entrant: { type: 'string' }, receipt: { type: 'string', multiple: true }, value: { type: 'string' } },
    });
  } catch (error) {
    return stop((error as Error).message);
  }
}

const { values, positionals } = called();
const [path] = positionals;
if (path === undefined || positionals.length > 1) stop('Name one file.');
const file = read(path, DrawFile);
const { problems, result } = checkDrawFile(file);
if (problems.length > 0) fail(problems);
const { entrant } = values;
if (entrant !== undefined && !file.entries.some((line) => entryOf(line).entrant === entrant))
  fail([`entrant: ${entrant} is not in the list`]);
if (values.receipt !== undefined) {
  const receipts = values.receipt.map((receipt) => read(receipt, Receipt));
  const wrong = [...receipts.flatMap((receipt) => receiptProblems(file, receipt)), ...bondProblems(file, receipts)];
  if (wrong.length > 0) fail(wrong);
}
if (values.value !== undefined && values.value !== file.publicValue)
  fail([`value: it was drawn from ${file.publicValue === undefined ? 'nothing yet' : JSON.stringify(file.publicValue)}`]);

say(`${file.schoolName}, ${file.windowName}: ${file.entries.length} entries, ${file.rounds} round${file.rounds === 1 ? '' : 's'}`);
say(`holds  root        ${file.root}`);
say(`holds  commitment  ${file.commitment}`);
if (values.receipt !== undefined) say('holds  receipt     the list has what it says');
say('Compare the commitment with the one on the page and with other families: a file that was made anew holds by itself too.');
if (file.format === 'kehou-draw-1')
  say(
    'This is a file of the old format: its commitment binds wishes, places and rounds, but no names, no times, and not what the seed was to be made of.',
  );
if (!result) {
  say('It is not drawn yet: only the list was checked. Keep this file, and compare root and commitment after the draw.');
  process.exitCode = NOT_DRAWN;
} else {
  if (file.seedSource.kind === 'public')
    say(`holds  seed        ${file.seed}\n       from        ${file.seedSource.name}: ${file.publicValue}`);
  else say(`holds  seed        ${file.seed}\n       from        the secret whose hash was published with the window: ${file.publicValue}`);
  if (file.seedSource.kind === 'public' && isBornEarly(file))
    say(
      `But that value was born at ${file.seedSource.bornAt}, and the list fixed at ${file.fixedAt}: that the list was not made for it, you have to trust.`,
    );
  if (file.seedSource.kind === 'public' && values.value === undefined)
    say('Whether that is the value which came out in the world you must look up yourself (--value compares).');
  sayWinners(file, result);
  if (entrant !== undefined) sayTurns(file, result, entrant);
}
