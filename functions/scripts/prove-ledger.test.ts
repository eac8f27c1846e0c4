/** The command itself, against a real engine. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { keys } from '../src/platform/keys.ts';
import { put } from '../src/platform/table.ts';
import { billingWorld } from '../testing/billing-world.ts';
import { testEngine, testTable } from '../testing/engine.ts';

const script = fileURLToPath(new URL('./prove-ledger.ts', import.meta.url));

function run(args: readonly string[], environment: Record<string, string>): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [script, ...args], { env: { ...process.env, ...environment } }, (error, out, err) => {
      resolve({ code: error ? Number(error.code) : 0, out, err });
    });
  });
}

test('the command proves the sum, names the school that breaks it, and repairs what was not counted', async () => {
  const table = await testTable();
  const world = await billingWorld(table);
  const environment = { TABLE_NAME: table.name, DYNAMODB_ENDPOINT: (await testEngine()).endpoint };
  const { organisationId, name } = world.selection.school;
  await world.paidSeat(0);
  const broken = await run(['--organisation', organisationId, '--from', '2026-09', '--to', '2027-01'], environment);
  expect(broken.code).toBe(1);
  expect(broken.out).toContain(`BROKEN  ${name}: 1 transactions`);
  const repaired = await run(['--organisation', organisationId, '--from', '2026-09', '--to', '2027-01', '--repair'], environment);
  expect(repaired.out).toContain('1 counted just now');
  const holds = await run(['--organisation', organisationId, '--from', '2026-09', '--to', '2027-01'], environment);
  expect(holds).toMatchObject({ code: 0 });
  expect(holds.out).toContain(
    'bank ¥0.00 + in transit ¥240.00 + fees owed by operators ¥0.00 = owed to parents ¥0.00 + owed to payees ¥0.00 + earmarked funds ¥240.00',
  );
  await table.write([put(keys.balances(organisationId), { transit: 24_000, fund: -24_001 })]);
  const json = await run(['--organisation', organisationId, '--from', '2026-09', '--to', '2027-01', '--json'], environment);
  expect(json.code).toBe(1);
  expect(JSON.parse(json.out)).toMatchObject({ holds: false, schools: [{ shown: { fund: -24_001 }, balances: { fund: -24_000 } }] });
});

test('the command says in one line what it lacks', async () => {
  const nothing = await run(['--data', '/nowhere', '--organisation', 'org_01ARZ3NDEKTSV4RRFFQ69G5FAV'], {
    TABLE_NAME: '',
    DYNAMODB_ENDPOINT: '',
  });
  expect(nothing.code).toBe(2);
  expect(nothing.err).toContain('npm start first');
  expect((await run([], {})).err).toContain('--organisation');
});
