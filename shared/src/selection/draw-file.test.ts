import * as fc from 'fast-check';
import { merkleRoot } from '../kernel/merkle.ts';
import { addMinutes } from '../kernel/time.ts';
import { canonicalList, commitmentOf, type DrawClass, type DrawEntry, seedOf } from './draw.ts';
import { checkDrawFile, DrawFile, entryOf, fileCommitment, hashOfSecret, linesOf, sealedFile } from './draw-file.ts';
import type { SeedSource } from './lottery.ts';

const nameOf = (index: number) => index.toString(16).padStart(32, '0');
const secret = 'ab'.repeat(32);
const classes: DrawClass[] = [1, 2, 3].map((number) => ({
  offeringId: `off_${number}`,
  courseName: `课${number}`,
  places: 2,
  grades: [3, 4],
  slots: [{ weekday: number, period: 1 }],
}));
const entries: DrawEntry[] = Array.from({ length: 9 }, (_, index) => ({
  entrant: nameOf(index + 1),
  group: nameOf(index < 2 ? 100 : index + 1),
  grade: 3 + (index % 2),
  tickets: 1 + (index % 4),
  busy: index === 4 ? [{ weekday: 1, period: 1 }] : [],
  choices: ['off_1', 'off_2', 'off_3']
    .slice(index % 3)
    .concat('off_1')
    .slice(0, 1 + (index % 2)),
}));

const fixedAt = DrawFile.shape.fixedAt.unwrap().parse('2026-11-23T12:00:00.000Z');
const sources: Record<SeedSource['kind'], SeedSource> = {
  secret: { kind: 'secret', hash: hashOfSecret(secret) },
  public: { kind: 'public', name: '双色球 2026-11-23 开奖号码', bornAt: addMinutes(fixedAt, 90) },
};

/** Of both formats and both sources; what a file of the first said was not all bound. */
function fileOf(kind: SeedSource['kind'] = 'secret', format: DrawFile['format'] = 'kehou-draw-2'): DrawFile {
  const saysWhen = kind === 'public' || format === 'kehou-draw-1';
  const file = sealedFile({
    format,
    windowId: DrawFile.shape.windowId.parse(`win_${'0'.repeat(26)}`),
    schoolName: '东湖一小',
    windowName: '春季选课',
    entries: canonicalList(entries),
    classes,
    rounds: 1,
    seedSource: sources[kind],
    publicKey: 'key',
    ...(saysWhen ? { fixedAt } : {}),
  });
  return { ...file, publicValue: secret, seed: seedOf(file.commitment, secret) };
}

const kinds = [
  ['secret', 'kehou-draw-2'],
  ['public', 'kehou-draw-2'],
  ['secret', 'kehou-draw-1'],
  ['public', 'kehou-draw-1'],
] as const;

test.each(kinds)('a file as it was published holds, before the draw and after it: %s, %s', (kind, format) => {
  const file = DrawFile.parse(JSON.parse(JSON.stringify(fileOf(kind, format))));
  const { publicValue: _, seed: __, ...before } = file;
  expect(checkDrawFile(before)).toEqual({ problems: [] });
  const { problems, result } = checkDrawFile(file);
  expect(problems).toEqual([]);
  expect(result?.order).toHaveLength(entries.length);
});

test('a draw that was published in the first format has the commitment that it had', () => {
  expect(fileOf('public', 'kehou-draw-1').commitment).toBe(commitmentOf({ entries, classes, rounds: 1 }));
  expect(fileOf('public', 'kehou-draw-1').commitment).toBe('2cf9d911c22b147d58737acba811ac8083dcd804befbb1817e3fc12aee50c27f');
  expect(fileOf('public').commitment).not.toBe(fileOf('public', 'kehou-draw-1').commitment);
});

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** Where every value of a file stands. */
function placesIn(value: Json, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([name, each]) => placesIn(each as Json, [...path, name]))];
}

