/** `npm run bench`: all of it; `npm run bench -- rush`: one part; `-- --json`: for programs. */
import { bundles } from '../../functions/bench/bundles.ts';
import { rush } from '../../functions/bench/rush.ts';
import { runCleanups } from '../../functions/testing/cleanups.ts';
import { benchCalls } from './bench-calls.ts';

const parts = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const asJson = process.argv.includes('--json');
const wanted = (part: string) => parts.length === 0 || parts.includes(part);
const parents = Number(process.argv.find((argument) => argument.startsWith('--parents='))?.split('=')[1] ?? 5000);

const results: Record<string, unknown> = {};
try {
  if (wanted('rush')) {
    results.rush = [await rush({ parents, containers: 250 }), await rush({ parents, containers: 1000 })];
  }
  if (wanted('calls')) results.calls = await benchCalls();
  if (wanted('bundles')) results.bundles = await bundles();
} finally {
  await runCleanups();
}
if (asJson) process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
else
  for (const [part, rows] of Object.entries(results)) {
    process.stdout.write(`\n${part}\n`);
    console.table(rows);
  }
process.exit(0);
