import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { type Instant, instant, ms } from '@kehou/shared/kernel/time';
import { type HeldBack, isHeldBack, mayMergeInto, mayMoveTo, Offering } from '@kehou/shared/offering/offering';
import type { selectionRoutes } from '@kehou/shared/selection/routes';
import { auditWrite } from '../organisation/audit.ts';
import type { Clock } from '../platform/clock.ts';
import { keys } from '../platform/keys.ts';
import { type Condition, check, set, type Table, type Write } from '../platform/table.ts';
import { runsAnywayWrite } from './seat.repository.ts';

type Route = typeof selectionRoutes.decideUnderSize;
type Input = ParsedOf<Route>;

/**
 * What a school says of a class that is held back under its smallest size. `run`: at once, and the seat item itself knows of it, so that
 * the settlement does not call it off in the same moment. `cancel`: its time is over now; the settlement calls it off at its next look, and
 * pays back. `merge`: it becomes one with that class, which meets at the same hours for the same fee (`billing/merge-class.ts` moves the families). `move`: its families are asked to move to that class; each accepts by moving, and who does nothing is paid back at the
 * end. One or two reads, one transaction. Saying it again changes nothing. Throws `under_size.not_asked`, `under_size.no_target`,
 * `under_size.no_merge`.
 */
export function decideUnderSize({ table, clock }: { table: Table; clock: Clock }) {
  return async (input: Input, actor: Actor): Promise<ReplyOf<Route>> => {
    const offering = await table.mustGet(keys.offering(input.offeringId), Offering);
    if (offering.schoolId !== input.schoolId) throw new DomainError('request.not_found');
    const now = clock.now();
    const { offeringId, heldBack } = offering;
    if (input.decision === 'run' && offering.status === 'running' && heldBack) return { offeringId, status: offering.status, heldBack };
    if (!heldBack || !isHeldBack(offering, now)) throw new DomainError('under_size.not_asked');
    const next = await fateOf(table, offering, heldBack, input, now);
    const refused = await table.tryWrite([
      ...changeWrites(offering, heldBack, next, now),
      ...(next.heldBack.merging && next.heldBack.into ? [check(keys.offering(next.heldBack.into.offeringId), notMerging)] : []),
      auditWrite({
        organisationId: offering.schoolId,
        at: now,
        actor,
        action: 'offering.under-size-decided',
        subject: offeringId,
        details: { decision: input.decision, ...(next.heldBack.into ? { offeringId: next.heldBack.into.offeringId } : {}) },
      }),
    ]);
    // Settled in this very moment, or decided by a colleague.
    if (refused) throw new DomainError('request.changed');
    return { offeringId, ...next };
  };
}

/** Two classes must not be merged into each other. */
const notMerging: Condition = { expression: 'attribute_not_exists(#heldBack.#merging)' };

interface Fate {
  readonly status: 'published' | 'running';
  readonly heldBack: HeldBack;
}

async function fateOf(table: Table, offering: Offering, heldBack: HeldBack, input: Input, now: Instant): Promise<Fate> {
  const { merging: _, ...decided } = heldBack;
  if (input.decision === 'run') return { status: 'running', heldBack: decided };
  if (input.decision === 'cancel') return { status: 'published', heldBack: { ...decided, until: now } };
  const into = input.intoOfferingId && (await table.get(keys.offering(input.intoOfferingId), Offering));
  const fits =
    into &&
    into.offeringId !== offering.offeringId &&
    into.schoolId === offering.schoolId &&
    into.termId === offering.termId &&
    !into.heldBack?.merging &&
    mayMoveTo(into, now);
  if (!fits) throw new DomainError('under_size.no_target');
  const { until } = heldBack;
  const there = { offeringId: into.offeringId, courseName: into.courseName };
  if (input.decision === 'move') return { status: 'published', heldBack: { until, into: there } };
  if (!mayMergeInto(offering, into)) throw new DomainError('under_size.no_merge');
  return { status: 'published', heldBack: { until, into: there, merging: true } };
}

function changeWrites(offering: Offering, was: HeldBack, { status, heldBack }: Fate, now: Instant): Write[] {
  const asRead: Condition = {
    expression: '#status = :published AND #heldBack.#until = :until',
    values: { published: 'published', until: was.until },
  };
  const updatedAt = instant(Math.max(ms(now), ms(offering.updatedAt) + 1));
  return [
    set(keys.offering(offering.offeringId), { status, heldBack, updatedAt }, { condition: asRead }),
    ...(status === 'running' ? [runsAnywayWrite(offering.offeringId)] : []),
  ];
}
