/** What a class is judged by before it is created or changed: library, scale, room, periods, days, and who is engaged when. */
import { createHash } from 'node:crypto';
import { DomainError } from '@kehou/shared/kernel/errors';
import { type Fen, fen } from '@kehou/shared/kernel/fen';
import type { ParsedOf } from '@kehou/shared/kernel/route';
import { addDays, type ChinaDate, chinaDate, type Instant } from '@kehou/shared/kernel/time';
import { isUsable } from '@kehou/shared/library/library';
import { type DatedSlot, datesOf } from '@kehou/shared/offering/dates';
import { type Engagement, findEngagementClash } from '@kehou/shared/offering/engagement';
import { OfferingInput, type Slot } from '@kehou/shared/offering/offering';
import type { offeringRoutes } from '@kehou/shared/offering/routes';
import { Organisation } from '@kehou/shared/organisation/organisation';
import { Room, SchoolSettings, Term } from '@kehou/shared/school/school';
import { defaultSettings } from '@kehou/shared/school/settings';
import * as z from 'zod';
import { StoredCourse } from '../library/course.repository.ts';
import { StoredInstructor } from '../library/instructor.repository.ts';
import { keys } from '../platform/keys.ts';
import type { Table } from '../platform/table.ts';
import { calendarAt } from '../school/calendar.repository.ts';
import { Frame } from '../school/frame.ts';
import { scaleAt } from '../school/scale.repository.ts';
import { type InstructorTimetable, timetableOf } from './instructor-timetable.repository.ts';
import { StoredOffering } from './offering.repository.ts';

export type ClassInput = ParsedOf<(typeof offeringRoutes)['createOffering']>;

/** What the input's ids name, read at once. */
export interface Named {
  readonly offering: StoredOffering | undefined;
  readonly school: Organisation;
  readonly term: Term;
  readonly room: Room;
  readonly settings: SchoolSettings;
  readonly course: StoredCourse;
  readonly instructor: StoredInstructor;
  /** What its writes must find unchanged: see `enterFrameWrite`. */
  readonly frame: Frame;
}

/** One round trip. 404 for a term or room that is not the school's; `offering.not_picked` for what is not in its library. */
export async function readNamed(table: Table, input: ClassInput): Promise<Named> {
  const { schoolId } = input;
  const found = await table.getMany(
    [
      keys.offering(input.offeringId),
      keys.organisation(schoolId),
      keys.term(schoolId, input.termId),
      keys.room(schoolId, input.roomId),
      keys.settings(schoolId),
      keys.course(input.courseId),
      keys.instructor(input.instructorId),
      keys.pickedCourse(schoolId, input.courseId),
      keys.pickedInstructor(schoolId, input.instructorId),
      keys.frame(schoolId),
    ],
    z.unknown(),
  );
  const [offering, school, term, room, settings, course, instructor, pickedCourse, pickedInstructor, frame] = found;
  if (!school || !term || !room) throw new DomainError('request.not_found');
  if (!course || !pickedCourse) throw new DomainError('offering.not_picked', { subject: 'course' });
  if (!instructor || !pickedInstructor) throw new DomainError('offering.not_picked', { subject: 'instructor' });
  const parsedSchool = Organisation.parse(school);
  if (parsedSchool.kind !== 'school') throw new DomainError('request.not_found');
  return {
    offering: offering ? StoredOffering.parse(offering) : undefined,
    school: parsedSchool,
    term: Term.parse(term),
    room: Room.parse(room),
    settings: settings ? SchoolSettings.parse(settings) : defaultSettings,
    course: StoredCourse.parse(course),
    instructor: StoredInstructor.parse(instructor),
    frame: Frame.parse(frame ?? {}),
  };
}

/** The day before which no session is: asked for, or the service's first, or tomorrow when that is over. */
export function firstDayOf(input: Pick<ClassInput, 'firstDay'>, term: Term, now: Instant): ChinaDate {
  const earliest = input.firstDay ?? addDays(chinaDate(now), 1);
  if (earliest < term.serviceFirstDay) return term.serviceFirstDay;
  return earliest;
}

