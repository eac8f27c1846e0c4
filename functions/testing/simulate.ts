/**
 * Plays whole terms of selection in virtual time, as many as you have time for.
 *
 *   npm run simulate -- selection --seed 1 --seeds 5000
 *
 * `--lottery`: places are drawn among wishes instead. `--plain`: without what seeds have come to draw since (`terms.ts`), as they were. A seed that fails prints itself, the step, and the last lines of what happened; the same seed fails the same way again. Ends with
 * 0 when all seeds hold, with 1 when one does not. `--verbose` counts what happened; `--json` for programs.
 */
import { parseArgs } from 'node:util';
import { type SimulatedRun, simulateSelection } from './simulation/simulate-selection.ts';

const USAGE = 'npm run simulate -- selection [--seed N[,N…]] [--seeds COUNT] [--lottery] [--plain] [--verbose] [--json]';

function stop(why: string): never {
  process.stderr.write(`${why}\n${USAGE}\n`);
  process.exit(2);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    verbose: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    lottery: { type: 'boolean', default: false },
    plain: { type: 'boolean', default: false },
  },
});
const [given, count] = [values.seed.split(',').map(Number), Number(values.seeds)];
if (positionals.length !== 1 || positionals[0] !== 'selection') stop('what to simulate: selection');
if (![...given, count].every((number) => Number.isSafeInteger(number) && number >= 0) || count < 1)
  stop('--seed and --seeds are whole numbers');

// The first of those given, and so many after the last.
const last = given.at(-1) ?? 1;
const seeds = [...new Set([...given, ...Array.from({ length: count }, (_, index) => last + index)])];
const runs: SimulatedRun[] = [];
const failures: { seed: number; message: string }[] = [];
const counts = new Map<string, number>();
const say = (text: string) => values.json || process.stdout.write(`${text}\n`);
const startedAt = performance.now();
for (const seed of seeds) {
  try {
    const run = await simulateSelection(seed, { lottery: values.lottery, plain: values.plain });
    runs.push(run);
    for (const [what, times] of run.counts) counts.set(what, (counts.get(what) ?? 0) + times);
    say(`seed ${seed}: ${run.steps} steps, trace ${run.hash}`);
  } catch (error) {
    const { message, cause, stack } = error as Error;
    failures.push({ seed, message });
    say(`${message}\n${cause instanceof Error ? cause.stack : stack}`);
  }
}
if (values.verbose) for (const [what, times] of [...counts].sort()) say(`${String(times).padStart(8)}  ${what}`);
const seconds = (performance.now() - startedAt) / 1000;
const failed = failures.map(({ seed }) => seed).join(', ');
say(`${seeds.length} seeds in ${seconds.toFixed(1)} s, ${failed ? `BROKEN: ${failed}` : 'all hold'}`);
if (values.json) {
  const shown = runs.map(({ seed, steps, hash }) => ({ seed, steps, hash }));
  process.stdout.write(`${JSON.stringify({ runs: shown, failures, counts: Object.fromEntries(counts) })}\n`);
}
process.exitCode = failed ? 1 : 0;
