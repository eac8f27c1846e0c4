/** What parents and schools see of windows and enrolments. */
import { Child } from '@kehou/shared/identity/person';
import { DomainError } from '@kehou/shared/kernel/errors';
import type { Id } from '@kehou/shared/kernel/id';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { Pupil, SchoolSettings } from '@kehou/shared/school/school';
import { defaultSettings } from '@kehou/shared/school/settings';
import { Shortlist } from '@kehou/shared/selection/basket';
import { Enrolment, isFinal } from '@kehou/shared/selection/enrolment';
import type { selectionRoutes } from '@kehou/shared/selection/routes';
import { asLetIn, byUrgency, findClash, whyNot } from '@kehou/shared/selection/rules';
import { Window } from '@kehou/shared/selection/window';
import * as z from 'zod';
import type { Clock } from '../platform/clock.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import type { Table } from '../platform/table.ts';
import { turnOf } from './admission.ts';
import { enrolmentsOf } from './enrolment.repository.ts';
import type { TermsMemory } from './terms-memory.ts';
import type { WindowMemory } from './window-memory.ts';

type Routes = typeof selectionRoutes;
export interface ShowDeps {
  readonly table: Table;
  readonly clock: Clock;
}

/** In a list: the newest. What a child holds is among them. */
const ENROLMENTS_SHOWN_MAX = 500;
const WINDOWS_SHOWN = 20;

/** What shows classes reads a window once a second and container, and tells the memory of terms, for those who take a seat next. */
export type ShowClassesDeps = ShowDeps & { readonly terms: TermsMemory; readonly windows: WindowMemory };
export type ShowPageDeps = ShowClassesDeps & Pick<Platform, 'secrets'>;

/** Every class of a window for one child. Two queries and one read of two items, whatever the size of the city; a query more for every
 * thousand tries that the child ever made. The window's own query is shared by everybody who asks this container within a second. */
export function getClassPage({ table, clock, terms, windows, secrets }: ShowPageDeps) {
  return async (input: ParsedOf<Routes['getClassPage']>, actor: Actor): Promise<ReplyOf<Routes['getClassPage']>> => {
    const now = clock.now();
    const [shown, enrolments] = await Promise.all([
      windows.read(table, input.windowId, now),
      enrolmentsOf(table, input.pupilId, ({ status }) => !isFinal(status)),
    ]);
    if (!shown || !isPublished(shown.window)) throw new DomainError('request.not_found');
    const { offeringIds: _, ...window } = shown.window;
    const { pupil, settings, shortlist } = await ofChild(table, input.pupilId, window);
    if (pupil.schoolId !== window.schoolId) throw new DomainError('selection.other_school', { schoolName: window.schoolName });
    if (pupil.leftOn) throw new DomainError('selection.pupil_left');
    terms.remember(shown.window, shown.cards, shown.asOf);
    const turn = turnOf(secrets, window, { actor, pupilId: pupil.pupilId, grade: pupil.grade }, now);
    // To this family the window opens with its turn.
    const opened = turn ? asLetIn(window, turn.admitAt) : window;
    const live = enrolments.filter(({ termId }) => termId === window.termId);
    const busy = live.flatMap((enrolment) =>
      enrolment.slots.map((slot) => ({
        ...slot,
        offeringId: enrolment.offeringId,
        courseName: enrolment.courseName,
        status: enrolment.status,
      })),
    );
    const classes = shown.cards
      .map((card) => {
        const others = busy.filter((slot) => slot.offeringId !== card.offeringId);
        return {
          ...card,
          seatsLeft: card.waiting ? 0 : Math.max(0, card.capacity - card.taken),
          notNow: whyNot({ now, window: opened, grade: pupil.grade, card, busy }),
          clashesWith: findClash(card.slots, others)?.courseName,
          enrolment: live.find((enrolment) => enrolment.offeringId === card.offeringId),
        };
      })
      .sort((a, b) => slotOrder(a.slots) - slotOrder(b.slots) || a.courseName.localeCompare(b.courseName, 'zh'));
    return { window, classes, periods: settings.periods, busy, seatsAsOf: shown.asOf, shortlist, turn };
  };
}

const Row = z.record(z.string(), z.unknown());

/** The child, what is marked for it, and the hours at the window's school, in one read. */
async function ofChild(table: Table, pupilId: Id<'pupil'>, { windowId, schoolId }: Pick<Window, 'windowId' | 'schoolId'>) {
  const [pupil, settings, shortlist] = await table.getMany(
    [keys.pupil(pupilId), keys.settings(schoolId), keys.shortlist(pupilId, windowId)],
    Row,
  );
  if (!pupil) throw new DomainError('request.not_found');
  return {
    pupil: Pupil.parse(pupil),
    settings: settings ? SchoolSettings.parse(settings) : defaultSettings,
    shortlist: shortlist && Shortlist.parse(shortlist),
  };
}

