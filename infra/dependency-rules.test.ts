import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

const root = join(import.meta.dirname, '..');
const tree = mkdtempSync(join(tmpdir(), 'kehou-rules-'));
afterAll(() => rmSync(tree, { recursive: true }));

/** A small repository in which each line is one import: who imports what. */
function plant(imports: readonly (readonly [from: string, to: string])[]): void {
  const lines = new Map<string, string[]>();
  for (const [from, to] of imports) {
    const isFile = to.includes('/') && !to.startsWith('@') && !to.startsWith('node:');
    if (isFile && !lines.has(to)) lines.set(to, []);
    const target = relative(dirname(from), to);
    const specifier = isFile ? (target.startsWith('.') ? target : `./${target}`) : to;
    lines.set(from, [...(lines.get(from) ?? []), `import '${specifier}';`]);
  }
  for (const [path, content] of lines) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), `${content.join('\n')}\nexport {};\n`);
  }
  for (const name of ['@aws-sdk/client-dynamodb', 'zod', 'lodash', 'pg', '@redis/client']) {
    mkdirSync(join(tree, 'node_modules', name), { recursive: true });
    writeFileSync(join(tree, 'node_modules', name, 'package.json'), JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
    writeFileSync(join(tree, 'node_modules', name, 'index.js'), 'export {};\n');
  }
  for (const name of ['tsconfig.json', '.dependency-cruiser.cjs', '.dependency-cruiser-folders.cjs'])
    copyFileSync(join(root, name), join(tree, name));
  writeFileSync(
    join(tree, 'package.json'),
    JSON.stringify({
      name: 'tree',
      type: 'module',
      dependencies: { '@aws-sdk/client-dynamodb': '1', zod: '1', lodash: '1', pg: '1', '@redis/client': '1' },
    }),
  );
}

interface Violation {
  readonly from: string;
  readonly to: string;
  readonly rule: { readonly name: string };
}

function cruise(config: string): Promise<readonly Violation[]> {
  const program = join(root, 'node_modules/.bin/depcruise');
  const folders = ['shared', 'functions', 'infra', 'miniapp'];
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [program, '--config', config, '--output-type', 'json', ...folders],
      { cwd: tree, maxBuffer: 2 ** 26 },
      (error, out, said) => {
        try {
          resolve((JSON.parse(out) as { summary: { violations: Violation[] } }).summary.violations);
        } catch {
          reject(error ?? new Error(said));
        }
      },
    );
  });
}

