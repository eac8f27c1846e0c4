/** What a school's classes have to say when its periods, a term, a day or a room is about to change. */
import { DomainError } from '@kehou/shared/kernel/errors';
import type { Id } from '@kehou/shared/kernel/id';
import { chinaDate, type Instant } from '@kehou/shared/kernel/time';
import type { Engagement } from '@kehou/shared/offering/engagement';
import type { Room, Term } from '@kehou/shared/school/school';
import { getAll } from '../platform/get-all.ts';
import { inLanes } from '../platform/in-lanes.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import type { Table, Write } from '../platform/table.ts';
import { calendarAt } from '../school/calendar.repository.ts';
import type { ClassesInFrame, FrameChange } from '../school/frame.ts';
import { roomsOf } from '../school/room.repository.ts';
import { getSettings } from '../school/settings.repository.ts';
import { termsOf } from '../school/term.repository.ts';
import { engagedIn, planIn } from './date-sessions.ts';
import { CLASHES_TOLD_MAX, type ClassClash, clashesAmong, classesByInstructor, type Standing } from './frame-clashes.ts';
import { engageAllWrite, InstructorTimetable } from './instructor-timetable.repository.ts';
import { OFFERINGS_OF_TERM_MAX, OfferingLink, StoredOffering, sessionsOf } from './offering.repository.ts';

type Deps = Pick<Platform, 'table' | 'clock'>;

const LANES = 8;
/** Twelve periods on seven days. */
const SLOTS_OF_ROOM_MAX = 84;
/** Timetables that go into the change's own transaction; more of them are claimed ahead of it. */
const ALONG_MAX = 80;

export function classesInFrame({ table, clock }: Deps, { alongMax = ALONG_MAX } = {}): ClassesInFrame {
  return {
    judge: async (change) => {
      if (change.room) {
        await judgeRoom(table, clock.now(), change.schoolId, change.room);
        return { ahead: [], along: [] };
      }
      const now = clock.now();
      const { standing, timetables } = await standingIn(table, now, change);
      refuse(await clashesAmong(table, standing, timetables, now));
      return claimsOf(standing, timetables, now, alongMax);
    },
  };
}

/** Every class is found by what it holds, which is read strongly: none that is there is missed. */
async function classesOf(table: Table, rooms: readonly Room[], terms: readonly Term[], now: Instant): Promise<StoredOffering[]> {
  const ids = new Set<string>();
  const places = rooms.flatMap(({ roomId }) => terms.map(({ termId }) => ({ roomId, termId })));
  await inLanes(places, LANES, async ({ roomId, termId }) => {
    const slots = await table.queryAll({ ...keys.roomSlots(roomId, termId), consistent: true, most: SLOTS_OF_ROOM_MAX }, OfferingLink);
    for (const { offeringId } of slots) ids.add(offeringId);
  });
  if (ids.size > OFFERINGS_OF_TERM_MAX) throw new Error(`${ids.size} classes are more than a school has in a term`);
  const found = await getAll(
    table,
    [...ids].map((offeringId) => keys.offering(offeringId)),
    StoredOffering,
  );
  const today = chinaDate(now);
  return found.filter((one) => one !== undefined).filter(({ status, lastDay }) => isStanding(status) && lastDay >= today);
}

const isStanding = (status: StoredOffering['status']) => status !== 'cancelled' && status !== 'ended';

async function judgeRoom(table: Table, now: Instant, schoolId: Id<'organisation'>, room: Room): Promise<void> {
  const today = chinaDate(now);
  const terms = (await termsOf(table, schoolId)).filter(({ lastDay }) => lastDay >= today);
  const tooLarge = (await classesOf(table, [room], terms, now)).filter(({ capacity }) => capacity > room.capacity);
  if (tooLarge.length === 0) return;
  throw new DomainError('school.room_in_use', {
    roomName: room.name,
    classes: tooLarge.slice(0, CLASHES_TOLD_MAX).map(({ offeringId, courseName, capacity }) => ({ offeringId, courseName, capacity })),
  });
}

async function standingIn(table: Table, now: Instant, change: FrameChange) {
  const { schoolId } = change;
  const today = chinaDate(now);
  const [rooms, kept, known] = await Promise.all([roomsOf(table, schoolId), getSettings(table, schoolId), termsOf(table, schoolId)]);
  const settings = change.settings ?? kept;
  const terms = change.term ? [change.term] : known.filter((term) => concerns(term, change) && term.lastDay >= today);
  const standing: Standing[] = [];
  const timetables = new Map<Id<'instructor'>, InstructorTimetable>();
  for (const term of terms) {
    const classes = await classesOf(table, rooms, [term], now);
    if (classes.length === 0) continue;
    const calendar = await calendarAt(table, schoolId, term.serviceFirstDay, term.serviceLastDay, change.day);
    const instructorIds = [...new Set(classes.map(({ instructorId }) => instructorId))].filter((id) => !timetables.has(id));
    const found = await getAll(
      table,
      instructorIds.map((instructorId) => keys.instructorTimetable(instructorId)),
      InstructorTimetable,
    );
    for (const [index, id] of instructorIds.entries()) timetables.set(id, found[index] ?? { version: 0, engagements: [] });
    await inLanes(classes, LANES, async (offering) => {
      const before =
        timetables.get(offering.instructorId)?.engagements.filter(({ offeringId }) => offeringId === offering.offeringId) ?? [];
      const plan = planIn(offering, await sessionsOf(table, offering.offeringId), { settings, term, calendar }, now);
      standing.push({ offering, settings, plan, before, wanted: engagedIn(before, settings, term) });
    });
  }
  // As they were made: what is told of them does not depend on which lane was first.
  standing.sort((a, b) => (a.offering.offeringId < b.offering.offeringId ? -1 : 1));
  return { standing, timetables };
}

function concerns(term: Term, { day }: FrameChange): boolean {
  return !day || (term.firstDay <= day.date && day.date <= term.lastDay);
}

function refuse(clashes: readonly ClassClash[]): void {
  if (clashes.length === 0) return;
  throw new DomainError('school.classes_clash', { clashes: clashes.slice(0, CLASHES_TOLD_MAX), clashCount: clashes.length });
}

/** Each instructor's timetable on the version that was judged. Too many for one transaction: both hours are taken first, and dating lets the old ones go. */
function claimsOf(
  standing: readonly Standing[],
  timetables: ReadonlyMap<Id<'instructor'>, InstructorTimetable>,
  now: Instant,
  alongMax: number,
) {
  const moving = standing.filter(({ before, wanted }) => JSON.stringify(before) !== JSON.stringify(wanted));
  const byInstructor = classesByInstructor(moving);
  const isMany = byInstructor.size > alongMax;
  const writes: Write[] = [];
  for (const [instructorId, classes] of byInstructor) {
    const timetable = timetables.get(instructorId);
    if (!timetable) continue;
    const ids = new Set<string>(classes.map(({ offering }) => offering.offeringId));
    const engagements = classes.flatMap(({ before, wanted }) => (isMany ? union(before, wanted) : wanted));
    writes.push(engageAllWrite(instructorId, timetable, ids, engagements, chinaDate(now)));
  }
  return isMany ? { ahead: writes, along: [] } : { ahead: [], along: writes };
}

function union(before: readonly Engagement[], wanted: readonly Engagement[]): Engagement[] {
  return [...new Map([...before, ...wanted].map((each) => [JSON.stringify(each), each])).values()];
}
