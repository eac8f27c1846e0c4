/**
 * `npm run bench`: rush, calls and bundles; `npm run bench -- rush`: one part; `-- --json`: for programs. `-- city` has to be asked for:
 * the first time it loads a city of 460,000 pupils, and keeps it in `.cache/`.
 */
import { join } from 'node:path';
import { bundles } from '../../functions/bench/bundles.ts';
import { city } from '../../functions/bench/city.ts';
import { compareDesigns } from '../../functions/bench/rush/designs.ts';
import { rush } from '../../functions/bench/rush.ts';
import { runCleanups } from '../../functions/testing/cleanups.ts';
import { benchCalls } from './bench-calls.ts';
import { root } from './miniapp-build.ts';

const parts = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const asJson = process.argv.includes('--json');
const wanted = (part: string) => parts.length === 0 || parts.includes(part);
const option = (name: string, otherwise: number) =>
  Number(process.argv.find((argument) => argument.startsWith(`--${name}=`))?.split('=')[1] ?? otherwise);
const parents = option('parents', 5000);
const selections = option('selections', 30_000);

type Row = Readonly<Record<string, unknown>>;
const results: Record<string, readonly unknown[]> = {};
try {
  if (wanted('rush')) {
    const sizes = [250, 1000].map((containers) => ({ parents, containers }));
    results.rush = await eachInTurn(sizes, rush);
    results.rushOnOtherDesigns = (await eachInTurn(sizes, compareDesigns)).flat();
  }
  if (wanted('calls')) results.calls = await benchCalls();
  if (wanted('bundles')) results.bundles = await bundles();
  if (parts.includes('city')) {
    const progress = (words: string) => process.stderr.write(`${words}\n`);
    results.city = await city({ cache: join(root, '.cache/bench-city'), selections, progress });
  }
} finally {
  await runCleanups();
}
if (asJson) process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
else
  for (const [part, rows] of Object.entries(results)) {
    process.stdout.write(`\n${part}\n`);
    const missing = new Set((rows as Row[]).flatMap((row) => ('notInstalled' in row ? [`${row.design}: ${row.notInstalled}`] : [])));
    console.table((rows as Row[]).filter((row) => !('notInstalled' in row)).map(rounded));
    for (const line of missing) process.stdout.write(`${line}\n`);
  }
process.exit(0);

async function eachInTurn<T, R>(items: readonly T[], measure: (item: T) => Promise<R>): Promise<R[]> {
  const measured: R[] = [];
  for (const item of items) measured.push(await measure(item));
  return measured;
}

/** For reading: programs get every digit. */
function rounded(row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === 'number' ? Number(value.toFixed(2)) : value]),
  );
}
