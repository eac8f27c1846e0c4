import { chainFor } from '@kehou/shared/billing/refund';
import { DomainError } from '@kehou/shared/kernel/errors';
import type { Id } from '@kehou/shared/kernel/id';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { type ChinaMonth, chinaMonth } from '@kehou/shared/kernel/time';
import type { AuditAction } from '@kehou/shared/organisation/audit';
import type { Organisation } from '@kehou/shared/organisation/organisation';
import type { PayoutRun } from '@kehou/shared/payout/payout';
import type { payoutRoutes } from '@kehou/shared/payout/routes';
import { isStalled, runFor } from '@kehou/shared/payout/rules';
import { auditWrite } from '../organisation/audit.ts';
import { mustGetSchool } from '../organisation/organisation.repository.ts';
import { derivedId } from '../platform/derived-id.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { ConditionFailed, create, set } from '../platform/table.ts';
import { getSettings } from '../school/settings.repository.ts';
import { getRun, runIs, type StoredRun } from './run.repository.ts';

type Start = typeof payoutRoutes.startPayout;
type Deps = Pick<Platform, 'table' | 'clock'>;

/** Starts (or shows) a school's payout of a month that is over. Throws `payout.month_not_over`. About four round trips. The execution is started by the stream. */
export function startPayout(deps: Deps) {
  return async (input: ParsedOf<Start>, actor: Actor): Promise<ReplyOf<Start>> => {
    if (input.month >= chinaMonth(deps.clock.now())) {
      // It would freeze half a month, whose other half no run of that month could pay. One that was started before may go on.
      const known = await getRun(deps.table, input.schoolId, input.month);
      if (!known || known.status === 'refused') throw new DomainError('payout.month_not_over');
    }
    const school = await mustGetSchool(deps.table, input.schoolId);
    return runFor(await startRun(deps, school, input.month, actor, { again: true }), school);
  };
}

/**
 * One run a school and month. `again`: a refused run is counted afresh, and one that is stuck is taken up where it stands;
 * the calendar does neither, since people decide on those.
 */
export async function startRun(
  { table, clock }: Deps,
  school: Organisation,
  month: ChinaMonth,
  actor: Pick<Actor, 'personId' | 'requestId'>,
  options: { again: boolean },
): Promise<StoredRun> {
  const schoolId = school.organisationId;
  const now = clock.now();
  const known = await getRun(table, schoolId, month);
  if (known && !(options.again && (known.status === 'refused' || isStalled(known, now)))) return known;

  const audit = (run: StoredRun, action: AuditAction) =>
    auditWrite({ organisationId: schoolId, at: now, actor, action, subject: run.payoutRunId, details: { month, version: run.version } });
  const chainOf = async () => chainFor({ chain: (await getSettings(table, schoolId)).payoutApproval, approvals: [] }, school);
  try {
    if (!known) {
      const run = newRun(school, month, await chainOf(), now);
      await table.write([create(keys.payoutRun(schoolId, month), run), audit(run, 'payout.started')]);
      return run;
    }
    const run: StoredRun =
      known.status === 'refused'
        ? { ...newRun(school, month, await chainOf(), now), version: known.version + 1, startedAt: known.startedAt }
        : {
            ...runFor(known, school),
            // It asks the gate again, and is blocked again if nothing has changed.
            status: known.status === 'blocked' ? 'paying' : known.status,
            version: known.version + 1,
            progressAt: now,
            stuckAt: undefined,
            taskToken: undefined,
            block: undefined,
            blockedAt: undefined,
          };
    const { payoutRunId: _, schoolId: __, month: ___, ...fields } = run;
    const cleared = {
      stuckAt: undefined,
      taskToken: undefined,
      block: undefined,
      blockedAt: undefined,
      ...(known.status === 'refused' ? { refusedNote: undefined, refusedBy: undefined } : {}),
    };
    await table.write([
      set(keys.payoutRun(schoolId, month), { ...cleared, ...fields }, { condition: runIs(known) }),
      audit(run, 'payout.restarted'),
    ]);
    return run;
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    // Somebody else has just started it: theirs is the run.
    const theirs = await getRun(table, schoolId, month);
    if (!theirs) throw error;
    return theirs;
  }
}

function newRun(school: Organisation, month: ChinaMonth, chain: PayoutRun['chain'], now: StoredRun['progressAt']): StoredRun {
  const schoolId: Id<'organisation'> = school.organisationId;
  return {
    payoutRunId: derivedId('payoutRun', schoolId, month),
    schoolId,
    schoolName: school.name,
    month,
    status: 'counting',
    statements: 0,
    sessions: 0,
    totalFen: 0 as StoredRun['totalFen'],
    paidFen: 0 as StoredRun['paidFen'],
    rejectedFen: 0 as StoredRun['rejectedFen'],
    chain,
    approvals: [],
    startedAt: now,
    version: 1,
    progressAt: now,
    reminders: 0,
  };
}