/** Its own words against the room, the course and the school's periods. Throws the first that does not fit. */
export function judgeInput(input: ClassInput, { course, room, settings }: Named): void {
  const slots = new Set(input.slots.map((slot) => `${slot.weekday}#${slot.period}`));
  if (slots.size < input.slots.length || input.slots.some((slot) => !settings.periods.some(({ period }) => period === slot.period))) {
    throw new DomainError('offering.wrong_slots');
  }
  const isOutside = input.grades.some((grade) => grade < course.gradeFrom || grade > course.gradeTo);
  if (isOutside || new Set(input.grades).size < input.grades.length) {
    throw new DomainError('offering.wrong_grades', { gradeFrom: course.gradeFrom, gradeTo: course.gradeTo });
  }
  if (input.capacity > room.capacity) throw new DomainError('offering.room_too_small', { roomName: room.name, capacityMax: room.capacity });
}

/** Both admissions hold today (B5). */
export function judgeAdmissions({ course, instructor }: Named, today: ChinaDate): void {
  for (const [subject, { admission }] of [
    ['course', course],
    ['instructor', instructor],
  ] as const) {
    if (!isUsable(admission, today)) {
      throw new DomainError('library.not_usable', { subject, status: admission.status, validUntil: admission.validUntil });
    }
  }
}

/** Fee and pay within what is recorded for the class's first day (H1). One query a bureau above. */
export async function judgeScale(table: Table, input: ClassInput, { school, instructor }: Named, firstDay: ChinaDate): Promise<void> {
  const scale = await scaleAt(table, school, firstDay);
  if (!scale) throw new DomainError('offering.no_scale');
  const payMax = instructor.kind === 'own' ? scale.ownTeacherPayFenMax : scale.outsideInstructorPayFenMax;
  const above = (field: string, max: number) => {
    throw new DomainError('offering.above_scale', { field, maxFen: max, document: scale.document });
  };
  if (input.feePerSessionFen > scale.feePerSessionFenMax) above('feePerSessionFen', scale.feePerSessionFenMax);
  if (input.payPerSessionFen > payMax) above('payPerSessionFen', payMax);
}

/** The days that the calendar gives these slots. Three reads. Throws `calendar.year_unpublished`. */
export async function datesFor(
  table: Table,
  schoolId: ClassInput['schoolId'],
  slots: readonly Slot[],
  firstDay: ChinaDate,
  term: Term,
): Promise<DatedSlot[]> {
  if (firstDay > term.serviceLastDay) return [];
  return datesOf(slots, firstDay, term.serviceLastDay, await calendarAt(table, schoolId, firstDay, term.serviceLastDay));
}

export function engagementsOf(
  input: ClassInput,
  { school, course, settings, term }: Pick<Named, 'school' | 'course' | 'settings' | 'term'>,
  firstDay: ChinaDate,
): Engagement[] {
  return input.slots.flatMap((slot) => {
    const period = settings.periods.find((each) => each.period === slot.period);
    if (!period) return [];
    return [
      {
        offeringId: input.offeringId,
        schoolId: input.schoolId,
        schoolName: school.name,
        courseName: course.name,
        weekday: slot.weekday,
        period: slot.period,
        startsAt: period.startsAt,
        endsAt: period.endsAt,
        firstDay,
        lastDay: term.serviceLastDay,
      },
    ];
  });
}

/** The instructor's timetable, unless it is taken at these hours. One read. Throws `offering.instructor_clash`, naming with what and where. */
export async function freeTimetable(
  table: Table,
  instructor: StoredInstructor,
  engagements: readonly Engagement[],
): Promise<InstructorTimetable> {
  const timetable = await timetableOf(table, instructor.instructorId);
  const clash = findEngagementClash(engagements, timetable.engagements);
  if (clash) {
    const { schoolName, courseName, weekday, startsAt, endsAt } = clash;
    throw new DomainError('offering.instructor_clash', {
      instructorName: instructor.name,
      schoolName,
      courseName,
      weekday,
      startsAt,
      endsAt,
    });
  }
  return timetable;
}

export function feeOf(feePerSessionFen: number, sessionCount: number): Fen {
  return fen(feePerSessionFen * sessionCount);
}

/** Of what was asked for, in the order of the schema. */
export function fingerprintOf(input: ClassInput): string {
  return createHash('sha256')
    .update(JSON.stringify([input.schoolId, OfferingInput.parse(input)]))
    .digest('hex');
}
