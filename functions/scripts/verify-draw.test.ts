/** The command as a parent runs it: on a file that a real window published, and on the same file changed. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { merkleRoot } from '@kehou/shared/kernel/merkle';
import { canonicalList, commitmentOf, type DrawEntry, seedOf } from '@kehou/shared/selection/draw';
import { type DrawFile, entryOf } from '@kehou/shared/selection/draw-file';
import { testTable } from '../testing/engine.ts';
import { lotteryWorld } from '../testing/lottery-world.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kehou-draw-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function run(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'verify-draw.ts'), ...args], { env: { PATH: process.env.PATH } });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, out, err };
}

let files = 0;
async function saved(content: unknown): Promise<string> {
  const path = join(folder, `${++files}.json`);
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

/** Six children wish for two classes with three places; answers the files before and after the draw, and the children's receipts. */
async function publishedDraw() {
  const world = await lotteryWorld(await testTable(), { classes: [{ capacity: 2 }, { capacity: 1 }], pupils: 6 });
  await world.open();
  const receipts = [];
  for (let pupil = 0; pupil < 6; pupil++) receipts.push((await world.wish(pupil, pupil % 2 ? [0, 1] : [1, 0])).receipt);
  await world.close();
  await world.step('fixDraw');
  const before = await world.file();
  await world.step('runDraw');
  await world.allot();
  const winners = [];
  for (let index = 0; index < 6; index++) {
    const { steps } = await world.area().useCases.getChildDraw({ pupilId: world.pupilId(index), windowId: world.windowId }, PARENT);
    winners.push({ entrant: receipts[index]?.entrant ?? '', got: steps.flatMap(({ got }) => (got ? [got.courseName] : [])) });
  }
  return { before, file: await world.file(), receipts, winners };
}
const PARENT = { personId: 'per_parent', memberships: [], children: [], requestId: 'test' };

