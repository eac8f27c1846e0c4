/** Classes to test with: the library behind them, and what a school asks for. */
import { fen } from '@kehou/shared/kernel/fen';
import { type Id, newId } from '@kehou/shared/kernel/id';
import type { Course, Instructor } from '@kehou/shared/library/library';
import type { OfferingInput } from '@kehou/shared/offering/offering';
import { library } from '../src/library/index.ts';
import { type CitySchool, type CityWorld, cityWorld, day } from './city-world.ts';
import { testTable } from './engine.ts';

export interface ClassWorld extends CityWorld {
  readonly courses: readonly Id<'course'>[];
  readonly instructors: readonly Id<'instructor'>[];
}

/** Two courses and two instructors (one of a school's own, one from outside), in the library of all three schools. */
export async function classWorld(): Promise<ClassWorld> {
  const world = await cityWorld(await testTable());
  const area = library(world).useCases;
  const admission = () => ({
    admissionId: newId('admission'),
    document: '洪教课后〔2026〕3 号',
    decidedOn: day('2026-08-01'),
    validUntil: day('2027-07-31'),
  });
  const bureauId = world.city.organisationId;
  const courses: Id<'course'>[] = [];
  const instructors: Id<'instructor'>[] = [];
  for (const [index, name] of ['创意机器人', '合唱'].entries()) {
    const courseId = newId('course');
    const kind: Course['kind'] = index === 0 ? 'science' : 'music';
    await area.admitCourse(
      {
        bureauId,
        courseId,
        name,
        kind,
        introduction: '每次一个小作品，边做边学。',
        gradeFrom: 1,
        gradeTo: 4,
        lessonMinutes: 50,
        admission: admission(),
      },
      world.officer,
    );
    courses.push(courseId);
    const instructorId = newId('instructor');
    const own: Instructor['kind'] = index === 0 ? 'own' : 'outside';
    await area.admitInstructor(
      {
        bureauId,
        instructorId,
        name: index === 0 ? '陈思远' : '刘悦',
        kind: own,
        courseKinds: [kind],
        introduction: '',
        phone: `1380000000${index}` as never,
        admission: admission(),
      },
      world.officer,
    );
    instructors.push(instructorId);
  }
  for (const { schoolId, head } of world.schools) {
    for (const courseId of courses) await area.pickCourse({ schoolId, courseId }, head);
    for (const instructorId of instructors) await area.pickInstructor({ schoolId, instructorId }, head);
  }
  return { ...world, courses, instructors };
}

/** Wednesdays in the first period, in the first room. */
export function aClass(world: ClassWorld, changes: Partial<OfferingInput> = {}, at: CitySchool = world.schools[0]) {
  return {
    schoolId: at.schoolId,
    offeringId: newId('offering'),
    termId: at.term.termId,
    courseId: world.courses[0] as Id<'course'>,
    instructorId: world.instructors[0] as Id<'instructor'>,
    roomId: at.rooms[0].roomId,
    slots: [{ weekday: 3, period: 1 }],
    capacity: 30,
    smallestSize: 10,
    grades: [1, 2, 3],
    feePerSessionFen: fen(2500),
    payPerSessionFen: fen(8000),
    ...changes,
  };
}
