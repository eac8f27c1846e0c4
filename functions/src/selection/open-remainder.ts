/** What a draw left, for who comes first. */
import { type Instant, ms } from '@kehou/shared/kernel/time';
import { remainderHours, waitingUntil } from '@kehou/shared/selection/rules';
import type { Window } from '@kehou/shared/selection/window';
import { auditWrite } from '../organisation/audit.ts';
import { keys } from '../platform/keys.ts';
import { type Table, update } from '../platform/table.ts';
import { Seat } from './seat.repository.ts';
import { Card, openFirstCome } from './window.repository.ts';

/**
 * Not before the winners' time is over: a draw that came late moves the published hours along, and where no class has time left before its
 * first session there are none. The move is on the audit trail, and the window's new hours tell everybody (`newsOfWindows`). A repeat finds
 * the hours moved and changes nothing.
 */
export async function openRemainder(table: Table, window: Window, wonUntil: Instant, now: Instant): Promise<void> {
  const { windowId, version, lottery } = window;
  const firstCome = lottery?.firstCome;
  if (!firstCome) return;
  const hours = remainderHours(firstCome, wonUntil, await beginningsOf(table, window));
  const moves = hours?.opensAt !== firstCome.opensAt || hours.closesAt !== firstCome.closesAt;
  if (moves) {
    const condition = {
      expression: '#version = :version AND #lottery.#firstCome.#opensAt = :was',
      values: { version, was: firstCome.opensAt },
    };
    await table.tryWrite([
      hours
        ? update(keys.window(windowId), 'SET #lottery.#firstCome = :hours', { values: { hours }, condition })
        : update(keys.window(windowId), 'REMOVE #lottery.#firstCome', { condition }),
      auditWrite({
        organisationId: window.schoolId,
        at: now,
        actor: { personId: 'workflow:draw', requestId: `${windowId}-v${version}` },
        action: hours ? 'window.first-come-moved' : 'window.first-come-dropped',
        subject: windowId,
        details: {
          opensAt: { before: firstCome.opensAt, after: hours?.opensAt },
          closesAt: { before: firstCome.closesAt, after: hours?.closesAt },
        },
      }),
    ]);
  }
  if (hours) await openFirstCome(table, window, hours);
}

/** When the last class that runs begins; the close where none does, `undefined` where one has no dates. */
export async function lastBeginningOf(table: Table, window: Window): Promise<Instant | undefined> {
  const begins = await beginningsOf(table, window);
  let last = window.closesAt;
  for (const at of begins) {
    if (!at) return undefined;
    if (ms(at) > ms(last)) last = at;
  }
  return last;
}

/** When each class that runs begins; `undefined`: it has no dates. */
async function beginningsOf(table: Table, { windowId, offeringIds }: Window): Promise<(Instant | undefined)[]> {
  const [cards, seats] = await Promise.all([
    table.getMany(
      offeringIds.map((offeringId) => keys.windowCard(windowId, offeringId)),
      Card,
    ),
    table.getMany(
      offeringIds.map((offeringId) => keys.seat(offeringId)),
      Seat,
    ),
  ]);
  return cards.flatMap((card, index) => (card && seats[index]?.status === 'open' ? [waitingUntil(card.firstSessionDate)] : []));
}
