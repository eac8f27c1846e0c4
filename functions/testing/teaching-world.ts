/** A school that teaches, for tests: instructors who can sign in, classes with dated sessions, pupils with confirmed places. */
import { fen } from '@kehou/shared/kernel/fen';
import { type Id, newId } from '@kehou/shared/kernel/id';
import type { Actor } from '@kehou/shared/kernel/route';
import { addMinutes, type ChinaDate, chinaInstant, type Instant, type TimeOfDay } from '@kehou/shared/kernel/time';
import type { Offering, Session } from '@kehou/shared/offering/offering';
import type { Organisation } from '@kehou/shared/organisation/organisation';
import { sessionIdOf, sessionItem } from '../src/offering/offering.repository.ts';
import { keys } from '../src/platform/keys.ts';
import { put, type Table, type Write } from '../src/platform/table.ts';
import { type StoredEnrolment, takingWrites } from '../src/selection/enrolment.repository.ts';
import { holderKey } from '../src/selection/seat.repository.ts';
import { type SettableClock, settableClock } from './selection-world.ts';

export const SECRETS = { session: new Uint8Array(32).fill(7), qr: new Uint8Array(32).fill(9) };
export const GATE = { latitude: 28.6829, longitude: 115.8579, accuracyMetres: 15 };

export interface WorldInstructor {
  readonly instructorId: Id<'instructor'>;
  readonly name: string;
  /** The teacher, signed in. */
  readonly actor: Actor;
}

export interface WorldClass {
  readonly offering: Offering;
  readonly sessions: readonly Session[];
  readonly pupilIds: readonly Id<'pupil'>[];
}

export interface TeachingWorld {
  readonly table: Table;
  readonly clock: SettableClock;
  readonly school: Organisation;
  readonly operatorId: Id<'organisation'>;
  readonly bureauId: Id<'organisation'>;
  readonly instructors: readonly WorldInstructor[];
  readonly classes: readonly WorldClass[];
}

export interface TeachingOptions {
  /** One class each; every instructor has a bank account unless told otherwise. */
  readonly classes?: readonly {
    readonly dates: readonly string[];
    readonly pupils?: number;
    readonly payPerSessionFen?: number;
    readonly account?: boolean;
    /** Taught by the instructor of this class instead of one of its own. */
    readonly instructorOf?: number;
  }[];
}

export function actorOf(memberships: Actor['memberships'] = [], personId: string = newId('person')): Actor {
  return { personId, memberships, children: [], requestId: `req-${personId.slice(-8)}` };
}

/** Sessions are in the first period, 16:30 to 17:20. */
export async function teachingWorld(table: Table, options: TeachingOptions = {}): Promise<TeachingWorld> {
  const [schoolId, operatorId, bureauId] = [newId('organisation'), newId('organisation'), newId('organisation')];
  const { accuracyMetres: _, ...centre } = GATE;
  const school: Organisation = {
    organisationId: schoolId,
    kind: 'school',
    name: '青山湖实验小学',
    parentId: bureauId,
    ancestorIds: [bureauId],
    area: 'urban',
    stage: 'primary',
    fence: { ...centre, radiusMetres: 200 },
    operatorId,
  };
  await table.write([
    put(keys.organisation(schoolId), school),
    put(keys.organisation(operatorId), { organisationId: operatorId, kind: 'operator', name: '新华课后运营', ancestorIds: [bureauId] }),
  ]);
  const instructors: WorldInstructor[] = [];
  const classes: WorldClass[] = [];
  for (const [index, wanted] of (options.classes ?? [{ dates: ['2026-12-02'] }]).entries()) {
    let instructor = wanted.instructorOf === undefined ? undefined : instructors[wanted.instructorOf];
    if (!instructor) {
      instructor = await makeInstructor(table, bureauId, index, wanted.account ?? true);
      instructors.push(instructor);
    }
    classes.push(await makeClass(table, schoolId, instructor, index, wanted));
  }
  const first = classes[0]?.sessions[0]?.startsAt as Instant;
  return { table, clock: settableClock(addMinutes(first, -20)), school, operatorId, bureauId, instructors, classes };
}

async function makeInstructor(table: Table, bureauId: Id<'organisation'>, index: number, account: boolean): Promise<WorldInstructor> {
  const instructorId = newId('instructor');
  const name = `教师${index}`;
  const actor = actorOf();
  await table.write([
    put(keys.personInstructor(actor.personId), { instructorId }),
    put(keys.instructor(instructorId), {
      instructorId,
      name,
      kind: 'own',
      courseKinds: ['science'],
      introduction: '',
      phone: `138000000${String(index).padStart(2, '0')}`,
      ...(account ? { account: { holder: name, bank: '江西银行', number: `6222020000000${String(index).padStart(4, '0')}` } } : {}),
      admission: {
        admissionId: newId('admission'),
        bureauId,
        document: '洪教发〔2026〕1号',
        decidedOn: '2026-08-01',
        validUntil: '2029-08-01',
        status: 'admitted',
        recordedBy: 'per',
        recordedAt: '2026-08-01T00:00:00.000Z',
      },
      fingerprint: 'x',
      version: 1,
    }),
  ]);
  return { instructorId, name, actor };
}

