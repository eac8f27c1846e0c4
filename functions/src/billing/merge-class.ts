/**
 * A class under its smallest size is merged into another at the same hours and the same fee, by the school's word: every family is moved, by
 * the very steps of a move of their own (`start-move.ts`), and told. Nobody is ever moved who would have to pay for it: a family for whom it
 * is not that simple (no place any more, another grade, a refund under way) stays, and is asked like any other. Safe to repeat from any
 * point: the new place's id follows from the old one's. When nobody is left, the class is over at the settlement's next look.
 */
import { countMove } from '@kehou/shared/billing/move';
import { DomainError } from '@kehou/shared/kernel/errors';
import { fen } from '@kehou/shared/kernel/fen';
import type { Actor } from '@kehou/shared/kernel/route';
import { type Instant, instant, ms } from '@kehou/shared/kernel/time';
import { isHeldBack, mayMergeInto, Offering, type Session } from '@kehou/shared/offering/offering';
import { sessionsOf } from '../offering/offering.repository.ts';
import { derivedId } from '../platform/derived-id.ts';
import { inLanes } from '../platform/in-lanes.ts';
import { keys } from '../platform/keys.ts';
import { set } from '../platform/table.ts';
import { getEnrolment, type StoredEnrolment } from '../selection/enrolment.repository.ts';
import type { Change } from '../use-cases.ts';
import { leavingOf, optionOf } from './list-moves.ts';
import type { QuoteDeps } from './quote-refund.ts';
import { holdersIn } from './refund-offering.ts';
import { startMove } from './start-move.ts';

/** Families at a time: each is some twelve round trips. */
const LANES = 4;

export function followMerges(deps: QuoteDeps) {
  return async ({ keys: { SK }, after }: Change): Promise<void> => {
    if (SK !== 'OFFERING' || !after) return;
    // The record may be old, or told again: what the class says now counts.
    const told = Offering.parse(after);
    if (!told.heldBack?.merging) return;
    const offering = await deps.table.get(keys.offering(told.offeringId), Offering);
    if (offering && isMerging(offering, deps.clock.now())) await mergeClass(deps, offering);
  };
}

const isMerging = (offering: Offering, now: Instant): boolean => offering.heldBack?.merging === true && isHeldBack(offering, now);

async function mergeClass(deps: QuoteDeps, from: Offering): Promise<void> {
  const { table, clock } = deps;
  const { heldBack, offeringId } = from;
  const into = heldBack?.into && (await table.get(keys.offering(heldBack.into.offeringId), Offering));
  if (!heldBack || !into) return;
  const { enrolments } = await holdersIn(table, offeringId);
  const confirmed = enrolments.filter(({ status }) => status === 'confirmed');
  if (mayMergeInto(from, into)) {
    const target = { into, sessions: await sessionsOf(table, into.offeringId) };
    await inLanes(confirmed, LANES, async (enrolment) => {
      const still = await table.get(keys.offering(offeringId), Offering);
      if (still && isMerging(still, clock.now()) && still.heldBack?.into?.offeringId === into.offeringId)
        await moveOver(deps, enrolment, target);
    });
  }
  const left = (await holdersIn(table, offeringId)).enrolments;
  const { merging: _, ...still } = heldBack;
  const now = clock.now();
  const next = left.length === 0 ? { ...still, until: now } : still;
  // Decided anew meanwhile: that word counts.
  await table.tryWrite([
    set(
      keys.offering(offeringId),
      { heldBack: next, updatedAt: instant(Math.max(ms(now), ms(from.updatedAt) + 1)) },
      {
        condition: {
          expression: '#status = :published AND #heldBack.#merging = :yes AND #heldBack.#into.#offeringId = :into',
          values: { published: 'published', yes: true, into: into.offeringId },
        },
      },
    ),
  ]);
}

/** The class that they go to, and when it meets. */
interface Target {
  readonly into: Offering;
  readonly sessions: readonly Session[];
}

async function moveOver(deps: QuoteDeps, old: StoredEnrolment, target: Target): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      const ask = await askFor(deps, old, target);
      if (!ask) return;
      const actor: Actor = { personId: 'system', memberships: [], children: [], requestId: ask.newEnrolmentId };
      await startMove(deps, { merged: true })(ask, actor);
      return;
    } catch (error) {
      // What breaks otherwise is tried again with the record.
      if (!(error instanceof DomainError) || error.code === 'request.busy' || error.code === 'request.changed') throw error;
      // Begun by a process that died too long ago: the next number begins anew. Anything else: the family decides for itself.
      if (error.code !== 'move.over' || tries >= TRIES_MAX) return;
    }
  }
}

type Ask = Parameters<ReturnType<typeof startMove>>[0];

/** Tries that ended without a place: a process died on the way, and the sweeper cleared up behind it. */
const TRIES_MAX = 5;

/** What is asked for: once more where it is on its way. `undefined`: not without the family. */
async function askFor(deps: QuoteDeps, { pupilId, enrolmentId }: StoredEnrolment, { into, sessions }: Target): Promise<Ask | undefined> {
  const where = { pupilId, enrolmentId, offeringId: into.offeringId };
  for (let number = 1; number <= TRIES_MAX; number++) {
    const newEnrolmentId = derivedId('enrolment', enrolmentId, into.offeringId, String(number));
    const known = await getEnrolment(deps.table, pupilId, newEnrolmentId);
    if (known?.status === 'lost') continue;
    if (known) {
      const { materialFen, dueFen, backFen } = known.movedFrom ?? { materialFen: 0, dueFen: 0, backFen: 0 };
      return { ...where, newEnrolmentId, withMaterialPack: materialFen > 0, differenceFen: fen(dueFen - backFen) };
    }
    const { start } = await leavingOf(deps, pupilId, enrolmentId);
    const option = optionOf(into, sessions, 1, deps.clock.now());
    if (!option) return undefined;
    const packFen = into.materialPack?.priceFen === start.materialFen ? start.materialFen : fen(0);
    const { differenceFen, dueFen } = countMove({ creditFen: start.creditFen, feeFen: option.feeFen, packFen });
    return dueFen > 0 ? undefined : { ...where, newEnrolmentId, withMaterialPack: packFen > 0, differenceFen };
  }
  return undefined;
}
