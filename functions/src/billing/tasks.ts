/**
 * The steps of the refund's state machine, and what else of billing runs by itself. What has happened is in the table;
 * the machine only asks what is next. So a step that runs twice, an older version of the machine, or one that starts
 * anew in the middle, all find their place, or end without effect.
 */
import { refundMoves } from '@kehou/shared/billing/refund';
import { Id } from '@kehou/shared/kernel/id';
import { ChinaDate } from '@kehou/shared/kernel/time';
import * as z from 'zod';
import type { Platform } from '../platform/platform.ts';
import { ConditionFailed } from '../platform/table.ts';
import type { Task, Tasks } from '../use-cases.ts';
import { approveRefund } from './approve-refund.ts';
import { changedRefundWrite, getRefund, type StoredRefund } from './refund.repository.ts';
import { refundOfferingPage } from './refund-offering.ts';
import { checkRefund, type Sent, SILENT, sendRefund, toAttention } from './send-refund.ts';
import { settleDay, settleMissedDays } from './settle.ts';

type Deps = Pick<Platform, 'table' | 'clock' | 'log' | 'payments' | 'workflows'>;

const Payload = z.object({ refundId: Id('refund'), version: z.int() });
const HOUR_SECONDS = 3600;
/** After the time limit, approvers are reminded once a day. */
const REMINDER_HOURS = 24;
/** Reminders that the timeline shows; later ones are only counted. */
const REMINDERS_SHOWN_MAX = 3;
const TRIES_MAX = 4;

export function billingTasks(deps: Deps): Tasks {
  return {
    'billing.assessRefund': assess(deps),
    'billing.approveRefund': approve(deps),
    'billing.askApproval': askApproval(deps),
    'billing.remindApprovers': remind(deps),
    'billing.sendRefund': send(deps, sendRefund),
    'billing.checkRefund': send(deps, checkRefund),
    'billing.parkRefund': park(deps),
    'billing.refundOffering': refundOffering(deps),
    'billing.settle': settle(deps),
  };
}

/** The refund, if this machine is still its current one. */
async function currentOf({ table }: Pick<Deps, 'table'>, payload: unknown): Promise<StoredRefund | undefined> {
  const { refundId, version } = Payload.parse(payload);
  const refund = await getRefund(table, refundId);
  return refund?.version === version ? refund : undefined;
}

/** What is next: `approve`, `ask`, `send`, or `end`. Every field that the machine selects is there in each case. */
function assess(deps: Deps): Task {
  return async (payload) => {
    const refund = await currentOf(deps, payload);
    const next = refund ? nextOf(refund) : 'end';
    const hours = refund && refund.reminders === 0 ? refund.timeLimitHours : REMINDER_HOURS;
    return { next, timeLimitSeconds: hours * HOUR_SECONDS };
  };
}

function nextOf(refund: StoredRefund): 'approve' | 'ask' | 'send' | 'end' {
  if (refund.status === 'requested') return 'approve';
  if (refund.status === 'approving') return 'ask';
  return refund.status === 'approved' || refund.status === 'sending' ? 'send' : 'end';
}

function approve(deps: Deps): Task {
  return async (payload) => {
    const refund = await currentOf(deps, payload);
    if (refund) await approveRefund(deps, refund.refundId);
    return {};
  };
}

/** Keeps the token on which the machine waits; the follower answers it when the approvers have spoken. */
function askApproval(deps: Deps): Task {
  return async (payload) => {
    const { token } = z.object({ token: z.string().min(1) }).parse(payload);
    for (let attempt = 1; attempt <= TRIES_MAX; attempt++) {
      const refund = await currentOf(deps, payload);
      if (refund?.status !== 'approving') {
        await deps.workflows.succeed(token, {});
        return {};
      }
      if (await replace(deps, refund, { ...refund, taskToken: token })) return {};
    }
    throw new Error('the refund keeps changing');
  };
}

function remind(deps: Deps): Task {
  return async (payload) => {
    const refund = await currentOf(deps, payload);
    if (refund?.status !== 'approving') return {};
    const at = deps.clock.now();
    const shown = refund.reminders < REMINDERS_SHOWN_MAX ? [{ status: refund.status, at, by: 'system', reminded: true as const }] : [];
    await replace(deps, refund, {
      ...refund,
      reminders: refund.reminders + 1,
      remindedAt: at,
      timeline: [...refund.timeline, ...shown],
    });
    return {};
  };
}

/** `false`: it changed meanwhile. */
async function replace({ table, clock }: Deps, before: StoredRefund, after: StoredRefund): Promise<boolean> {
  try {
    await table.write([changedRefundWrite(before, after, clock.now())]);
    return true;
  } catch (error) {
    if (error instanceof ConditionFailed) return false;
    throw error;
  }
}

function send(deps: Deps, how: (deps: Deps, refundId: string) => Promise<Sent | undefined>): Task {
  return async (payload) => {
    const refund = await currentOf(deps, payload);
    const sent = refund && (await how(deps, refund.refundId));
    return { next: sent?.checkAt ? 'wait' : 'end', checkAt: sent?.checkAt ?? deps.clock.now() };
  };
}

/** The provider could not be asked, again and again: a person looks. */
function park(deps: Deps): Task {
  return async (payload) => {
    const refund = await currentOf(deps, payload);
    if (refund?.status === 'sending') await toAttention(deps, refund, SILENT);
    return {};
  };
}

/** A page of a class that does not run. The cursor is for the machine's sake: the seat itself says who is left. */
function refundOffering(deps: Deps): Task {
  return async (payload) => {
    const { offeringId, cause } = z
      .object({
        offeringId: Id('offering'),
        cursor: z.string().max(2000).optional(),
        cause: z.enum(['under-size', 'school']).default('under-size'),
      })
      .parse(payload);
    const { done } = await refundOfferingPage(deps, offeringId, cause);
    return { done, cursor: '' };
  };
}

/** Settles a day's bill, or yesterday's and those that were missed; daily at 10:00 in China. Repeats change nothing. */
function settle(deps: Deps): Task {
  return async (payload) => {
    const { date } = z.object({ date: ChinaDate.optional() }).parse(payload);
    return date ? settleDay(deps, date) : settleMissedDays(deps);
  };
}

/**
 * The sweeper found a refund on which machines should have worked and nothing has happened: its next version starts. The
 * step itself is decided by the refund's state, so starting once too often does no harm.
 */
export function refundIsDue(deps: Pick<Deps, 'table' | 'clock' | 'log'>) {
  return async (item: Readonly<Record<string, unknown>>): Promise<void> => {
    const refund = await getRefund(deps.table, Id('refund').parse(item.refundId));
    if (!refund || refundMoves[refund.status].length === 0) return;
    if (refund.status === 'approving' || refund.status === 'attention') return;
    const now = deps.clock.now();
    deps.log.warn('refund starts anew', { refundId: refund.refundId, version: refund.version + 1 });
    try {
      await deps.table.write([changedRefundWrite(refund, { ...refund, version: refund.version + 1 }, now)]);
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
    }
  };
}
