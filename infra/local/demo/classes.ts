/** The classes that each school offers: who teaches what, where and when, without a clash anywhere in the city. */
import type { Id } from '@kehou/shared/kernel/id';
import type { CourseKind } from '@kehou/shared/library/library';
import { Chance } from './chance.ts';
import { city, counties, type DemoBureau, type DemoSchool, demoId, rooms, scales, schools } from './city.ts';
import { courses, type DemoCourse } from './courses.ts';
import { type DemoInstructor, instructors } from './people.ts';

export interface AdmittedCourse extends DemoCourse {
  readonly courseId: Id<'course'>;
  readonly bureau: DemoBureau;
}
export interface DemoClass {
  readonly school: DemoSchool;
  readonly offeringId: Id<'offering'>;
  readonly course: AdmittedCourse;
  readonly instructor: DemoInstructor;
  readonly roomIndex: number;
  readonly slots: readonly { readonly weekday: number; readonly period: number }[];
  readonly grades: readonly number[];
  readonly capacity: number;
  readonly smallestSize: number;
  readonly feePerSessionFen: number;
  readonly payPerSessionFen: number;
}

/** Which bureau admitted which: most the city, some a county for its own schools. */
export const admittedCourses: readonly AdmittedCourse[] = courses.map((course, index) => ({
  ...course,
  courseId: demoId('course', course.name),
  bureau: index % 8 === 3 ? counties[0] : index % 8 === 6 ? counties[1] : city,
}));

const kindsInOrder: readonly CourseKind[] = ['science', 'sports', 'arts', 'music', 'reading', 'labour', 'psychology', 'heritage'];
/** The first school has its window opening; the others ten or more. */
const classesAt = (school: DemoSchool) => (school.index === 0 ? 16 : 10 + (school.index % 3));

export function isOpenTo(school: DemoSchool, bureau: DemoBureau): boolean {
  return bureau === city || bureau === school.bureau;
}

/** Hours taken so far, of rooms and of instructors. */
class Taken {
  private readonly slots = new Set<string>();

  isFree(who: string, slots: DemoClass['slots']): boolean {
    return slots.every(({ weekday, period }) => !this.slots.has(`${who} ${weekday} ${period}`));
  }

  take(who: string, slots: DemoClass['slots']): void {
    for (const { weekday, period } of slots) this.slots.add(`${who} ${weekday} ${period}`);
  }
}

export function classesOf(wanted: readonly DemoSchool[] = schools): DemoClass[] {
  const taken = new Taken();
  return wanted.flatMap((school) => classesAtSchool(school, taken));
}

function classesAtSchool(school: DemoSchool, taken: Taken): DemoClass[] {
  const chance = new Chance(`classes of ${school.name}`);
  const [lowest, highest] = school.grades;
  const open = chance.shuffled(
    admittedCourses.filter((course) => isOpenTo(school, course.bureau) && course.gradeFrom <= highest && course.gradeTo >= lowest),
  );
  // Every kind has its turn before any kind has its second.
  const turns = kindsInOrder.map((kind) => open.filter((course) => course.kind === kind));
  const order = Array.from({ length: open.length }, (_, round) => turns.flatMap((of) => of[round] ?? [])).flat();
  const classes: DemoClass[] = [];
  for (const course of order) {
    if (classes.length >= classesAt(school)) break;
    const made = makeClass(school, course, chance, taken, classes.length);
    if (made) classes.push(made);
  }
  return classes;
}

function makeClass(school: DemoSchool, course: AdmittedCourse, chance: Chance, taken: Taken, place: number): DemoClass | undefined {
  const able = instructors.filter((one) => one.courseKinds.includes(course.kind) && (!one.school || one.school === school));
  for (let attempt = 0; attempt < 60; attempt++) {
    const slots = someSlots(chance);
    const instructor = chance.pick(able);
    const kindRoom = kindsInOrder.indexOf(course.kind);
    const roomIndex = attempt % 3 === 2 ? chance.between(8, rooms.length - 1) : kindRoom;
    const roomName = `${school.name} ${roomIndex}`;
    if (!taken.isFree(instructor.phone, slots) || !taken.isFree(roomName, slots)) continue;
    taken.take(instructor.phone, slots);
    taken.take(roomName, slots);
    return {
      school,
      offeringId: demoId('offering', school.name, course.name),
      course,
      instructor,
      roomIndex,
      slots,
      grades: someGrades(school, course, chance),
      ...sizeOf(school, chance, rooms[roomIndex]?.[1] ?? 30, place),
      ...sumsOf(school, instructor, chance),
    };
  }
  return undefined;
}

/** One day or two a week after school; now and then a Saturday morning. */
function someSlots(chance: Chance): DemoClass['slots'] {
  if (chance.happens(0.08)) return [{ weekday: 6, period: 3 }];
  const period = chance.between(1, 2);
  const weekday = chance.between(1, 5);
  if (!chance.happens(0.35)) return [{ weekday, period }];
  return [weekday, ((weekday + 1) % 5) + 1].sort((a, b) => a - b).map((each) => ({ weekday: each, period }));
}

function someGrades(school: DemoSchool, course: AdmittedCourse, chance: Chance): number[] {
  const from = Math.max(school.grades[0], course.gradeFrom);
  const to = Math.min(school.grades[1], course.gradeTo);
  const last = Math.min(to, from + chance.between(2, 5));
  return Array.from({ length: last - from + 1 }, (_, index) => from + index);
}

/** At the first school few are enough for a class to run, so that a handful of people can live a month; two classes show what happens else. */
function sizeOf(school: DemoSchool, chance: Chance, roomCapacity: number, place: number) {
  const capacity = Math.min(roomCapacity, chance.between(6, 9) * 4);
  if (school.index !== 0) return { capacity, smallestSize: chance.between(2, 3) * 5 };
  // One small class, for those who want to see it full.
  if (place === 2) return { capacity: 4, smallestSize: 1 };
  return { capacity, smallestSize: place % 7 === 6 ? 12 : 1 };
}

function sumsOf(school: DemoSchool, instructor: DemoInstructor, chance: Chance) {
  const scale = scales.find(({ bureau }) => bureau === school.bureau) ?? scales[0];
  const payMax = instructor.school ? scale.ownPayFen : scale.outsidePayFen;
  return {
    feePerSessionFen: scale.feeFen - 500 * chance.between(0, 2),
    payPerSessionFen: payMax - 1000 * chance.between(0, 2),
  };
}
