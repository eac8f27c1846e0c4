/** Windows and the cards of their classes: one partition a window, so that the class page is one query. */
import type { Id } from '@kehou/shared/kernel/id';
import { type Instant, ms } from '@kehou/shared/kernel/time';
import { Offering, openPlaces } from '@kehou/shared/offering/offering';
import { waitingUntil } from '@kehou/shared/selection/rules';
import { ClassCard, Window } from '@kehou/shared/selection/window';
import * as z from 'zod';
import { getAll } from '../platform/get-all.ts';
import { keys } from '../platform/keys.ts';
import { type Page, set, type Table, update, type Write } from '../platform/table.ts';
import { followPlaces, givenFor, hoursWrite, newSeat, Seat } from './seat.repository.ts';

/** A class as the class page shows it. `revision` is the seat item's: what tells newer counts from older ones. */
export const Card = ClassCard.omit({ seatsLeft: true, notNow: true, clashesWith: true, enrolment: true }).extend({
  schoolId: z.string(),
  termId: z.string(),
  windowId: z.string(),
  revision: z.int(),
});
export type Card = z.infer<typeof Card>;

export const OFFERINGS_MAX = 80;

/** A window's partition holds the window itself and its cards. */
export const WindowRow = z.union([Card, Window]);

export async function readWindowPartition(table: Table, windowId: string): Promise<{ window: Window; cards: Card[] } | undefined> {
  const rows = await table.queryAll({ ...keys.windowPartition(windowId), most: OFFERINGS_MAX + 1 }, WindowRow);
  const window = rows.find((row): row is Window => 'opensAt' in row);
  return window && { window, cards: rows.filter((row): row is Card => 'revision' in row) };
}

/** From its opening on, a window is due: the sweeper reconciles its seats until it is settled. */
export function windowItem(window: Window) {
  const live = window.status === 'published' || window.status === 'open' || window.status === 'closed';
  return {
    ...window,
    ...keys.windowsOfSchool(window.schoolId, window.opensAt, window.windowId),
    ...(live ? keys.due(window.windowId, window.opensAt) : {}),
  };
}

function cardOf(offering: Offering, windowId: string): Omit<Card, 'capacity' | 'taken' | 'waiting' | 'revision'> {
  return {
    offeringId: offering.offeringId,
    courseName: offering.courseName,
    courseKind: offering.courseKind,
    instructorName: offering.instructorName,
    roomName: offering.roomName,
    slots: offering.slots,
    grades: offering.grades,
    smallestSize: offering.smallestSize,
    feePerSessionFen: offering.feePerSessionFen,
    feeFen: offering.feeFen,
    sessionCount: offering.sessionCount,
    firstSessionDate: offering.firstSessionDate,
    lastSessionDate: offering.lastSessionDate,
    materialPack: offering.materialPack,
    status: offering.status,
    schoolId: offering.schoolId,
    termId: offering.termId,
    windowId,
  };
}

/**
 * Seat and card of a class that joins a window that is not out yet. A publication that broke off may have left some of an older state of the
 * class: they are made anew. What anybody has been in is never touched.
 */
export async function openOffering(table: Table, offering: Offering, window: Window): Promise<void> {
  for (const write of openingWrites(offering, window)) await table.tryWrite([write]);
}

/** One write each, on condition that nobody has been in it. */
export function openingWrites(offering: Offering, window: Window) {
  const { windowId } = window;
  const { reserved } = offering;
  const kept = reserved && { reserved: Object.fromEntries(reserved.map(({ purpose, places }) => [purpose, places])) };
  const capacity = openPlaces(offering);
  const seat: Seat = newSeat({ windowId, capacity, ...kept, ...seatHours(window), windowVersion: window.version });
  const card = { ...cardOf(offering, windowId), ...countsOf(seat) };
  const untouched = {
    expression: 'attribute_not_exists(PK) OR (#windowId = :mine AND #revision = :none)',
    values: { mine: windowId, none: 0 },
  };
  return [
    { op: 'put', key: keys.seat(offering.offeringId), item: seat, condition: untouched },
    { op: 'put', key: keys.windowCard(windowId, offering.offeringId), item: card, condition: untouched },
  ] as const satisfies Write[];
}

/** The hours in which a seat is taken by hand: in a lottery none, until every winner has theirs ({@link openFirstCome}). */
function seatHours(window: Window): { opensMs: number; closesMs: number } {
  const closesMs = ms(window.closesAt);
  return { opensMs: window.lottery ? closesMs : ms(window.opensAt), closesMs };
}

