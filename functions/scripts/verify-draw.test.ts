/** The command as a parent runs it: on a file that a real window published, and on the same file changed. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { merkleRoot } from '@kehou/shared/kernel/merkle';
import { addMinutes } from '@kehou/shared/kernel/time';
import { canonicalEntry, canonicalList, type DrawEntry, seedOf } from '@kehou/shared/selection/draw';
import { type DrawFile, entryOf, hashOfSecret, sealedFile } from '@kehou/shared/selection/draw-file';
import type { Lottery } from '@kehou/shared/selection/lottery';
import { testTable } from '../testing/engine.ts';
import { CLOSES, lotteryWorld, officer, parent, SECRET_LOTTERY } from '../testing/lottery-world.ts';

const PUBLIC_LOTTERY: Lottery = {
  rounds: 1,
  payHours: 2,
  seedSource: { kind: 'public', name: '双色球 2026-11-23 开奖号码', bornAt: addMinutes(CLOSES, 90) },
};

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
async function publishedDraw(lottery: Lottery = SECRET_LOTTERY, value?: string) {
  const world = await lotteryWorld(await testTable(), { classes: [{ capacity: 2 }, { capacity: 1 }], pupils: 6, lottery });
  await world.open();
  const receipts = [];
  for (let pupil = 0; pupil < 6; pupil++) receipts.push((await world.wish(pupil, pupil % 2 ? [0, 1] : [1, 0])).receipt);
  await world.close();
  await world.step('fixDraw');
  const before = await world.file();
  if (value !== undefined) {
    const { schoolId, windowId } = world;
    world.clock.set(addMinutes(CLOSES, 90));
    await world.area().useCases.recordPublicValue({ schoolId, windowId, value }, officer);
  }
  await world.step('runDraw');
  await world.allot();
  const winners = [];
  for (let index = 0; index < 6; index++) {
    const { steps } = await world.area().useCases.getChildDraw({ pupilId: world.pupilId(index), windowId: world.windowId }, parent);
    winners.push({ entrant: receipts[index]?.entrant ?? '', got: steps.flatMap(({ got }) => (got ? [got.courseName] : [])) });
  }
  return { before, file: await world.file(), receipts, winners };
}

/** A list that was changed before it was fixed: root, commitment and seed are its own. */
function madeAnew(file: DrawFile, changed: Partial<DrawFile>): DrawFile {
  const anew = sealedFile({ ...file, ...changed });
  return { ...anew, seed: seedOf(anew.commitment, anew.publicValue ?? '') };
}

