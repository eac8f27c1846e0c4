import { parseArgs } from 'node:util';
import { DomainError, explain } from '@kehou/shared/kernel/errors';
import { Id } from '@kehou/shared/kernel/id';
import { type Instant, ms } from '@kehou/shared/kernel/time';
import { REHEARSAL_PARENTS_MAX, type RehearsalReport } from '@kehou/shared/selection/rehearsal';
import * as z from 'zod';
import { sweepDue } from '../src/lambda/sweep-due.ts';
import { systemClock } from '../src/platform/clock.ts';
import { copyWindow, parentsOf, type WindowCopy } from '../src/rehearsal/copy-window.ts';
import { rehearse } from '../src/rehearsal/rehearse.ts';
import { ASSUMED } from '../src/rehearsal/stage.ts';
import { windowsAheadOf } from '../src/selection/rehearse-window.ts';
import { demoCopy } from './rehearse-demo.ts';
import { findingWords } from './rehearse-words.ts';
import { tableOf } from './table-of.ts';

const USAGE =
  'npm run rehearse -- (--school <org_…> [--window <win_…>] | --demo small|drawn) [--parents N] [--seed N] [--favourites 围棋,篮球] [--at INSTANT] [--data .data] [--json]';

function stop(why: string): never {
  process.stderr.write(`${why}\n${USAGE}\n`);
  process.exit(2);
}

const { values } = parseArgs({
  options: {
    school: { type: 'string' },
    window: { type: 'string' },
    demo: { type: 'string' },
    parents: { type: 'string' },
    seed: { type: 'string', default: '1' },
    favourites: { type: 'string', default: '' },
    at: { type: 'string' },
    data: { type: 'string', default: '.data' },
    json: { type: 'boolean', default: false },
  },
});
const parsed = z
  .object({
    school: Id('organisation').optional(),
    window: Id('window').optional(),
    demo: z.enum(['small', 'drawn']).optional(),
    parents: z.coerce.number().int().min(1).max(REHEARSAL_PARENTS_MAX).optional(),
    seed: z.coerce.number().int().min(0),
    at: z.iso.datetime({ precision: 3 }).optional(),
  })
  .safeParse(values);
if (!parsed.success) stop(parsed.error.issues.map((issue) => `--${issue.path.join('.')}: ${issue.message}`).join('\n'));
const input = parsed.data;
if (!input.school === !input.demo) stop('either --school or --demo');

function refused(error: unknown): never {
  if (error instanceof DomainError) stop(explain(error.code, 'en'));
  throw error;
}

async function copyOf(schoolId: string): Promise<WindowCopy> {
  const table = tableOf(values.data, stop);
  const ahead = (await windowsAheadOf(table, schoolId)).sort((one, other) => ms(one.opensAt) - ms(other.opensAt));
  const now = (input.at ?? systemClock.now()) as Instant;
  const found = input.window
    ? ahead.find(({ windowId }) => windowId === input.window)
    : (ahead.find(({ opensAt }) => ms(opensAt) > ms(now)) ?? ahead[0]);
  if (!found) stop(`${schoolId} has no window that could be rehearsed`);
  // A simulated clock may stand before this machine's: that it has not opened is what its status says.
  return copyWindow(table, found.windowId, (input.at ?? new Date(ms(found.opensAt) - 1).toISOString()) as Instant);
}

const copy = input.school ? await copyOf(input.school).catch(refused) : demoCopy(input.demo === 'drawn');
const wanted = {
  parents: input.parents ?? parentsOf(copy),
  seed: input.seed,
  favourites: values.favourites
    .split(',')
    .filter(Boolean)
    .flatMap((word) => copy.offerings.filter(({ courseName }) => courseName.includes(word)).map(({ offeringId }) => offeringId)),
};
const startedAt = performance.now();
const report = await rehearse(copy, wanted, { sweep: sweepDue });
const seconds = (performance.now() - startedAt) / 1000;
if (values.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
else print(copy, report);
process.exitCode = report.go ? 0 : 1;

function print({ window, school }: WindowCopy, { classes, ...of }: RehearsalReport): void {
  const say = (text = '') => process.stdout.write(`${text}\n`);
  say(`${school.name} · ${window.name}, ${of.parents} made-up parents, seed ${of.seed} (played in ${seconds.toFixed(1)} s)`);
  say(`${of.go ? 'GO' : 'NO-GO'}`);
  for (const finding of of.findings) say(`  ${finding.grave ? '!' : '-'} ${findingWords(finding, of.mode)}`);
  say();
  if (of.draw) {
    const { entries, won, places, handedOn, left } = of.draw;
    say(
      `drawn among ${entries} children: ${places} places to ${won} of them, ${handedOn} more handed on down the drawn order, ${left} left`,
    );
    say();
  }
  say(`   full after  places  want it (most)${of.draw ? '  drawn' : ''}  tries  seated  paid   class`);
  for (const each of [...classes].sort((a, b) => (a.fullAfterMs ?? Infinity) - (b.fullAfterMs ?? Infinity))) {
    const filled = (each.drawn ?? 0) >= each.capacity ? 'by the draw' : 'never';
    const full = each.fullAfterMs === undefined ? filled : `${(each.fullAfterMs / 1000).toFixed(1)} s`;
    const wants = `${each.wanted} (${each.wantedMost})`;
    say(
      `${full.padStart(13)}${String(each.capacity).padStart(8)}${wants.padStart(16)}${of.draw ? String(each.drawn ?? 0).padStart(7) : ''}${String(each.tries).padStart(7)}` +
        `${String(each.seated).padStart(8)}${String(each.confirmed).padStart(6)}   ${each.courseName}`,
    );
  }
  say();
  say(`places asked for ${of.tries} times: ${of.seated} given, ${of.tries - of.seated} refused`);
  for (const { reason, count } of of.refused) say(`  ${String(count).padStart(6)}  ${reason}`);
  say(`children: ${of.children.placed} with a place, ${of.children.emptyHanded} without any`);
  say(`places paid in time ${of.payments.paid}, paid too late ${of.payments.late}, let lapse ${of.payments.lapsed}`);
  say(`answers within ${of.waits.p50Ms} ms (half), ${of.waits.p99Ms} ms (99 of 100), ${of.waits.mostMs} ms (the slowest)`);
  say(
    `hottest item ${of.hottest.writesPerSecond} write units a second of 1,000 (${of.hottest.courseName}), ${of.hottest.throttled} calls throttled; ` +
      `${of.busiest.requestsPerSecond} requests in the busiest second, ${of.busiest.containers} containers`,
  );
  say(
    `assumed: a read ${ASSUMED.readMs} ms, a write ${ASSUMED.writeMs}, a transaction ${ASSUMED.transactionMs}, the handler ${ASSUMED.handlerMs}, the network ${ASSUMED.networkMs}; ` +
      `a cold start ${ASSUMED.coldStartMs} ms; at most ${ASSUMED.containers} containers (medians)`,
  );
}
