/** What every other design has in common: the same route, the same checks that need no store, one attempt at the store. */
import { DomainError, type FailureCode } from '@kehou/shared/kernel/errors';
import { addMinutes, Instant } from '@kehou/shared/kernel/time';
import type { Offering } from '@kehou/shared/offering/offering';
import { Enrolment } from '@kehou/shared/selection/enrolment';
import { hoursAt } from '@kehou/shared/selection/rules';
import { HOLD_MINUTES, type Window } from '@kehou/shared/selection/window';
import * as z from 'zod';
import type { Clock } from '../../src/platform/clock.ts';
import type { SelectionWorld } from '../../testing/selection-world.ts';
import type { TakeSeatUseCase } from './container.ts';
import type { Fsyncs } from './servers.ts';

/** What a container keeps of a class: it does not change during an evening. */
export const Terms = Enrolment.pick({
  offeringId: true,
  schoolId: true,
  termId: true,
  windowId: true,
  courseName: true,
  instructorName: true,
  roomName: true,
  slots: true,
  feeFen: true,
  sessionCount: true,
  firstSessionDate: true,
}).extend({ grades: z.array(z.int()), opensAt: Instant, closesAt: Instant });
export type Terms = z.infer<typeof Terms>;

export function termsOf(offering: Offering, window: Window): Terms {
  return Terms.parse({ ...offering, opensAt: window.opensAt, closesAt: window.closesAt });
}

export type Outcome = 'taken' | 'full' | 'clash' | 'already-taken';

/** A server that runs, with its tables made. */
export interface OtherStore {
  /** Writes the classes, empty. */
  fill(world: SelectionWorld): Promise<void>;
  readTerms(): Promise<Terms[]>;
  /** Checks and takes, or leaves everything as it was. */
  take(enrolment: Enrolment): Promise<Outcome>;
  /** Who is in each class, counted from the enrolments and not from a counter. */
  count(): Promise<{ holders: number; capacity: number }[]>;
  fsyncs(): Fsyncs;
  stop(): Promise<void>;
}

const refusals: Readonly<Record<Exclude<Outcome, 'taken'>, FailureCode>> = {
  full: 'selection.full',
  clash: 'selection.clash',
  'already-taken': 'selection.already_taken',
};

/** `terms` is the container's, as it read them when it last showed the classes. */
export function takeSeatIn(store: Pick<OtherStore, 'take'>, terms: ReadonlyMap<string, Terms>, clock: Clock): TakeSeatUseCase {
  return async (input, actor) => {
    const now = clock.now();
    const child = actor.children.find(({ pupilId }) => pupilId === input.pupilId);
    const offered = terms.get(input.offeringId);
    if (!child || offered?.windowId !== input.windowId) throw new DomainError('request.not_found');
    const { grades, opensAt, closesAt, ...kept } = offered;
    if (child.schoolId !== kept.schoolId) throw new DomainError('selection.other_school');
    if (!grades.includes(child.grade)) throw new DomainError('selection.wrong_grade');
    const hours = hoursAt(now, { opensAt, closesAt });
    if (hours !== 'open') throw new DomainError(hours === 'before' ? 'selection.not_open' : 'selection.closed');
    const enrolment: Enrolment = {
      ...kept,
      enrolmentId: input.enrolmentId,
      pupilId: input.pupilId,
      status: 'held',
      takenAt: now,
      holdUntil: addMinutes(now, HOLD_MINUTES),
    };
    const outcome = await store.take(enrolment);
    if (outcome !== 'taken') throw new DomainError(refusals[outcome]);
    return enrolment;
  };
}
