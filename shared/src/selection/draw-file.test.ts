import { merkleRoot } from '../kernel/merkle.ts';
import { canonicalList, commitmentOf, type DrawClass, type DrawEntry, seedOf } from './draw.ts';
import { checkDrawFile, DrawFile, entryOf, hashOfSecret, linesOf } from './draw-file.ts';

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

function fileOf(): DrawFile {
  const commitment = commitmentOf({ entries, classes, rounds: 1 });
  return DrawFile.parse({
    format: 'kehou-draw-1',
    windowId: `win_${'0'.repeat(26)}`,
    schoolName: '东湖一小',
    windowName: '春季选课',
    entries: canonicalList(entries),
    classes,
    rounds: 1,
    root: merkleRoot(canonicalList(entries)),
    commitment,
    seedSource: { kind: 'secret', hash: hashOfSecret(secret) },
    publicKey: 'key',
    publicValue: secret,
    seed: seedOf(commitment, secret),
  });
}

test('a file as it was published holds, before the draw and after it', () => {
  const { publicValue: _, seed: __, ...before } = fileOf();
  expect(checkDrawFile(before)).toEqual({ problems: [] });
  const { problems, result } = checkDrawFile(fileOf());
  expect(problems).toEqual([]);
  expect(result?.order).toHaveLength(entries.length);
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
    [{ seedSource: { kind: 'secret', hash: hashOfSecret('other') } }, /^secret/],
  ];
  for (const [changed, problem] of wrong) {
    const { problems, result } = checkDrawFile({ ...file, ...changed });
    expect({ changed: Object.keys(changed), problem: problems.find((each) => problem.test(each)) }).toMatchObject({
      problem: expect.any(String),
    });
    expect(result).toBeUndefined();
  }
});