test('a published file holds, and says what each child got as the platform does; a changed one is refused by name', async () => {
  const { before, file, receipts, winners } = await publishedDraw();
  const early = await run(await saved(before));
  expect(early).toMatchObject({ code: 3 });
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
    [{ ...file, windowName: '别的选课' }, /DOES NOT HOLD {2}commitment/],
    [{ ...file, format: 'kehou-draw-1' }, /DOES NOT HOLD {2}commitment/],
    [{ ...file, winners: [] }, /DOES NOT HOLD .*no part of such a file/],
    [{ ...file, classes: file.classes.map((each) => ({ ...each, winners: [] })) }, /DOES NOT HOLD .*no part of such a file/],
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

test('what was named beforehand is bound: a file that names another value, instant or number does not hold, nor does it agree with any receipt', async () => {
  const { file, receipts } = await publishedDraw(PUBLIC_LOTTERY, '1,2,3');
  const receipt = await saved(receipts[0]);
  expect(await run(await saved(file), '--receipt', receipt, '--value', '1,2,3')).toMatchObject({ code: 0, err: '' });
  const { seedSource } = file;
  if (seedSource.kind !== 'public') throw new Error('it is public');
  const changes: readonly Partial<DrawFile>[] = [
    { seedSource: { ...seedSource, name: '体彩 2026-11-23 开奖号码' } },
    { seedSource: { ...seedSource, bornAt: addMinutes(CLOSES, 60) } },
    { seedSource: { kind: 'secret', hash: hashOfSecret('1,2,3') }, fixedAt: undefined },
    { rounds: 2 },
  ];
  for (const changed of changes) {
    expect(await run(await saved({ ...file, ...changed }))).toMatchObject({ code: 1, out: expect.stringContaining('commitment') });
    // Made anew it holds by itself: it takes a receipt to show it.
    const anew = await saved(madeAnew(file, changed));
    expect(await run(anew)).toMatchObject({ code: 0 });
    expect(await run(anew, '--receipt', receipt)).toMatchObject({ code: 1, out: expect.stringContaining('DOES NOT HOLD  terms') });
  }
  // And no receipt can be made to agree.
  const bent = { ...receipts[0], terms: { ...receipts[0]?.terms, seedSource: changes[0]?.seedSource } };
  const { terms: _, ...without } = receipts[0] ?? {};
  for (const forged of [bent, without])
    expect(await run(await saved(file), '--receipt', await saved(forged))).toMatchObject({
      code: 1,
      out: expect.stringContaining('signature'),
    });

  // When it was fixed is bound too; where that was late, the named value had come out by then.
  const late = { fixedAt: addMinutes(CLOSES, 91) };
  expect(await run(await saved({ ...file, ...late }))).toMatchObject({ code: 1, out: expect.stringContaining('commitment') });
  expect(await run(await saved(madeAnew(file, late)))).toMatchObject({ code: 0, out: expect.stringContaining('you have to trust') });
  expect((await run(await saved(file))).out).not.toContain('you have to trust');
}, 180_000);

test('who withdrew is not in the list, and says so with a receipt; one list too many or too few is refused', async () => {
  const world = await lotteryWorld(await testTable(), { classes: [{ capacity: 1 }], pupils: 2 });
  await world.open();
  const { receipt: first } = await world.wish(0, [0]);
  const { receipt: stays } = await world.wish(1, [0]);
  world.later(1);
  const { receipt: withdrawn } = await world.wish(0, []);
  await world.close();
  await world.step('fixDraw');
  await world.step('runDraw');
  const file = await world.file();
  const path = await saved(file);
  expect(await run(path, '--receipt', await saved(withdrawn), '--receipt', await saved(stays))).toMatchObject({ code: 0, err: '' });
  expect(await run(path, '--receipt', await saved(first))).toMatchObject({ code: 1, out: expect.stringContaining('withdrawn by a later') });
  // A platform that draws it all the same, or that says it of a child that did not.
  const line = canonicalEntry({ entrant: first.entrant, group: first.entrant, grade: 3, tickets: 1, busy: [], choices: first.offeringIds });
  const listed = await saved(madeAnew(file, { entries: [...file.entries, line].sort() }));
  expect(await run(listed)).toMatchObject({ code: 0 });
  expect(await run(listed, '--receipt', await saved(withdrawn))).toMatchObject({ code: 1, out: expect.stringContaining('were withdrawn') });
  const forged = await saved({ ...stays, offeringIds: [] });
  expect(await run(path, '--receipt', forged)).toMatchObject({ code: 1, out: expect.stringContaining('signature') });
}, 120_000);

test('a file without value and seed is no success, and one of the old format holds for what it bound, which is said', async () => {
  const { file, receipts } = await publishedDraw();
  const { publicValue: _, seed: __, ...stripped } = file;
  const undrawn = await run(await saved(stripped), '--receipt', await saved(receipts[0]));
  expect(undrawn).toMatchObject({ code: 3, out: expect.stringContaining('not drawn yet: only the list was checked') });
  expect(undrawn.out).toContain('holds  receipt');

  const old = madeAnew(file, { format: 'kehou-draw-1', fixedAt: CLOSES });
  const swapped = { ...old, schoolName: '别的学校' };
  for (const each of [old, swapped])
    expect(await run(await saved(each))).toMatchObject({ code: 0, out: expect.stringContaining('old format') });
  expect(await run(await saved({ ...old, rounds: 1 }))).toMatchObject({ code: 1, out: expect.stringContaining('commitment') });
  expect((await run(await saved(file))).out).not.toContain('old format');
}, 120_000);

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

  const forged = (change: (entry: DrawEntry) => DrawEntry) =>
    madeAnew(file, { entries: canonicalList(file.entries.map(entryOf).map(change)) });
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
