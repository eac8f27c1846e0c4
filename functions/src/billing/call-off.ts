/**
 * A school calls off a class that runs (its teacher is gone, too few come). One transaction says so: the class, its seats, the audit
 * trail, and the job of paying everybody back, which goes from page to page by the stream and is found in the due index where it stands
 * still. Room, instructor and sessions to come follow the class (`offering/close-offering.ts`), messages follow both.
 */
import type { CalledOff, CallOffQuote } from '@kehou/shared/billing/call-off';
import { countRefund } from '@kehou/shared/billing/refund';
import type { billingRoutes } from '@kehou/shared/billing/routes';
import { DomainError } from '@kehou/shared/kernel/errors';
import { fen } from '@kehou/shared/kernel/fen';
import { Id } from '@kehou/shared/kernel/id';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { addMinutes, Instant } from '@kehou/shared/kernel/time';
import { isTheirs } from '@kehou/shared/selection/enrolment';
import * as z from 'zod';
import { laterThan } from '../offering/date-sessions.ts';
import { mustGetOffering, type StoredOffering, sessionsOf } from '../offering/offering.repository.ts';
import { auditWrite } from '../organisation/audit.ts';
import { getAll } from '../platform/get-all.ts';
import { keys } from '../platform/keys.ts';
import { ProviderUnavailable } from '../platform/payment-provider.ts';
import { ConditionFailed, create, remove, set, type Table } from '../platform/table.ts';
import { waitingListIsDue } from '../selection/offer-places.ts';
import { cancelSeatWrite } from '../selection/seat.repository.ts';
import type { Change } from '../use-cases.ts';
import type { CloseDeps } from './close-order.ts';
import { Receipt } from './order.repository.ts';
import { HandedOut } from './quote-refund.ts';
import { holdersIn, refundOfferingPage } from './refund-offering.ts';

type Routes = typeof billingRoutes;

/** What is left to be done of a class that was called off. `at`: from which instant on sessions count as not held. */
const CallOff = z.object({ offeringId: Id('offering'), at: Instant, pages: z.int() });
type CallOff = z.infer<typeof CallOff>;

const TRIES_MAX = 5;
/** Longer than a page takes. */
const STALLED_MINUTES = 2;

/** What calling it off would give back right now, to how many. Four reads and two a hundred pupils. Throws `offering.not_running`. */
export function quoteCallOff({ table, clock }: Pick<CloseDeps, 'table' | 'clock'>) {
  return async (input: ParsedOf<Routes['quoteCallOff']>): Promise<ReplyOf<Routes['quoteCallOff']>> => {
    const offering = await ownOffering(table, input);
    return (await quote(table, offering, clock.now())).quote;
  };
}

async function ownOffering(table: Table, input: { offeringId: Id<'offering'>; schoolId: Id<'organisation'> }): Promise<StoredOffering> {
  const offering = await mustGetOffering(table, input.offeringId);
  if (offering.schoolId !== input.schoolId) throw new DomainError('request.not_found');
  return offering;
}

async function quote(table: Table, offering: StoredOffering, now: Instant): Promise<{ quote: CallOffQuote; revision: number }> {
  if (offering.status !== 'running') throw new DomainError('offering.not_running', { status: offering.status });
  const { offeringId } = offering;
  const [{ enrolments, revision }, sessions] = await Promise.all([holdersIn(table, offeringId), sessionsOf(table, offeringId)]);
  const confirmed = enrolments.filter(({ status }) => status === 'confirmed');
  const [receipts, handedOut] = await Promise.all([
    getAll(
      table,
      confirmed.map(({ pupilId, enrolmentId }) => keys.receipt(pupilId, enrolmentId)),
      Receipt,
    ),
    getAll(
      table,
      confirmed.map(({ pupilId, enrolmentId }) => keys.material(pupilId, enrolmentId)),
      HandedOut,
    ),
  ]);
  const sums = confirmed.map((enrolment, index) =>
    countRefund({
      paidFeeFen: fen(receipts[index]?.feeFen ?? 0),
      paidMaterialFen: fen(receipts[index]?.materialFen ?? 0),
      materialHandedOut: handedOut[index] !== undefined,
      sessionsSold: enrolment.sessionCount,
      sessions: sessions.filter((session) => isTheirs(enrolment, session)),
      now,
    }),
  );
  const scheduled = sessions.filter(({ status }) => status === 'scheduled');
  const held = scheduled.filter(({ startsAt }) => startsAt <= now).length;
  const left = scheduled.length - held;
  return {
    quote: {
      offeringId,
      pupils: confirmed.length,
      totalFen: fen(sums.reduce((sum, { totalFen }) => sum + totalFen, 0)),
      sessionsHeld: held,
      sessionsLeft: left,
    },
    revision,
  };
}

