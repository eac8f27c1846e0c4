/** The command itself, against a real engine. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { addMinutes } from '@kehou/shared/kernel/time';
import { keys } from '../src/platform/keys.ts';
import { set } from '../src/platform/table.ts';
import { testEngine, testTable } from '../testing/engine.ts';
import { OPENING, selectionWorld } from '../testing/selection-world.ts';

const script = fileURLToPath(new URL('./rehearse.ts', import.meta.url));

function run(args: readonly string[], environment: Record<string, string> = {}): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [script, ...args], { env: { ...process.env, ...environment } }, (error, out, err) => {
      resolve({ code: error ? Number(error.code) : 0, out, err });
    });
  });
}

test('the command rehearses a school’s next window and says go or no-go, in words and by its end', async () => {
  const table = await testTable();
  const { school, window, offerings } = await selectionWorld(table, { classes: [{ capacity: 3 }, { capacity: 60 }, { capacity: 60 }] });
  await table.write([set(keys.window(window.windowId), { status: 'published' })]);
  const environment = { TABLE_NAME: table.name, DYNAMODB_ENDPOINT: (await testEngine()).endpoint };
  const of = ['--school', school.organisationId, '--at', addMinutes(OPENING, -60)];
  const [first, second] = offerings.map(({ courseName }) => courseName);
  const noGo = await run([...of, '--parents', '40', '--favourites', `${first},${second}`], environment);
  expect({ ...noGo, out: '' }).toEqual({ code: 1, out: '', err: '' });
  expect(noGo.out).toContain(`${school.name} · ${window.name}, 40 made-up parents, seed 1`);
  expect(noGo.out).toMatch(
    new RegExp(`NO-GO\n  ! ${first} is full after \\d+\\.\\d s, \\d+ who want it most get none: one more class, or draw lots`),
  );
  const go = await run([...of, '--parents', '2', '--seed', '7', '--json'], environment);
  expect(go.code).toBe(0);
  expect(JSON.parse(go.out)).toMatchObject({ go: true, parents: 2, seed: 7, refused: [] });
  // Once it is open, it is no rehearsal any more.
  const late = await run(['--school', school.organisationId, '--at', OPENING, '--parents', '2'], environment);
  expect(late.code).toBe(2);
  expect(late.err).toContain('Only a window that has not opened yet can be rehearsed');
});

test('a made-up school needs no data; the command says in one line what it lacks', async () => {
  const demo = await run(['--demo', 'small', '--parents', '20', '--json']);
  expect(JSON.parse(demo.out)).toMatchObject({ parents: 20, children: { placed: 20, emptyHanded: 0 } });
  expect(await run([])).toMatchObject({ code: 2, err: expect.stringContaining('either --school or --demo') });
  expect(await run(['--demo', 'small', '--parents', '5001'])).toMatchObject({ code: 2, err: expect.stringContaining('--parents') });
  const nothing = await run(['--data', '/nowhere', '--school', 'org_01ARZ3NDEKTSV4RRFFQ69G5FAV'], {
    TABLE_NAME: '',
    DYNAMODB_ENDPOINT: '',
  });
  expect(nothing).toMatchObject({ code: 2, err: expect.stringContaining('npm start first') });
});
