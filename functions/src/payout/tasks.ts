/**
 * The steps of the monthly-payout state machine. Each names the version of the run that it belongs to and says `stale`
 * when a newer one has taken over; each may run twice.
 */
import { Id } from '@kehou/shared/kernel/id';
import { addMinutes, addMonths, ChinaMonth, monthDays } from '@kehou/shared/kernel/time';
import type { Organisation } from '@kehou/shared/organisation/organisation';
import { BLOCKED_CHECK_MINUTES, bankCheckMinutes, EARLIER_MONTHS, monthDue } from '@kehou/shared/payout/rules';
import * as z from 'zod';
import { schoolsUnder } from '../organisation/organisation.repository.ts';
import { inLanes } from '../platform/in-lanes.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import type { Table } from '../platform/table.ts';
import type { Task, Tasks } from '../use-cases.ts';
import { clearRun } from './clear-run.ts';
import { countRun, currentRun } from './count-run.ts';
import { approveStatements, checkBatch, sendBatch } from './pay-run.ts';
import { releaseStatements } from './release-run.ts';
import { getRun, runWrite, type StoredRun } from './run.repository.ts';
import { startRun } from './start-payout.ts';

export type PayoutDeps = Pick<Platform, 'table' | 'clock' | 'bank' | 'objects' | 'log' | 'workflows'>;

const Payload = z.object({ schoolId: Id('organisation'), month: ChinaMonth, version: z.int().min(1) });
const AskPayload = Payload.extend({ taskToken: z.string().min(1), approvals: z.int().min(0) });
const CheckPayload = Payload.extend({ checks: z.int().min(0) });
const FlagPayload = Payload.extend({ error: z.string() });
const StartAllPayload = z.object({ month: ChinaMonth.optional() });

/** What the state machine goes by after each step. */
export interface RunSummary {
  readonly stale: boolean;
  readonly status: StoredRun['status'];
  readonly approvals: number;
}

export function summary(run: StoredRun | undefined): RunSummary {
  return { stale: run === undefined, status: run?.status ?? 'done', approvals: run?.approvals.length ?? 0 };
}

const SCHOOLS_A_PAGE = 100;
const CITIES_MAX = 100;
const LANES = 8;
/** A person is given so long before a step that failed for good is tried again by itself. */
const FLAGGED_MINUTES = 360;

export function payoutTasks(deps: PayoutDeps): Tasks {
  return {
    'payout.startAll': startAll(deps),
    'payout.count': count(deps),
    'payout.askApproval': askApproval(deps),
    'payout.remind': remind(deps),
    'payout.approve': approve(deps),
    'payout.send': send(deps),
    'payout.checkBank': checkBank(deps),
    'payout.release': release(deps),
    'payout.flag': flag(deps),
  };
}

/**
 * By the calendar, on the 1st at 02:00 in China: a run for every school of every city, and for the months before in which a
 * school taught and no run was ever started. Runs that are there stay as they are. Each school stands by itself: one that cannot
 * be started stops no other, and the whole fails at its end, so that it is called again and somebody is told.
 */
function startAll({ table, clock, log }: PayoutDeps): Task {
  return async (payload) => {
    const wanted = StartAllPayload.parse(payload).month;
    const month = wanted ?? monthDue(clock.now());
    const earlier = wanted ? [] : Array.from({ length: EARLIER_MONTHS }, (_, index) => addMonths(month, index - EARLIER_MONTHS));
    const actor = { personId: 'schedule:monthly-payout', requestId: `monthly-payout-${month}` };
    let [schools, failed] = [0, 0];
    const start = async (school: Organisation) => {
      for (const each of [...earlier, month]) {
        try {
          if (each !== month && !(await wasMissed(table, school.organisationId, each))) continue;
          await startRun({ table, clock }, school, each, actor, { again: false });
        } catch (error) {
          failed++;
          const { name, message } = error as Error;
          log.error('payout not started', { schoolId: school.organisationId, month: each, name, message });
        }
      }
    };
    const cities = await table.queryAll({ ...keys.cities, most: CITIES_MAX }, z.object({ organisationId: Id('organisation') }));
    for (const { organisationId } of cities) {
      let cursor: string | undefined;
      do {
        const page = await schoolsUnder(table, organisationId, { limit: SCHOOLS_A_PAGE, cursor });
        await inLanes(page.items, LANES, start);
        schools += page.items.length;
        cursor = page.cursor;
      } while (cursor);
    }
    if (failed > 0) throw new Error(`${failed} payouts were not started`);
    return { month, schools };
  };
}

/** The school taught in that month, and no run of it was ever started. One read, two for a month without a run. */
async function wasMissed(table: Table, schoolId: Id<'organisation'>, month: ChinaMonth): Promise<boolean> {
  if (await getRun(table, schoolId, month)) return false;
  const { first, last } = monthDays(month);
  const { items } = await table.query({ ...keys.recordsOfSchool(schoolId, first, last), limit: 1 }, z.object({ sessionId: Id('session') }));
  return items.length > 0;
}