async function makeClass(
  table: Table,
  schoolId: Id<'organisation'>,
  instructor: WorldInstructor,
  index: number,
  wanted: NonNullable<TeachingOptions['classes']>[number],
): Promise<WorldClass> {
  const offeringId = newId('offering');
  const offering: Offering = {
    offeringId,
    courseId: newId('course'),
    instructorId: instructor.instructorId,
    roomId: newId('room'),
    slots: [{ weekday: 3, period: 1 }],
    capacity: 500,
    smallestSize: 1,
    grades: [1, 2, 3, 4, 5, 6],
    feePerSessionFen: fen(3000),
    payPerSessionFen: fen(wanted.payPerSessionFen ?? 12_000),
    termId: newId('term'),
    schoolId,
    windowId: newId('window'),
    courseName: `课程${index}`,
    courseKind: 'science',
    introduction: '动手做实验，认识身边的科学。',
    instructorName: instructor.name,
    instructorKind: 'own',
    roomName: '科学室',
    status: 'running',
    sessionCount: wanted.dates.length,
    feeFen: fen(3000 * wanted.dates.length),
    updatedAt: '2026-09-01T00:00:00.000Z' as Instant,
    version: 1,
  };
  const sessions = wanted.dates.map((date, number) => sessionOf(offering, date as ChinaDate, number + 1));
  const writes: Write[] = [
    put(keys.offering(offeringId), { ...offering, ...keys.offeringsOfTerm(schoolId, offering.termId, offeringId) }),
    ...sessions.map((session) => put(keys.session(offeringId, session.sessionId), sessionItem(session))),
  ];
  const pupilIds = Array.from({ length: wanted.pupils ?? 3 }, () => newId('pupil'));
  for (const [position, pupilId] of pupilIds.entries()) writes.push(...enrolled(offering, pupilId, position));
  writes.push(
    put(keys.seat(offeringId), {
      windowId: offering.windowId,
      holders: Object.fromEntries(pupilIds.map((pupilId) => [holderKey(pupilId, 1), 1])),
      capacity: 500,
      opensMs: 0,
      closesMs: 1,
      status: 'open',
      revision: pupilIds.length,
      windowVersion: 1,
    }),
  );
  for (let start = 0; start < writes.length; start += 100) await table.write(writes.slice(start, start + 100));
  return { offering, sessions, pupilIds };
}

function sessionOf(offering: Offering, date: ChinaDate, number: number): Session {
  return {
    sessionId: sessionIdOf(offering.offeringId, date, 1),
    offeringId: offering.offeringId,
    schoolId: offering.schoolId,
    number,
    date,
    period: 1,
    startsAt: chinaInstant(date, '16:30' as TimeOfDay),
    endsAt: chinaInstant(date, '17:20' as TimeOfDay),
    courseName: offering.courseName,
    roomName: offering.roomName,
    instructorId: offering.instructorId,
    instructorName: offering.instructorName,
    status: 'scheduled',
  };
}

/** A pupil with a confirmed place, as selection and billing leave it. */
function enrolled(offering: Offering, pupilId: Id<'pupil'>, position: number): Write[] {
  const takenAt = '2026-09-01T12:00:00.000Z' as Instant;
  const enrolment: StoredEnrolment = {
    enrolmentId: newId('enrolment'),
    pupilId,
    offeringId: offering.offeringId,
    schoolId: offering.schoolId,
    termId: offering.termId,
    windowId: offering.windowId as Id<'window'>,
    status: 'confirmed',
    courseName: offering.courseName,
    instructorName: offering.instructorName,
    roomName: offering.roomName,
    slots: offering.slots,
    feeFen: offering.feeFen,
    sessionCount: offering.sessionCount,
    paidFen: offering.feeFen,
    orderId: newId('order'),
    takenAt,
    holdUntil: addMinutes(takenAt, 15),
    attempt: 1,
  };
  return [
    put(keys.pupil(pupilId), {
      pupilId,
      schoolId: offering.schoolId,
      pupilNumber: `2026${String(position).padStart(4, '0')}`,
      name: `学生${position}`,
      grade: 3,
      className: `${(position % 4) + 1} 班`,
    }),
    // The enrolment and the attempt; the week's slots are selection's own business.
    ...takingWrites(enrolment, takenAt).slice(0, 2),
  ];
}
