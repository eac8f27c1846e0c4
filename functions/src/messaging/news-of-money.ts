/** Refunds on their way, payments that a person must look at, and pay. */
import { nextApprover, Refund, refundFor } from '@kehou/shared/billing/refund';
import { Id } from '@kehou/shared/kernel/id';
import {
  paymentParked,
  payoutBlocked,
  payoutRefused,
  payoutStuck,
  payoutToApprove,
  refundNeedsAttention,
  refundNews,
  refundProgress,
  refundToApprove,
  statementMoved,
  statementNews,
} from '@kehou/shared/messaging/words';
import { Organisation, operatorOrBureau } from '@kehou/shared/organisation/organisation';
import { PayoutRun, Statement } from '@kehou/shared/payout/payout';
import { runFor } from '@kehou/shared/payout/rules';
import * as z from 'zod';
import { isGuardian } from '../identity/guardian.repository.ts';
import { getOrganisation } from '../organisation/organisation.repository.ts';
import { keys } from '../platform/keys.ts';
import type { News, NewsSource } from './news.ts';

const Paid = z.object({ personId: z.string() });
const Reminded = Refund.extend({ reminders: z.int().default(0) });

/** Each step that parents wait for; whose turn it is to approve, and that they have let it wait; and what a person must look at. */
export const newsOfRefunds: NewsSource = async ({ keys: { SK }, before, after }, { table }) => {
  if (SK !== 'REFUND' || !after) return [];
  const refund = Reminded.parse(after);
  const was = before && Reminded.parse(before);
  const { refundId, pupilId, schoolId, status } = refund;
  const news: News[] = [];
  const step = refundNews.find((each) => each === status);
  if (step && was?.status !== status) {
    const cause = `${refundId}:${status}`;
    const told = refundProgress({ ...refund, reason: refund.timeline.at(-1)?.note }, step);
    news.push({ cause, audience: { to: 'guardians', pupilId }, told });
    // Whose money it is hears of it, guardian or not; a guardian was told by the line above.
    const payment = await table.get(keys.payment(refund.orderId, refund.paymentId), Paid);
    if (payment && !(await isGuardian(table, payment.personId, pupilId))) {
      const page = `parent/order?orderId=${refund.orderId}`;
      news.push({ cause, audience: { to: 'person', personId: payment.personId }, told: { ...told, page } });
    }
  }
  const school = status === 'approving' ? await getOrganisation(table, schoolId) : undefined;
  const next = school && nextApprover(refundFor(refund, school));
  if (next && (was?.status !== status || was.approvals.length !== refund.approvals.length)) {
    const cause = `${refundId}:approval:${refund.approvals.length}`;
    news.push({ cause, audience: { to: 'desk', schoolId, role: next }, told: refundToApprove(refund, next) });
  } else if (next && refund.reminders > (was?.reminders ?? 0)) {
    const cause = `${refundId}:approval:${refund.approvals.length}:reminder:${refund.reminders}`;
    news.push({ cause, audience: { to: 'desk', schoolId, role: next }, told: refundToApprove(refund, next, { again: true }) });
  }
  if (status === 'attention' && was?.status !== status) {
    const cause = `${refundId}:attention:${refund.timeline.length}`;
    news.push({ cause, audience: { to: 'desk', schoolId, role: 'school' }, told: refundNeedsAttention(refund) });
  }
  return news;
};

const Parked = z.object({
  paymentId: z.string(),
  schoolId: Id('organisation'),
  amountFen: z.int(),
  takenFen: z.int().optional(),
  parkedAt: z.string().optional(),
});

/** The provider took another sum than was asked: the school's operator sees to it, or the bureau above a school without one. */
export const newsOfPayments: NewsSource = async ({ keys: { PK, SK }, before, after }, { table }) => {
  if (!PK.startsWith('ORDER#') || !SK.startsWith('PAYMENT#') || !after) return [];
  const { paymentId, schoolId, amountFen: askedFen, takenFen, parkedAt } = Parked.parse(after);
  if (parkedAt === undefined || takenFen === undefined || before?.parkedAt === parkedAt) return [];
  const school = await getOrganisation(table, schoolId);
  if (!school) return [];
  const role = operatorOrBureau(school);
  const told = paymentParked({ takenFen, askedFen }, role);
  return [{ cause: `${paymentId}:parked:${parkedAt}`, audience: { to: 'desk', schoolId, role }, told }];
};

