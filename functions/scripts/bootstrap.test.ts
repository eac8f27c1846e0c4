import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { nobody } from '../src/http/api.ts';
import { identity } from '../src/identity/index.ts';
import { authenticate } from '../src/identity/session-token.ts';
import { testEngine, testTable } from '../testing/engine.ts';
import { testPlatform } from '../testing/test-platform.ts';

async function bootstrap(table: string | undefined, ...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const { endpoint } = await testEngine();
  const { TABLE_NAME: _, ...environment } = process.env;
  const child = spawn(process.execPath, [join(import.meta.dirname, 'bootstrap.ts'), ...args], {
    env: {
      ...environment,
      ...(table ? { TABLE_NAME: table } : {}),
      DYNAMODB_ENDPOINT: endpoint,
      AWS_REGION: 'cn-north-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    },
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, out: out.trim(), err };
}

test('one command makes the bureau, and whoever verifies the number is its officer', async () => {
  const table = await testTable();
  const args = ['--name', '江城市教育局', '--officer-name', '周局长', '--officer-phone', '13900000001'];
  const first = await bootstrap(table.name, ...args);
  expect(first).toMatchObject({ code: 0 });
  expect(first.out).toMatch(/^org_[0-9A-Z]{26}$/);
  const again = await bootstrap(table.name, ...args.slice(0, 4), '--officer-phone', '13900000002', '--organisation', first.out);
  expect(again).toMatchObject({ code: 0, out: first.out });

  const platform = testPlatform(table);
  const { signIn, verifyPhone } = identity(platform).useCases;
  for (const phone of ['13900000001', '13900000002']) {
    const session = await signIn({ code: platform.codes.login(phone) }, nobody('r'));
    const actor = await authenticate(platform)(session.token, 'r');
    const verified = await verifyPhone({ phoneCode: platform.codes.phone(phone) }, actor);
    expect(verified.me.roles).toEqual([{ organisationId: first.out, organisationName: '江城市教育局', role: 'bureau' }]);
  }
});

test('what is missing is said in one line each, with how to call it', async () => {
  const nowhere = await bootstrap(undefined);
  expect(nowhere.code).toBe(2);
  expect(nowhere.err).toContain('TABLE_NAME is not set.');
  const unsaid = await bootstrap('some-table', '--name', '江城市教育局', '--officer-phone', '123');
  expect(unsaid.code).toBe(2);
  expect(unsaid.err).toMatch(/officer\.name/);
  expect(unsaid.err).toMatch(/officer\.phone/);
});