function count(deps: PayoutDeps): Task {
  return async (payload) => {
    const input = Payload.parse(payload);
    const run = await currentRun(deps.table, input);
    if (run?.status === 'counting') await countRun(deps, run);
    return { ...summary(await currentRun(deps.table, input)) };
  };
}

/**
 * Keeps the token of the execution that waits for the next decision. A decision made before the token was kept, which
 * nobody could answer, is answered at once.
 */
function askApproval({ table, clock, workflows }: PayoutDeps): Task {
  return async (payload) => {
    const { taskToken, approvals, ...input } = AskPayload.parse(payload);
    const run = await currentRun(table, input);
    const asked = { expression: 'size(#approvals) = :asked', values: { asked: approvals } };
    if (run?.status === 'approving' && run.approvals.length === approvals) {
      if (!(await table.tryWrite([runWrite(run, { taskToken, progressAt: clock.now() }, asked)]))) return { waiting: true };
    }
    await workflows.succeed(taskToken, { ...summary(await currentRun(table, input)) });
    return { waiting: false };
  };
}

/** Nobody has decided for three days: notes that whoever is next is reminded; messaging tells them. No progress: it waits as before. */
function remind({ table, clock }: PayoutDeps): Task {
  return async (payload) => {
    const input = Payload.parse(payload);
    const run = await currentRun(table, input);
    if (run?.status === 'approving') {
      await table.tryWrite([runWrite(run, { remindedAt: clock.now(), reminders: run.reminders + 1 })]);
    }
    return { ...summary(await currentRun(table, input)) };
  };
}

/**
 * The last approval is in, or a blocked run looks again: what it owes is booked if the books agree and the money is there.
 * Else the run waits in `blocked` until `retryAt`.
 */
function approve(deps: PayoutDeps): Task {
  return async (payload) => {
    const input = Payload.parse(payload);
    const run = await currentRun(deps.table, input);
    const cleared = run?.status === 'paying' || run?.status === 'blocked' ? await clearRun(deps, run) : undefined;
    if (cleared && !(await approveStatements(deps, cleared)) && (await clearRun(deps, cleared))) {
      throw new Error('the money was there, was not, and is: once more');
    }
    return { ...summary(await currentRun(deps.table, input)), retryAt: addMinutes(deps.clock.now(), BLOCKED_CHECK_MINUTES) };
  };
}

function send(deps: PayoutDeps): Task {
  return async (payload) => {
    const run = await currentRun(deps.table, Payload.parse(payload));
    const next = { checks: 0, checkAt: addMinutes(deps.clock.now(), bankCheckMinutes(0)) };
    if (run?.status !== 'paying') return { ...outOfTurn(run), ...next };
    if (!(await sendBatch(deps, run))) return { stale: false, done: false, blocked: true, ...next };
    return { ...outcome(await checkBatch(deps, run)), ...next };
  };
}

function checkBank(deps: PayoutDeps): Task {
  return async (payload) => {
    const { checks, ...input } = CheckPayload.parse(payload);
    const run = await currentRun(deps.table, input);
    const next = { checks: checks + 1, checkAt: addMinutes(deps.clock.now(), bankCheckMinutes(checks + 1)) };
    return run?.status === 'paying' ? { ...outcome(await checkBatch(deps, run)), ...next } : { ...outOfTurn(run), ...next };
  };
}

function outcome(found: Awaited<ReturnType<typeof checkBatch>>) {
  return { stale: false, done: found === 'done', blocked: found === 'blocked' };
}

/** The run does not pay: overtaken, done by another execution, or blocked by it. */
function outOfTurn(run: StoredRun | undefined) {
  return { stale: run === undefined, done: run?.status !== 'blocked', blocked: run?.status === 'blocked' };
}

/** Refused: what it had claimed goes back. */
function release({ table }: PayoutDeps): Task {
  return async (payload) => {
    const { schoolId, month, version } = Payload.parse(payload);
    const run = await getRun(table, schoolId, month);
    // A run that has been started again since counts its own statements; the refused ones go all the same.
    if (run && (run.version > version || run.status === 'refused')) await releaseStatements(table, run, version);
    return { ...summary(run) };
  };
}

/** A step failed for good (the bank will not take the file): a person has to look, and is told once. It is tried again by itself after some hours. */
function flag({ table, clock, log }: PayoutDeps): Task {
  return async (payload) => {
    const { error, ...input } = FlagPayload.parse(payload);
    const run = await currentRun(table, input);
    log.error('payout step failed', { payoutRunId: run?.payoutRunId, error });
    if (run?.status === 'paying' || run?.status === 'blocked' || run?.status === 'counting') {
      const now = clock.now();
      await table.tryWrite([runWrite(run, { stuckAt: run.stuckAt ?? now, progressAt: now })]);
    }
    return { ...summary(run), retryAt: addMinutes(clock.now(), FLAGGED_MINUTES) };
  };
}