test('a published file holds, and says what each child got as the platform does; a changed one is refused by name', async () => {
  const { before, file, receipts, winners } = await publishedDraw();
  const early = await run(await saved(before));
  expect(early).toMatchObject({ code: 0 });
  expect(early.out).toContain('not drawn yet');

  const [child] = winners.filter(({ got }) => got.length > 0);
  const path = await saved(file);
  const mine = receipts.find(({ entrant }) => entrant === child?.entrant);
  const late = await run(path, '--entrant', child?.entrant ?? '', '--receipt', await saved(mine));
  expect(late).toMatchObject({ code: 0, err: '' });
  expect(late.out).toContain(`holds  commitment  ${file.commitment}`);
  expect(late.out).toContain('holds  receipt');
  for (const { entrant, got } of winners) for (const courseName of got) expect(sectionOf(late.out, courseName)).toContain(entrant);
  for (const courseName of child?.got ?? []) expect(late.out).toContain(`got ${courseName}`);

  // Where the list was fixed late, the named value had come out by then.
  const named = { ...file, seedSource: { kind: 'public', name: '双色球开奖号码', bornAt: '2026-12-01T13:15:00.000Z' } };
  const afterwards = await run(await saved({ ...named, fixedAt: '2026-12-01T13:16:00.000Z' }));
  expect(afterwards).toMatchObject({ code: 0, out: expect.stringContaining('you have to trust') });
  expect((await run(await saved({ ...named, fixedAt: '2026-12-01T12:00:00.000Z' }))).out).not.toContain('you have to trust');

  const [first = '', ...rest] = file.entries;
  const resealed = (changed: Partial<DrawFile>) => ({ ...file, ...changed, root: merkleRoot(changed.entries ?? file.entries) });
  const luckier = first.replace(/^(\["\w+","\w+",\d+),1,/, '$1,4,');
  const wrong: readonly (readonly [unknown, RegExp])[] = [
    [{ ...file, entries: [luckier, ...rest] }, /DOES NOT HOLD {2}root/],
    [resealed({ entries: [luckier, ...rest] }), /DOES NOT HOLD {2}commitment/],
    [resealed({ entries: rest }), /DOES NOT HOLD {2}commitment/],
    [{ ...file, seed: 'f'.repeat(64) }, /DOES NOT HOLD {2}seed/],
    [{ ...file, publicValue: 'f'.repeat(64) }, /DOES NOT HOLD {2}secret/],
    [{ ...file, rounds: 1 }, /DOES NOT HOLD {2}commitment/],
    [{ ...file, entries: 'none' }, /DOES NOT HOLD .*entries/],
  ];
  for (const [changed, problem] of wrong) {
    const { code, out } = await run(await saved(changed));
    expect({ code, names: problem.test(out), out }).toMatchObject({ code: 1, names: true });
  }
  const other = { ...mine, offeringIds: [...(mine?.offeringIds ?? [])].reverse() };
  expect(await run(path, '--receipt', await saved(other))).toMatchObject({ code: 1, out: expect.stringContaining('signature') });
  expect(await run(path, '--entrant', 'a'.repeat(32))).toMatchObject({ code: 1, out: expect.stringContaining('is not in the list') });
  expect(await run(path, '--value', 'another')).toMatchObject({ code: 1, out: expect.stringContaining('value:') });
}, 180_000);

/** What is printed of one class. */
function sectionOf(out: string, courseName: string): string {
  return out.split('\n\n').find((section) => section.startsWith(`${courseName} (`)) ?? '';
}

test('children whose receipts name each other were drawn together, and who named nobody was drawn alone: a list that says otherwise is refused', async () => {
  const world = await lotteryWorld(await testTable(), { classes: [{ capacity: 2 }], pupils: 3 });
  await world.guard(0, 1);
  await world.open();
  const { receipt: one } = await world.wish(0, [0], [1]);
  const { receipt: other } = await world.wish(1, [0], [0]);
  const { receipt: alone } = await world.wish(2, [0]);
  await world.close();
  await world.step('fixDraw');
  await world.step('runDraw');
  const file = await world.file();
  const both = ['--receipt', await saved(one), '--receipt', await saved(other)];
  expect(await run(await saved(file), ...both, '--receipt', await saved(alone))).toMatchObject({ code: 0 });

  /** A list that was changed before it was fixed: root, commitment and seed are its own. */
  const forged = (change: (entry: DrawEntry) => DrawEntry): DrawFile => {
    const entries = file.entries.map(entryOf).map(change);
    const list = canonicalList(entries);
    const commitment = commitmentOf({ ...file, entries });
    return { ...file, entries: list, root: merkleRoot(list), commitment, seed: seedOf(commitment, file.publicValue ?? '') };
  };
  const parted = await saved(forged((entry) => ({ ...entry, group: entry.entrant })));
  expect(await run(parted)).toMatchObject({ code: 0 });
  expect(await run(parted, ...both)).toMatchObject({ code: 1, out: expect.stringContaining('not drawn together') });
  const bound = await saved(forged((entry) => (entry.entrant === alone.entrant ? { ...entry, group: '0'.repeat(32) } : entry)));
  expect(await run(bound, '--receipt', await saved(alone))).toMatchObject({ code: 1, out: expect.stringContaining('did not ask for') });
  // What it asked for is under the signature.
  const changed = await saved({ ...one, together: [] });
  expect(await run(parted, '--receipt', changed)).toMatchObject({ code: 1, out: expect.stringContaining('signature') });
}, 120_000);

test('what is no file is told in one line, with how to call it', async () => {
  expect(await run()).toMatchObject({ code: 2, err: expect.stringContaining('Name one file') });
  expect(await run(join(folder, 'nowhere.json'))).toMatchObject({ code: 2, err: expect.stringContaining('cannot be read') });
  expect(await run('--wrong')).toMatchObject({ code: 2, err: expect.stringContaining('npm run verify-draw') });
}, 60_000);