export const newsOfStatements: NewsSource = async ({ keys: { PK, SK }, before, after }) => {
  if (!PK.startsWith('PAYOUT#') || !SK.startsWith('STATEMENT#') || !after) return [];
  const statement = Statement.parse(after);
  const step = statementNews.find((each) => each === statement.status);
  if (!step || before?.status === statement.status) return [];
  const { statementId, instructorId } = statement;
  return [{ cause: `${statementId}:${step}`, audience: { to: 'instructor', instructorId }, told: statementMoved(statement, step) }];
};

const Run = PayoutRun.extend({ reminders: z.int().default(0) });
type Run = z.infer<typeof Run>;

/** Whose turn it is to approve, and that they have let it wait; that it was sent back; what holds it back, and that it is stuck. All for the school as it is now. */
export const newsOfPayouts: NewsSource = async ({ keys: { PK, SK }, before, after }, { table }) => {
  if (!PK.startsWith('PAYOUT#') || !SK.startsWith('RUN#') || !after) return [];
  const run = Run.parse(after);
  const was = before && Run.parse(before);
  const school = await getOrganisation(table, run.schoolId);
  if (!school) return [];
  if (run.stuckAt !== undefined && run.stuckAt !== was?.stuckAt) return newsOfStuck(run, operatorOrBureau(school));
  if (run.status === 'blocked') return newsOfBlock(run, was, operatorOrBureau(school));
  if (run.status === 'refused') return was?.status === 'refused' ? [] : newsOfRefusal(run);
  if (run.status !== 'approving' || !run.next) return [];
  const isSameTurn = was?.status === 'approving' && was.next === run.next && was.version === run.version;
  const again = isSameTurn && run.reminders > was.reminders;
  if (isSameTurn && !again) return [];
  return newsOfTurn(run, school, again ? `:reminder:${run.reminders}` : '', { again });
};

function newsOfTurn(run: Run, school: Organisation, which: string, { again = false } = {}): News[] {
  const { payoutRunId, version, schoolId } = run;
  const { next } = runFor(run, school);
  if (!next) return [];
  const cause = `${payoutRunId}:v${version}:${next}${which}`;
  return [{ cause, audience: { to: 'desk', schoolId, role: next }, told: payoutToApprove(run, next, { again }) }];
}

/** Payouts that wait longer than this for an approval are not looked for: reminders tell of them. */
const MONTHS_WAITING_MAX = 24;

/** A school has another operator, or none: what waited for the one before waits for the new one, or for the bureau in its stead. */
export const newsOfOperators: NewsSource = async ({ keys: { PK, SK }, before, after }, { table }) => {
  if (!PK.startsWith('ORG#') || SK !== 'ORG' || !before || !after || before.operatorId === after.operatorId) return [];
  const school = Organisation.parse(after);
  if (school.kind !== 'school') return [];
  const { items } = await table.query(
    { ...keys.payoutRuns(school.organisationId), limit: MONTHS_WAITING_MAX, newestFirst: true, consistent: true },
    Run,
  );
  const waiting = items.filter(({ status, next }) => status === 'approving' && next === 'operator');
  return waiting.flatMap((run) => newsOfTurn(run, school, `:for:${school.operatorId ?? 'bureau'}`));
};

/** A step fails for good: told once each time, not at every try. */
function newsOfStuck(run: Run, beside: 'operator' | 'bureau'): News[] {
  const { payoutRunId, version, schoolId, stuckAt } = run;
  return (['school', beside] as const).map((role) => ({
    cause: `${payoutRunId}:v${version}:stuck:${stuckAt}:${role}`,
    audience: { to: 'desk' as const, schoolId, role },
    told: payoutStuck(run, run.status === 'counting' ? 'counting' : 'paying', role),
  }));
}

/** To those who had approved it: the school hears that operator or bureau sent it back, and why. */
function newsOfRefusal(run: Run): News[] {
  const { payoutRunId, version, schoolId, approvals } = run;
  const by = nextApprover(run);
  if (!by) return [];
  return [...new Set(approvals.map(({ role }) => role))].map((role) => ({
    cause: `${payoutRunId}:v${version}:refused:${role}`,
    audience: { to: 'desk', schoolId, role },
    told: payoutRefused(run, by, role),
  }));
}

/** Held back for a reason that it was not held back for before: told once a reason, each time that it is held back. */
function newsOfBlock(
  { payoutRunId, version, schoolId, block, blockedAt, ...run }: Run,
  was: Run | undefined,
  beside: 'operator' | 'bureau',
): News[] {
  if (!block || was?.block?.reason === block.reason) return [];
  return (['school', beside] as const).map((role) => ({
    cause: `${payoutRunId}:v${version}:${block.reason}:${blockedAt}:${role}`,
    audience: { to: 'desk' as const, schoolId, role },
    told: payoutBlocked(run, block.reason, role),
  }));
}