/** The file with what stands there made another: `undefined` takes it out. */
function withOther(value: Json, [name, ...rest]: readonly string[], other: (before: Json) => Json | undefined): Json | undefined {
  if (name === undefined) return other(value);
  if (Array.isArray(value))
    return value
      .flatMap((each, index) => (String(index) === name ? [withOther(each, rest, other)] : [each]))
      .filter((each) => each !== undefined);
  const object = value as { readonly [name: string]: Json };
  return JSON.parse(JSON.stringify({ ...object, [name]: withOther(object[name] as Json, rest, other) })) as Json;
}

const others: Record<string, (before: Json) => Json | undefined> = {
  'taken out': () => undefined,
  'a little other': (before) =>
    typeof before === 'string'
      ? before.replace(/.$/u, (last) => (last === '1' ? '2' : '1'))
      : typeof before === 'number'
        ? before + 1
        : undefined,
  'of another sort': (before) => (typeof before === 'number' ? Math.max(0, before - 1) : 'public'),
  earlier: (before) => (typeof before === 'string' ? before.replace('2026', '2025') : undefined),
  'turned round': (before) => (Array.isArray(before) ? [...before].reverse() : undefined),
};

test.each(kinds.slice(0, 2))(
  'no value of a file can be another, or be missing, whatever fields it comes to have: %s, %s',
  (kind, format) => {
    const file = JSON.parse(JSON.stringify(fileOf(kind, format))) as Json;
    const places = placesIn(file).filter(({ length }) => length > 0);
    // Whatever the schema has is in the file, but for what cannot be: a field that is added must be put there.
    const missing = kind === 'secret' ? ['fixedAt'] : [];
    expect(Object.keys(DrawFile.shape).filter((name) => !Object.hasOwn(file as object, name))).toEqual(missing);
    let changed = 0;
    for (const path of places) {
      for (const [how, other] of Object.entries(others)) {
        const spoilt = withOther(file, path, other);
        if (JSON.stringify(spoilt) === JSON.stringify(file)) continue;
        changed++;
        const parsed = DrawFile.safeParse(spoilt);
        const check = parsed.success ? checkDrawFile(parsed.data) : undefined;
        expect({ path: path.join('.'), how, caught: !check || check.problems.length > 0 }).toMatchObject({ caught: true });
        expect(check?.result).toBeUndefined();
      }
    }
    expect(changed).toBeGreaterThan(places.length);
  },
);

test('what one class says cannot be put to another, nor an instant to a draw of a secret', () => {
  const file = fileOf('public');
  const [first, second, ...rest] = file.classes;
  if (!first || !second) throw new Error('there are classes');
  const swapped = [{ ...first, courseName: second.courseName }, { ...second, courseName: first.courseName }, ...rest];
  expect(checkDrawFile({ ...file, classes: swapped }).problems).toEqual([expect.stringMatching(/^commitment/)]);
  expect(checkDrawFile({ ...file, seedSource: sources.secret }).problems).not.toEqual([]);
  // Also where the commitment was made anew with it: it would be a handle on the seed for whoever knows the secret.
  const when = sealedFile({ ...fileOf('secret'), fixedAt });
  expect(checkDrawFile({ ...when, seed: seedOf(when.commitment, secret) }).problems).toEqual([expect.stringMatching(/^fixedAt/)]);
});

test('the commitment depends on what is said, not on the order in which fields are written', () => {
  const file = fileOf('public');
  fc.assert(
    fc.property(fc.shuffledSubarray(Object.keys(file), { minLength: Object.keys(file).length }), (names) => {
      const same = Object.fromEntries(names.map((name) => [name, file[name as keyof DrawFile]])) as unknown as DrawFile;
      expect(fileCommitment(same)).toBe(file.commitment);
    }),
  );
});