/**
 * Calls it off, when what was shown is still so. From then on nobody gets a place, nothing more is taught, and everybody is paid back by
 * the rule without asking and without approval. Again is the same. Throws `offering.not_running`, `refund.quote_changed`.
 */
export function callOff({ table, clock }: Pick<CloseDeps, 'table' | 'clock'>) {
  return async (input: ParsedOf<Routes['callOff']>, actor: Actor): Promise<ReplyOf<Routes['callOff']>> => {
    for (let attempt = 1; ; attempt++) {
      const offering = await ownOffering(table, input);
      if (offering.calledOffAt) return { offeringId: offering.offeringId, calledOffAt: offering.calledOffAt };
      const now = clock.now();
      const { quote: current, revision } = await quote(table, offering, now);
      if (current.pupils !== input.pupils || current.totalFen !== input.totalFen) {
        throw new DomainError('refund.quote_changed', { pupils: current.pupils, totalFen: current.totalFen });
      }
      try {
        return await commit(table, offering, { now, revision, reason: input.reason, totalFen: current.totalFen }, actor);
      } catch (error) {
        // A place was taken or given back, or the class has changed: look again.
        if (!(error instanceof ConditionFailed)) throw error;
        if (attempt >= TRIES_MAX) throw new DomainError('request.busy');
      }
    }
  };
}

async function commit(
  table: Table,
  offering: StoredOffering,
  { now, revision, reason, totalFen }: { now: Instant; revision: number; reason: string; totalFen: number },
  actor: Actor,
): Promise<CalledOff> {
  const { offeringId, schoolId, version } = offering;
  const job: CallOff = { offeringId, at: now, pages: 0 };
  await table.write([
    set(
      keys.offering(offeringId),
      { status: 'cancelled', calledOffAt: now, version: version + 1, updatedAt: laterThan(offering, now) },
      { condition: { expression: '#version = :version AND #status = :running', values: { version, running: 'running' } } },
    ),
    cancelSeatWrite(offeringId, revision),
    create(keys.callOff(offeringId), { ...job, ...keys.due(`call-off-${offeringId}`, addMinutes(now, STALLED_MINUTES)) }),
    auditWrite({
      organisationId: schoolId,
      at: now,
      actor,
      action: 'offering.offering-called-off',
      subject: offeringId,
      details: { reason, totalFen },
    }),
  ]);
  return { offeringId, calledOffAt: now };
}

/** From the stream: the next page, for each that was committed. */
export function followCallOffs(deps: CloseDeps) {
  return async ({ keys: { SK }, after }: Change): Promise<void> => {
    if (SK === 'CALLOFF' && after) await continueCallOff(deps)(after);
  };
}

/** The next page of what is left. Idempotent: who was paid back is not a holder any more, and a page that another is past does nothing. */
export function continueCallOff(deps: CloseDeps) {
  const { table, clock, log } = deps;
  return async (item: Readonly<Record<string, unknown>>): Promise<void> => {
    const seen = CallOff.parse(item);
    const { offeringId, pages } = seen;
    const key = keys.callOff(offeringId);
    const now = await table.get(key, CallOff);
    if (now?.pages !== pages) return;
    try {
      const { done } = await refundOfferingPage(deps, offeringId, 'school', seen.at);
      if (done) await endWaiting(deps, offeringId);
      const condition = { expression: '#pages = :pages', values: { pages } };
      const next = keys.due(`call-off-${offeringId}`, addMinutes(clock.now(), STALLED_MINUTES));
      await table.write([done ? remove(key, { condition }) : set(key, { pages: pages + 1, ...next }, { condition })]);
    } catch (error) {
      // Another process is past this page.
      if (error instanceof ConditionFailed) return;
      // An order that could not be closed: it stays due, and the sweeper comes back to it.
      if (!(error instanceof ProviderUnavailable)) throw error;
      log.warn('calling a class off waits for the provider', { offeringId });
    }
  };
}

/** Who still waits is told now, not when the list is next looked at. */
async function endWaiting({ table, clock }: CloseDeps, offeringId: Id<'offering'>): Promise<void> {
  const list = await table.get(keys.waitingList(offeringId), z.record(z.string(), z.unknown()));
  if (list) await waitingListIsDue({ table, clock })(list);
}