/** What the draw left, for who comes first: of each class until the day of its first session at the latest. A repeat writes the same. */
export async function openFirstCome(table: Table, window: Window, hours: { opensAt: Instant; closesAt: Instant }): Promise<void> {
  const cards = await getAll(
    table,
    window.offeringIds.map((offeringId) => keys.windowCard(window.windowId, offeringId)),
    Card,
  );
  const hoursOf = (card: Card | undefined) => {
    const begins = waitingUntil(card?.firstSessionDate);
    const closesMs = Math.min(ms(hours.closesAt), begins ? ms(begins) : Number.POSITIVE_INFINITY);
    return { opensMs: Math.min(ms(hours.opensAt), closesMs), closesMs };
  };
  const mine = {
    expression: '#windowId = :windowId AND #windowVersion <= :version',
    values: { windowId: window.windowId, version: window.version },
  };
  await Promise.all(
    window.offeringIds.map((offeringId, index) => table.tryWrite([set(keys.seat(offeringId), hoursOf(cards[index]), { condition: mine })])),
  );
}

/** The window's hours on every seat: by version, so that a late repeat of older hours changes nothing. */
export async function applyHours(table: Table, window: Window): Promise<void> {
  const hours = { ...seatHours(window), windowVersion: window.version, windowId: window.windowId };
  await Promise.all(window.offeringIds.map((offeringId) => table.tryWrite([hoursWrite(offeringId, hours)])));
}

/** What a card says of its seat. */
function countsOf(seat: Seat) {
  const { capacity, holders, reserved, waiting, revision } = seat;
  const kept = Object.entries(reserved ?? {}).map(([purpose, left]) => ({ purpose, places: left + givenFor(seat, purpose), left }));
  return {
    capacity,
    taken: Object.keys(holders).length,
    waiting: waiting ?? false,
    revision,
    ...(reserved ? { reserved: kept } : {}),
  };
}

/** Follows a seat: the card's counts are what the seat says, unless the card has seen a later revision. */
export function countWrite(offeringId: string, seat: Seat): Write {
  return set(keys.windowCard(seat.windowId, offeringId), countsOf(seat), {
    condition: { expression: 'attribute_exists(PK) AND #revision < :revision', values: { revision: seat.revision } },
  });
}

/** Follows an offering: what the card shows of it, and the seat's places. */
export async function followOffering(table: Table, offering: Offering & { windowId: Id<'window'> }): Promise<void> {
  const { offeringId: _, ...shown } = cardOf(offering, offering.windowId);
  const fields = Object.entries(shown).filter(([, value]) => value !== undefined);
  await table.tryWrite([
    update(
      keys.windowCard(offering.windowId, offering.offeringId),
      `SET ${fields.map(([name]) => `#${name} = :${name}`).join(', ')}, #offeringUpdatedAt = :updatedAt`,
      {
        values: { ...Object.fromEntries(fields), updatedAt: offering.updatedAt },
        condition: {
          expression: 'attribute_exists(PK) AND (attribute_not_exists(#offeringUpdatedAt) OR #offeringUpdatedAt < :updatedAt)',
          values: { updatedAt: offering.updatedAt },
        },
      },
    ),
  ]);
  await followPlaces(table, offering.offeringId, offering);
}

/** One page of a school's windows that parents may be looking at: published and not settled yet. One query. */
export async function liveWindowsOf(
  table: Table,
  schoolId: string,
  page: { limit: number; cursor?: string | undefined },
): Promise<Page<Window>> {
  const pk = keys.windowsOfSchool(schoolId, '' as Instant, '').GSI1PK;
  const { items, cursor } = await table.query({ index: 'GSI1', pk, newestFirst: true, ...page }, Window);
  return { items: items.filter(({ status }) => status === 'published' || status === 'open' || status === 'closed'), cursor };
}

/** A window's cards as class and seat say now: what followers do from the stream, for what they were not told. */
export async function refreshCards(table: Table, { windowId, offeringIds }: Window): Promise<void> {
  const [offerings, seats] = await Promise.all([
    getAll(
      table,
      offeringIds.map((id) => keys.offering(id)),
      Offering,
    ),
    getAll(
      table,
      offeringIds.map((id) => keys.seat(id)),
      Seat,
    ),
  ]);
  for (const [index, offeringId] of offeringIds.entries()) {
    const offering = offerings[index];
    const seat = seats[index];
    if (offering?.windowId === windowId) await followOffering(table, { ...offering, windowId });
    if (seat?.windowId === windowId) await table.tryWrite([countWrite(offeringId, seat)]);
  }
}
