/** Each Lambda as it deploys: minified size, and how long Node takes to load it against a handler that does nothing. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..', '..');
const entries = join(root, 'functions', 'src', 'lambda');
const ROUNDS = 7;
/** Minified; more would make a cold start felt. */
export const LAMBDA_BYTES_MAX = 700 * 1024;

export interface BundleRow {
  readonly bundle: string;
  readonly kilobytes: number;
  readonly loadMs?: number;
  readonly timesEmpty?: number;
}

/** The same options as the CDK stacks bundle with. */
export async function bundleLambdas(outdir: string): Promise<string[]> {
  const names = readdirSync(entries).filter(
    (file) =>
      file.endsWith('.ts') && !file.endsWith('.test.ts') && /export const handler\b/.test(readFileSync(join(entries, file), 'utf8')),
  );
  await build({
    entryPoints: names.map((file) => join(entries, file)),
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    mainFields: ['module', 'main'],
    external: JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')).context['kehou:notBundled'],
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
    logLevel: 'error',
  });
  return names.map((file) => join(outdir, file.replace(/\.ts$/, '.mjs')));
}

export async function bundles(): Promise<BundleRow[]> {
  const outdir = mkdtempSync(join(tmpdir(), 'kehou-bundles-'));
  try {
    const files = await bundleLambdas(outdir);
    const empty = join(outdir, 'empty.mjs');
    writeFileSync(empty, 'export const handler=async()=>({statusCode:200});\n');
    const rows: BundleRow[] = [];
    for (const file of files) {
      // In turn, so that a noisy machine is noisy to both.
      const pairs = Array.from({ length: ROUNDS }, () => [loadMs(empty), loadMs(file)] as const);
      const mine = median(pairs.map(([, took]) => took));
      rows.push({
        bundle: `lambda ${basename(file, '.mjs')}`,
        kilobytes: kilobytes(statSync(file).size),
        loadMs: round(mine),
        timesEmpty: round(mine / median(pairs.map(([took]) => took))),
      });
    }
    return [...rows, ...miniapp()];
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

/** From the start of a fresh process to the handler being there. */
function loadMs(file: string): number {
  const script = `const s=performance.now();await import(${JSON.stringify(file)});process.stdout.write(String(performance.now()-s))`;
  return Number(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }));
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** What has been built of the mini-program: run the builds first. */
function miniapp(): BundleRow[] {
  const weapp = join(root, 'miniapp', 'dist', 'weapp');
  const h5 = join(root, 'miniapp', 'dist', 'h5');
  const rows: BundleRow[] = [];
  if (existsSync(join(weapp, 'app.json'))) {
    const app: { subPackages?: { root: string }[] } = JSON.parse(readFileSync(join(weapp, 'app.json'), 'utf8'));
    const roots = (app.subPackages ?? []).map((subpackage) => subpackage.root.replace(/\/$/, ''));
    const whole = sizeOf(weapp);
    const sizes = roots.map((name) => ({ bundle: `weapp ${name}`, bytes: sizeOf(join(weapp, name)) }));
    rows.push({ bundle: 'weapp main package', kilobytes: kilobytes(whole - sizes.reduce((sum, { bytes }) => sum + bytes, 0)) });
    rows.push(...sizes.map(({ bundle, bytes }) => ({ bundle, kilobytes: kilobytes(bytes) })));
  }
  if (existsSync(join(h5, 'index.html'))) {
    const html = readFileSync(join(h5, 'index.html'), 'utf8');
    const files = [...html.matchAll(/(?:src|href)="\/?([^"]+\.(?:js|css))"/g)].map(([, file]) => join(h5, file ?? ''));
    rows.push({
      bundle: 'h5 entry',
      kilobytes: kilobytes(files.filter((file) => existsSync(file)).reduce((sum, file) => sum + statSync(file).size, 0)),
    });
  }
  return rows;
}

function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

function kilobytes(bytes: number): number {
  return Math.round(bytes / 102.4) / 10;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