const forbidden: readonly (readonly [from: string, to: string, rule: string])[] = [
  ['shared/src/kernel/a.ts', 'functions/src/platform/x.ts', 'shared-imports-nothing-of-ours'],
  ['shared/src/kernel/a.test.ts', 'infra/local/x.ts', 'shared-imports-nothing-of-ours'],
  ['shared/src/kernel/b.ts', 'node:fs', 'shared-does-no-io'],
  ['shared/src/kernel/c.ts', 'lodash', 'shared-uses-few-packages'],
  ['miniapp/src/parent/a.ts', 'functions/src/platform/x.ts', 'miniapp-imports-no-backend'],
  ['miniapp/src/parent/b.ts', 'infra/local/x.ts', 'miniapp-imports-no-backend'],
  ['functions/src/platform/a.ts', 'infra/local/x.ts', 'functions-import-neither-infra-nor-miniapp'],
  ['functions/src/platform/b.ts', 'miniapp/src/x.ts', 'functions-import-neither-infra-nor-miniapp'],
  ['infra/aws/a.ts', 'functions/src/platform/x.ts', 'infra-aws-imports-no-functions'],
  ['infra/local/a.ts', 'miniapp/src/x.ts', 'infra-uses-only-the-host-protocol-of-the-miniapp'],
  ['functions/src/billing/a.ts', '@aws-sdk/client-dynamodb', 'aws-sdk-behind-the-platform'],
  ['shared/src/kernel/d.ts', '@aws-sdk/client-dynamodb', 'aws-sdk-behind-the-platform'],
  ['functions/src/platform/e.ts', 'pg', 'other-stores-in-the-bench-only'],
  ['functions/src/platform/f.ts', '@redis/client', 'other-stores-in-the-bench-only'],
  ['functions/src/billing/b.ts', 'functions/src/http/x.ts', 'use-cases-know-no-http-and-no-lambda'],
  ['functions/src/billing/c.ts', 'functions/src/lambda/x.ts', 'use-cases-know-no-http-and-no-lambda'],
  ['functions/src/platform/c.ts', 'functions/src/billing/x.ts', 'platform-and-http-import-no-area'],
  ['functions/src/http/a.ts', 'functions/src/selection/x.ts', 'platform-and-http-import-no-area'],
  ['functions/src/platform/d.ts', 'functions/src/http/x.ts', 'platform-knows-no-http'],
  ['functions/src/billing/d.ts', 'functions/testing/x.ts', 'nothing-shipped-imports-tests'],
  ['functions/src/selection/a.ts', 'functions/src/billing/x.ts', 'functions-selection-imports-no-area-to-its-right'],
  ['shared/src/organisation/a.ts', 'shared/src/exchange/x.ts', 'shared-organisation-imports-no-area-to-its-right'],
  ['shared/src/kernel/e.ts', 'shared/src/organisation/x.ts', 'shared-kernel-imports-no-area'],
  ['functions/src/billing/e.ts', 'functions/src/billing/nowhere-to-be-found', 'resolvable'],
];
const allowed: readonly (readonly [from: string, to: string])[] = [
  ['shared/src/billing/ok.ts', 'zod'],
  ['shared/src/billing/ok.ts', 'shared/src/selection/x.ts'],
  ['functions/src/billing/ok.ts', 'functions/src/selection/x.ts'],
  ['functions/src/billing/ok.ts', 'functions/src/platform/x.ts'],
  ['functions/src/billing/ok.test.ts', 'functions/testing/x.ts'],
  ['functions/src/lambda/ok.ts', 'functions/src/billing/x.ts'],
  ['functions/src/platform/ok.ts', '@aws-sdk/client-dynamodb'],
  ['functions/bench/ok.ts', 'pg'],
  ['infra/local/ok.ts', 'functions/src/platform/x.ts'],
  ['infra/local/ok.ts', 'miniapp/src/platform/host-protocol.ts'],
  ['miniapp/src/parent/ok.ts', 'shared/src/billing/x.ts'],
];

test('every direction that nothing may go against is caught, by its own rule, and what is allowed is not', async () => {
  plant([...forbidden.map(([from, to]) => [from, to] as const), ...allowed]);
  rmSync(join(tree, 'functions/src/billing/nowhere-to-be-found'));
  const violations = await cruise('.dependency-cruiser.cjs');
  for (const [from, to, rule] of forbidden) {
    const found = violations.filter((violation) => violation.from === from).map((violation) => violation.rule.name);
    expect([from, to, found]).toEqual([from, to, expect.arrayContaining([rule])]);
  }
  for (const [from] of allowed) expect(violations.filter((violation) => violation.from === from)).toEqual([]);
});

test('a cycle of files and a cycle of folders without one of files are caught', async () => {
  plant([
    ['shared/src/kernel/one.ts', 'shared/src/kernel/two.ts'],
    ['shared/src/kernel/two.ts', 'shared/src/kernel/one.ts'],
    ['infra/local/left/a.ts', 'infra/local/right/a.ts'],
    ['infra/local/right/b.ts', 'infra/local/left/b.ts'],
  ]);
  const files = await cruise('.dependency-cruiser.cjs');
  expect(files.filter(({ rule }) => rule.name === 'no-cycle-of-files').map(({ from }) => from)).toContain('shared/src/kernel/one.ts');
  expect(files.filter(({ from }) => from.startsWith('infra/local/left'))).toEqual([]);
  const folders = await cruise('.dependency-cruiser-folders.cjs');
  expect(folders.map(({ from, rule }) => [rule.name, from])).toContainEqual(['no-cycle-of-folders', 'infra/local/left']);
});