function slotOrder(slots: readonly { weekday: number; period: number }[]): number {
  const [first] = slots;
  return first ? first.weekday * 100 + first.period : 0;
}

function isPublished(window: Window): boolean {
  return window.status !== 'draft' && window.status !== 'withdrawn';
}

/** Seats alone, for polling: one query a second and container, however many ask. */
export function getSeats({ table, clock, terms, windows }: ShowClassesDeps) {
  return async (input: ParsedOf<Routes['getSeats']>, _actor: Actor): Promise<ReplyOf<Routes['getSeats']>> => {
    const shown = await windows.read(table, input.windowId, clock.now());
    if (!shown || !isPublished(shown.window)) throw new DomainError('request.not_found');
    terms.remember(shown.window, shown.cards, shown.asOf);
    return {
      seats: Object.fromEntries(
        shown.cards.map(({ offeringId, taken, capacity, waiting, reserved }) => [offeringId, { taken, capacity, waiting, reserved }]),
      ),
      asOf: shown.asOf,
    };
  };
}

const PersonRow = z.union([Child, z.unknown().transform(() => undefined)]);

/** The page behind a share card. A stranger learns the school and the hours, and that none of their children go there. */
export function getSharedWindow({ table }: ShowDeps) {
  return async (input: ParsedOf<Routes['getSharedWindow']>, actor: Actor): Promise<ReplyOf<Routes['getSharedWindow']>> => {
    const [stored, rows] = await Promise.all([
      table.mustGet(keys.window(input.windowId), Window),
      table.queryAll({ ...keys.personPartition(actor.personId), most: 200 }, PersonRow),
    ]);
    if (!isPublished(stored)) throw new DomainError('request.not_found');
    const { offeringIds: _, ...window } = stored;
    return { window, children: rows.filter((row) => row !== undefined).filter((child) => child.schoolId === window.schoolId) };
  };
}

/** Windows that a child's parents should know of: published ones, until they are settled, the most urgent first. One read, one query. */
export function listChildWindows({ table, clock }: ShowDeps) {
  return async (input: ParsedOf<Routes['listChildWindows']>, _actor: Actor): Promise<ReplyOf<Routes['listChildWindows']>> => {
    const pupil = await table.mustGet(keys.pupil(input.pupilId), Pupil);
    const windows = await table.query(
      { index: 'GSI1', pk: keys.windowsOfSchool(pupil.schoolId, '' as never, '').GSI1PK, limit: WINDOWS_SHOWN, newestFirst: true },
      Window,
    );
    return {
      items: windows.items
        .filter((window) => isPublished(window) && window.status !== 'settled')
        .sort(byUrgency(clock.now(), pupil.grade))
        .map(({ offeringIds: _, ...window }) => window),
    };
  };
}

export function listWindows({ table }: ShowDeps) {
  return async (input: ParsedOf<Routes['listWindows']>, _actor: Actor): Promise<ReplyOf<Routes['listWindows']>> => {
    const pk = keys.windowsOfSchool(input.schoolId, '' as never, '').GSI1PK;
    return table.query({ index: 'GSI1', pk, limit: input.limit, cursor: input.cursor, newestFirst: true }, Window);
  };
}

export function listChildEnrolments({ table }: ShowDeps) {
  return async (input: ParsedOf<Routes['listChildEnrolments']>, _actor: Actor): Promise<ReplyOf<Routes['listChildEnrolments']>> => {
    const items = await enrolmentsOf(table, input.pupilId, ({ status }) => status !== 'lost');
    return { items: items.sort((a, b) => (a.takenAt < b.takenAt ? 1 : -1)).slice(0, ENROLMENTS_SHOWN_MAX) };
  };
}

/** Who is in a class. One query, one batch read of the pupils. */
export function listEnrolments({ table }: ShowDeps) {
  return async (input: ParsedOf<Routes['listEnrolments']>, _actor: Actor): Promise<ReplyOf<Routes['listEnrolments']>> => {
    const pk = keys.enrolmentsOfOffering(input.offeringId, '' as never, '').GSI1PK;
    const found = await table.query({ index: 'GSI1', pk, limit: input.limit, cursor: input.cursor }, Enrolment);
    const mine = found.items.filter((enrolment) => enrolment.schoolId === input.schoolId);
    const pupils = await table.getMany(
      mine.map((enrolment) => keys.pupil(enrolment.pupilId)),
      Pupil,
    );
    return {
      cursor: found.cursor,
      items: mine.flatMap((enrolment, index) => {
        const pupil = pupils[index];
        return pupil ? [{ ...enrolment, pupil }] : [];
      }),
    };
  };
}
