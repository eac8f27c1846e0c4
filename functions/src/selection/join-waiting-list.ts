import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { type Instant, instant, ms } from '@kehou/shared/kernel/time';
import { Pupil } from '@kehou/shared/school/school';
import type { selectionRoutes } from '@kehou/shared/selection/routes';
import { asOpenTo, hoursAt, takingHours, waitingUntil } from '@kehou/shared/selection/rules';
import { WAITS_MAX } from '@kehou/shared/selection/wait';
import { Window } from '@kehou/shared/selection/window';
import * as z from 'zod';
import type { Clock } from '../platform/clock.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { absent, ConditionFailed, put, type Table } from '../platform/table.ts';
import { refuseJoiningBeforeTurn } from './admission.ts';
import { getDraw, type StoredDraw } from './draw.repository.ts';
import { Attempt } from './enrolment.repository.ts';
import { markWaiting, Seat } from './seat.repository.ts';
import { countAhead, JOIN_PUPIL_WRITE, joinWrites, StoredWait } from './wait.repository.ts';
import { Card } from './window.repository.ts';

type Join = typeof selectionRoutes.joinWaitingList;
export interface WaitDeps {
  readonly table: Table;
  readonly clock: Clock;
}

const Row = z.union([StoredWait, Attempt, Pupil, Card, Window, Seat]);

/**
 * Joins the waiting list of a full class, at its end. First the list's own end is on record, then the child's place in it, then the
 * seat item is told that somebody waits: from then on no newcomer takes what comes free. A crash in between is mended by the same
 * request again, or by the sweeper's reconciling. One batch read, one query of the child's lists, four writes, one query of the position.
 */
export function joinWaitingList({ table, clock, secrets }: WaitDeps & Pick<Platform, 'secrets'>) {
  return async (input: ParsedOf<Join>, actor: Actor): Promise<ReplyOf<Join>> => {
    const { pupilId, offeringId, windowId, waitId } = input;
    const now = clock.now();
    const [before, attempt, pupil, card, window, seat] = (await table.getMany(
      [
        keys.wait(pupilId, offeringId),
        keys.attempt(pupilId, offeringId),
        keys.pupil(pupilId),
        keys.windowCard(windowId, offeringId),
        keys.window(windowId),
        keys.seat(offeringId),
      ],
      Row,
    )) as [StoredWait?, Attempt?, Pupil?, Card?, Window?, Seat?];
    if (!pupil || !card || !window || !seat) throw new DomainError('request.not_found');
    if (before?.status === 'waiting') {
      // A repeat, or the other guardian was faster: the place in the list is the child's.
      await markWaiting(table, offeringId);
      return { ...before, ahead: await countAhead(table, before) };
    }
    if (before?.waitId === waitId) return { ...before, ahead: 0 };
    if (attempt?.live) throw new DomainError('selection.already_taken', { enrolmentId: attempt.enrolmentId });
    const until = waitingUntil(card.firstSessionDate);
    refuse(pupil, card, window, now);
    // Behind the drawn line nobody gains by being early.
    if (!window.lottery) refuseJoiningBeforeTurn(secrets, window, { actor, pupilId, grade: pupil.grade }, now);
    // In a lottery the list begins with those who wished and won nothing, in drawn order: nobody gets before them.
    const draw = window.lottery && (await getDraw(table, windowId));
    if (window.lottery && draw?.stage !== 'allotted') throw new DomainError('lottery.only_lottery');
    if (!window.waitingList || !until || ms(until) <= ms(now)) throw new DomainError('selection.no_waiting_list');
    const hours = takingHours(window);
    if (!seat.waiting && Object.keys(seat.holders).length < seat.capacity)
      throw new DomainError(hours && hoursAt(now, hours) === 'open' ? 'selection.has_seats' : 'selection.closed');
    const mine = await table.queryAll({ ...keys.waits(pupilId), consistent: true, most: 500 }, StoredWait);
    if (mine.filter(({ status }) => status === 'waiting').length >= WAITS_MAX)
      throw new DomainError('selection.waits_max', { waitsMax: WAITS_MAX });

    const wait: StoredWait = {
      waitId,
      pupilId,
      offeringId,
      windowId,
      schoolId: window.schoolId,
      courseName: card.courseName,
      status: 'waiting',
      joinedAt: afterDrawn(now, draw),
      offers: 0,
      offerMinutes: window.waitingList.offerMinutes,
      until,
    };
    await table.tryWrite([put(keys.waitingList(offeringId), { offeringId, until, ...keys.due(offeringId, now) }, { condition: absent })]);
    try {
      await table.write(joinWrites(wait, before));
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      // Left the school in this very moment; or both guardians at once, or our own lost reply.
      if (error.failed.includes(JOIN_PUPIL_WRITE)) throw new DomainError('selection.pupil_left');
      const there = await table.mustGet(keys.wait(pupilId, offeringId), StoredWait);
      if (there.status !== 'waiting') throw new DomainError('request.changed');
      await markWaiting(table, offeringId);
      return { ...there, ahead: await countAhead(table, there) };
    }
    await markWaiting(table, offeringId);
    return { ...wait, ahead: await countAhead(table, wait) };
  };
}

/** The drawn line takes a millisecond a child, from the draw on: whoever joins by hand stands behind it whatever the clocks say. */
function afterDrawn(now: Instant, draw: StoredDraw | undefined): Instant {
  const lineEndsMs = draw?.drawnAt ? ms(draw.drawnAt) + draw.entries : 0;
  return lineEndsMs > ms(now) ? instant(lineEndsMs) : now;
}

function refuse(pupil: Pupil, card: Card, window: Window, now: Instant): void {
  if (pupil.leftOn) throw new DomainError('selection.pupil_left');
  if (pupil.schoolId !== window.schoolId) throw new DomainError('selection.other_school', { schoolName: window.schoolName });
  if (window.status === 'draft' || window.status === 'withdrawn') throw new DomainError('request.not_found');
  if (card.status === 'cancelled') throw new DomainError('selection.class_cancelled');
  if (!card.grades.includes(pupil.grade)) throw new DomainError('selection.wrong_grade');
  const { opensAt } = asOpenTo(window, pupil.grade);
  if (ms(now) < ms(opensAt)) throw new DomainError('selection.not_open', { opensAt });
}