test('classes, grades and hours have one order: who knows a secret beforehand has nothing to try', () => {
  const file = fileOf();
  const many = { ...file, classes: file.classes.map((each) => ({ ...each, slots: [...each.slots, { weekday: 7, period: 2 }] })) };
  const turned = many.classes.map((each) => ({ ...each, grades: each.grades.toReversed(), slots: each.slots.toReversed() })).toReversed();
  const { publicValue: _, seed: __, ...fixed } = many;
  const sealed = sealedFile({ ...fixed, classes: turned });
  expect(sealed).toEqual(sealedFile(fixed));
  expect(checkDrawFile(sealed).problems).toEqual([]);
  const tried = { ...sealed, classes: turned };
  expect(checkDrawFile({ ...tried, commitment: fileCommitment(tried) }).problems).toEqual(['classes: they are not in their order']);
});

test('a line is there for a class that is full, and none where places are left', () => {
  const { result } = checkDrawFile(fileOf());
  if (!result) throw new Error('it is drawn');
  const lines = linesOf(classes, result);
  const full = classes.filter(({ offeringId, places }) => result.winners[offeringId]?.length === places);
  expect(full.length).toBeGreaterThan(0);
  for (const { offeringId } of full) expect(lines[offeringId]).toEqual(result.next[offeringId]);
  const roomy = classes.map((each) => ({ ...each, places: 50 }));
  expect(Object.values(linesOf(roomy, result)).flat()).toEqual([]);
});

test('a canonical line is an entry, and nothing else is', () => {
  for (const line of canonicalList(entries)) expect(canonicalList([entryOf(line)])).toEqual([line]);
  const [line = ''] = canonicalList(entries);
  for (const wrong of ['', '[]', '{}', line.replace(',', ', '), line.replace(/\d,\[/, '9,[')]) expect(() => entryOf(wrong)).toThrow();
});

test('whatever is changed is found, and named', () => {
  const file = fileOf();
  const [first = '', ...rest] = file.entries;
  const other = (line: string) => line.replace('"off_', '"off_9');
  const ticket = file.entries.find((line) => entryOf(line).tickets === 1) ?? '';
  const more = file.entries.map((line) => (line === ticket ? line.replace(/^(\["\w+","\w+",\d+),1,/, '$1,4,') : line));
  const resealed = (changed: Partial<DrawFile>): DrawFile => {
    const next = { ...file, ...changed };
    return { ...next, root: merkleRoot(next.entries) };
  };
  const wrong: readonly (readonly [Partial<DrawFile>, RegExp])[] = [
    [{ entries: [other(first), ...rest] }, /^root/],
    [resealed({ entries: [other(first), ...rest].sort() }), /^commitment/],
    [{ entries: rest }, /^root/],
    [resealed({ entries: rest }), /^commitment/],
    [{ entries: more }, /^root/],
    [resealed({ entries: more }), /^commitment/],
    [{ entries: [...rest, first] }, /^entries/],
    [{ entries: [first, first, ...rest] }, /^entries/],
    [{ entries: ['nonsense', ...rest] }, /^entries/],
    [{ classes: classes.map((each, index) => (index === 0 ? { ...each, places: 3 } : each)) }, /^commitment/],
    [{ rounds: 2 }, /^commitment/],
    [{ seed: seedOf(file.commitment, 'other') }, /^seed/],
    [{ publicValue: 'other' }, /^secret/],
    [{ publicValue: 'other', seed: seedOf(file.commitment, 'other') }, /^secret/],
    [{ publicValue: undefined }, /^seed/],
    [{ format: 'kehou-draw-1' }, /^commitment/],
    [{ schoolName: '东湖二小' }, /^commitment/],
    [{ windowName: '秋季选课' }, /^commitment/],
    [{ seedSource: { kind: 'secret', hash: hashOfSecret('other') } }, /^secret/],
    [{ seedSource: sources.public }, /^commitment/],
  ];
  for (const [changed, problem] of wrong) {
    const { problems, result } = checkDrawFile({ ...file, ...changed });
    expect({ changed: Object.keys(changed), problem: problems.find((each) => problem.test(each)) }).toMatchObject({
      problem: expect.any(String),
    });
    expect(result).toBeUndefined();
  }
});
