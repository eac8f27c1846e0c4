/**
 * `npm test`: everything that must hold before a change is kept. Lint, types, dependency rules and both builds come first,
 * then jest, the browsers last and by themselves. Every step runs, whatever failed before it; the last line counts jest's own
 * results, and each other step that failed as one more failure. `npm test -- lint types` runs the steps of those names.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { type BuildTarget, buildMiniapp, root } from './miniapp-build.ts';

interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}
interface Step {
  readonly name: string;
  run(): Promise<Count>;
}

const JestResults = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  numTodoTests: z.int(),
  /** Files that could not be run at all: their tests are in no other number. */
  numRuntimeErrorTestSuites: z.int(),
  success: z.boolean(),
});

const scratch = mkdtempSync(join(tmpdir(), 'kehou-test-'));
const bin = (name: string) => join(root, 'node_modules/.bin', name);

function run(command: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --disable-warning=ExperimentalWarning`.trim() },
    });
    child.once('error', () => resolve(1));
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

/** A step that passes or fails as one. */
function check(name: string, work: () => Promise<boolean>): Step {
  return { name, run: async () => ({ passed: 0, failed: (await work()) ? 0 : 1, skipped: 0 }) };
}
const command = (name: string, program: string, ...args: string[]) => check(name, async () => (await run(bin(program), args)) === 0);

function build(target: BuildTarget): Step {
  return check(`build for ${target}`, async () => {
    try {
      const { fresh } = await buildMiniapp(target);
      console.log(fresh ? 'built' : 'unchanged since the last build');
      return true;
    } catch (error) {
      console.log(error instanceof Error ? error.message : error);
      return false;
    }
  });
}

function jest(name: string, ...args: string[]): Step {
  return {
    name,
    run: async () => {
      const file = join(scratch, `${name.replaceAll(' ', '-')}.json`);
      const jestPath = join(root, 'node_modules/jest/bin/jest.js');
      const code = await run(process.execPath, ['--experimental-vm-modules', jestPath, '--json', '--outputFile', file, ...args]);
      const results = existsSync(file) ? JestResults.safeParse(JSON.parse(readFileSync(file, 'utf8'))) : undefined;
      if (!results?.success) return { passed: 0, failed: 1, skipped: 0 };
      const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numRuntimeErrorTestSuites } = results.data;
      const failed = numFailedTests + numRuntimeErrorTestSuites;
      // Red for a reason that is in no number (a threshold, a leak): still red.
      return { passed: numPassedTests, failed: failed === 0 && code !== 0 ? 1 : failed, skipped: numPendingTests + numTodoTests };
    },
  };
}

function steps(): Step[] {
  const projects = ['shared', 'functions', 'infra', 'miniapp'];
  const cruised = ['shared', 'functions', 'infra', 'miniapp/src'];
  return [
    command('lint', 'biome', 'check', '.'),
    command('types', 'tsc', '-p', 'tsconfig.json'),
    command('types of the simulator page', 'tsc', '-p', 'infra/local/super-app/tsconfig.json'),
    command('types of the mini-program', 'tsc', '-p', 'miniapp/tsconfig.json'),
    command('dependency rules', 'depcruise', '--config', '.dependency-cruiser.cjs', ...cruised),
    command('dependency rules of folders', 'depcruise', '--config', '.dependency-cruiser-folders.cjs', ...cruised),
    build('weapp'),
    build('h5'),
    jest('tests', '--selectProjects', ...projects),
    // Two at a time: a browser waits more than it reckons, and each file has an engine and a city of its own.
    jest('browser tests', '--selectProjects', 'browser', '--maxWorkers', '2'),
  ];
}

let total: Count = { passed: 0, failed: 0, skipped: 0 };
const broken: string[] = [];
const wanted = process.argv.slice(2);
for (const step of steps().filter(({ name }) => wanted.length === 0 || wanted.some((word) => name.includes(word)))) {
  console.log(`\n== ${step.name}`);
  const began = performance.now();
  const count = await step.run();
  console.log(`== ${step.name}: ${count.failed === 0 ? 'good' : 'FAILED'} in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  if (count.failed > 0) broken.push(step.name);
  total = { passed: total.passed + count.passed, failed: total.failed + count.failed, skipped: total.skipped + count.skipped };
}
rmSync(scratch, { recursive: true });
console.log(broken.length > 0 ? `\nfailed: ${broken.join(', ')}` : '\neverything holds');
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
