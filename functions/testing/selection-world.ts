/** A school on selection night, for tests: classes in a published window, pupils, a clock that is set by hand. */
import { fen } from '@kehou/shared/kernel/fen';
import { type Id, newId } from '@kehou/shared/kernel/id';
import { addMinutes, type ChinaDate, type Instant, instant, ms } from '@kehou/shared/kernel/time';
import type { Offering, Reserve } from '@kehou/shared/offering/offering';
import type { Organisation } from '@kehou/shared/organisation/organisation';
import type { Pupil } from '@kehou/shared/school/school';
import type { Window } from '@kehou/shared/selection/window';
import type { Clock } from '../src/platform/clock.ts';
import { keys } from '../src/platform/keys.ts';
import { put, type Table } from '../src/platform/table.ts';
import { pupilIdOf } from '../src/school/pupil.repository.ts';
import { openOffering, windowItem } from '../src/selection/window.repository.ts';
import { TEST_SECRETS } from './test-secrets.ts';

export const OPENING = '2026-11-23T12:00:00.000Z' as Instant;

/** How long a place from the waiting list is kept in these worlds. */
export const OFFER_MINUTES = 60;

export interface SettableClock extends Clock {
  set(at: Instant): void;
  addMinutes(minutes: number): void;
}

export function settableClock(start: Instant = OPENING): SettableClock {
  let now = start;
  return {
    now: () => now,
    set: (at) => {
      now = at;
    },
    addMinutes: (minutes) => {
      now = addMinutes(now, minutes);
    },
  };
}

export interface SelectionWorld {
  readonly table: Table;
  readonly clock: SettableClock;
  readonly secrets: typeof TEST_SECRETS;
  readonly school: Organisation;
  readonly window: Window;
  readonly offerings: readonly Offering[];
  readonly pupils: readonly Pupil[];
}

export interface WorldOptions {
  readonly classes?: readonly {
    readonly capacity: number;
    readonly smallestSize?: number;
    readonly weekday?: number;
    readonly feePerSessionFen?: number;
    readonly withMaterialPack?: boolean;
    readonly reserved?: readonly Reserve[];
  }[];
  readonly pupils?: number;
  /** Minutes that the window stays open. */
  readonly openMinutes?: number;
}

export async function selectionWorld(table: Table, options: WorldOptions = {}): Promise<SelectionWorld> {
  const clock = settableClock();
  const schoolId = newId('organisation');
  const termId = newId('term');
  const school: Organisation = {
    organisationId: schoolId,
    kind: 'school',
    name: '青山湖实验小学',
    ancestorIds: [],
    area: 'urban',
    stage: 'primary',
  };
  const windowId = newId('window');
  const offerings = (options.classes ?? [{ capacity: 10 }]).map((wanted, index) => offeringOf(schoolId, termId, windowId, wanted, index));
  const window: Window = {
    windowId,
    schoolId,
    schoolName: school.name,
    termId,
    name: '2026 年秋季选课',
    opensAt: OPENING,
    closesAt: addMinutes(OPENING, options.openMinutes ?? 120),
    offeringIds: offerings.map((offering) => offering.offeringId),
    status: 'open',
    version: 1,
    waitingList: { offerMinutes: OFFER_MINUTES },
  };
  await table.write([put(keys.organisation(schoolId), school), put(keys.window(windowId), windowItem(window))]);
  for (const offering of offerings) {
    await table.write([
      put(keys.offering(offering.offeringId), { ...offering, ...keys.offeringsOfTerm(schoolId, termId, offering.offeringId) }),
    ]);
    await openOffering(table, offering, window);
  }
  const pupils = Array.from({ length: options.pupils ?? 2 }, (_, index) => pupilOf(schoolId, index));
  for (let start = 0; start < pupils.length; start += 100) {
    await table.write(
      pupils.slice(start, start + 100).map((pupil) => put(keys.pupil(pupil.pupilId), { ...pupil, rosterGuardians: [], version: 1 })),
    );
  }
  return { table, clock, secrets: TEST_SECRETS, school, window, offerings, pupils };
}

export function pupilOf(schoolId: Id<'organisation'>, index: number): Pupil {
  const pupilNumber = `2026${String(index).padStart(4, '0')}`;
  return {
    pupilId: pupilIdOf(schoolId, pupilNumber),
    schoolId,
    pupilNumber,
    name: `学生${index}`,
    grade: 3,
    className: '3 班',
  };
}

export function offeringOf(
  schoolId: Id<'organisation'>,
  termId: Id<'term'>,
  windowId: Id<'window'>,
  wanted: NonNullable<WorldOptions['classes']>[number],
  index: number,
): Offering {
  const feePerSession = wanted.feePerSessionFen ?? 3000;
  const sessionCount = 8;
  return {
    offeringId: newId('offering'),
    courseId: newId('course'),
    instructorId: newId('instructor'),
    roomId: newId('room'),
    slots: [{ weekday: wanted.weekday ?? (index % 5) + 1, period: 1 }],
    capacity: wanted.capacity,
    smallestSize: wanted.smallestSize ?? 1,
    grades: [1, 2, 3, 4, 5, 6],
    feePerSessionFen: fen(feePerSession),
    payPerSessionFen: fen(10_000),
    ...(wanted.withMaterialPack ? { materialPack: { name: '材料包', priceFen: fen(4500), description: '' } } : {}),
    ...(wanted.reserved ? { reserved: [...wanted.reserved] } : {}),
    termId,
    schoolId,
    windowId,
    courseName: `课程${index}`,
    courseKind: 'science',
    introduction: '动手做实验，认识身边的科学。',
    instructorName: '王老师',
    instructorKind: 'own',
    roomName: '科学室',
    status: 'published',
    sessionCount,
    feeFen: fen(feePerSession * sessionCount),
    firstSessionDate: '2026-11-30' as ChinaDate,
    lastSessionDate: '2027-01-18' as ChinaDate,
    updatedAt: instant(ms(OPENING) - 86_400_000),
    version: 1,
  };
}
