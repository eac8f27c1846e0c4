import { DomainError } from '@kehou/shared/kernel/errors';
import { newId } from '@kehou/shared/kernel/id';
import { type CourseInput, type InstructorInput, isUsable } from '@kehou/shared/library/library';
import * as z from 'zod';
import { type CityWorld, cityWorld, day } from '../../testing/city-world.ts';
import { testTable } from '../../testing/engine.ts';
import { Following } from '../../testing/following.ts';
import { keys } from '../platform/keys.ts';
import { put } from '../platform/table.ts';
import { library } from './index.ts';
import { instructorOfPerson } from './instructor.repository.ts';

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof DomainError) return error.code;
    throw error;
  }
  return 'done';
}

function decision(changes: object = {}) {
  return {
    admissionId: newId('admission'),
    document: '洪教课后〔2026〕3 号',
    decidedOn: day('2026-08-01'),
    validUntil: day('2027-07-31'),
    ...changes,
  };
}

function aCourse(changes: Partial<z.input<typeof CourseInput>> = {}): z.output<typeof CourseInput> {
  return {
    courseId: newId('course'),
    name: '创意机器人',
    kind: 'science',
    introduction: '搭建与编程入门，从简单机械开始。',
    gradeFrom: 1,
    gradeTo: 6,
    lessonMinutes: 50,
    admission: decision(),
    ...changes,
  } as z.output<typeof CourseInput>;
}

function anInstructor(changes: Partial<z.input<typeof InstructorInput>> = {}): z.output<typeof InstructorInput> {
  return {
    instructorId: newId('instructor'),
    name: '陈思远',
    kind: 'outside',
    courseKinds: ['science'],
    introduction: '',
    phone: '13812345678',
    account: { holder: '陈思远', bank: '江西银行', number: '6222021234567890' },
    admission: decision(),
    ...changes,
  } as z.output<typeof InstructorInput>;
}

async function start() {
  const world = await cityWorld(await testTable());
  const area = library(world);
  return { world, area, ...area.useCases, ...world.schools[0] };
}

function under(world: CityWorld, bureau: 'city' | 'county') {
  return { bureauId: world[bureau].organisationId };
}

describe('an admission', () => {
  it('is one recorded decision, however often it is sent, and another under the same id is refused', async () => {
    const { world, admitCourse, listBureauCourses } = await start();
    const course = { ...aCourse(), ...under(world, 'city') };
    const admitted = await admitCourse(course, world.officer);
    expect(admitted.admission).toMatchObject({ status: 'admitted', bureauId: world.city.organisationId, document: '洪教课后〔2026〕3 号' });
    world.clock.addMinutes(5);
    expect(await admitCourse(course, world.officer)).toEqual(admitted);
    expect(await codeOf(admitCourse({ ...course, name: '木工坊' }, world.officer))).toBe('request.id_reused');
    expect((await listBureauCourses({ ...under(world, 'city'), limit: 50, kind: 'science' }, world.officer)).items).toEqual([admitted]);
    expect((await listBureauCourses({ ...under(world, 'city'), limit: 50, kind: 'music' }, world.officer)).items).toEqual([]);
  });

  it('is not of tomorrow and does not end before it was made', async () => {
    const { world, admitCourse } = await start();
    const admit = (changes: object) =>
      codeOf(admitCourse({ ...aCourse({ admission: decision(changes) }), ...under(world, 'city') }, world.officer));
    expect(await admit({ decidedOn: day('2026-08-25') })).toBe('library.wrong_dates');
    expect(await admit({ validUntil: day('2026-07-31') })).toBe('library.wrong_dates');
  });

  it('of an instructor shows neither number nor account, and takes a phone for one instructor only', async () => {
    const { world, admitInstructor, listBureauInstructors } = await start();
    const instructor = { ...anInstructor(), ...under(world, 'county') };
    const admitted = await admitInstructor(instructor, world.officer);
    expect(admitted).toMatchObject({ phone: '138****5678', accountEnding: '7890' });
    expect(JSON.stringify(admitted)).not.toContain('6222');
    expect(await admitInstructor(instructor, world.officer)).toEqual(admitted);
    expect(await codeOf(admitInstructor({ ...anInstructor(), ...under(world, 'city') }, world.officer))).toBe('library.phone_taken');
    expect((await listBureauInstructors({ ...under(world, 'county'), limit: 5 }, world.officer)).items).toEqual([admitted]);
  });

  it('can be suspended and restored by the bureau that decided, and withdrawn for good', async () => {
    const { world, admitCourse, changeCourseAdmission } = await start();
    const course = aCourse();
    await admitCourse({ ...course, ...under(world, 'county') }, world.officer);
    const change = (status: 'admitted' | 'suspended' | 'withdrawn', bureau: 'city' | 'county' = 'county') =>
      codeOf(changeCourseAdmission({ ...under(world, bureau), courseId: course.courseId, status, reason: '年检未通过' }, world.officer));
    expect(await change('suspended', 'city')).toBe('request.not_found');
    expect(await change('suspended')).toBe('done');
    expect(await change('suspended')).toBe('done');
    expect(await change('admitted')).toBe('done');
    expect(await change('withdrawn')).toBe('done');
    expect(await change('admitted')).toBe('library.withdrawn');
  });

  it('holds on its last day and not on the next', () => {
    const admission = { status: 'admitted' as const, validUntil: day('2026-12-31') };
    expect([isUsable(admission, day('2026-12-31')), isUsable(admission, day('2027-01-01'))]).toEqual([true, false]);
    expect(isUsable({ ...admission, status: 'suspended' }, day('2026-12-31'))).toBe(false);
  });
});

describe("a school's library", () => {
  it('is picked from what the bureaus above it have admitted, and from nothing else', async () => {
    const { world, admitCourse, pickCourse, listCourses, schoolId, head } = await start();
    const [ofCity, ofCounty] = [aCourse({ name: '合唱', kind: 'music' }), aCourse()];
    await admitCourse({ ...ofCity, ...under(world, 'city') }, world.officer);
    await admitCourse({ ...ofCounty, ...under(world, 'county') }, world.officer);
    await pickCourse({ schoolId, courseId: ofCounty.courseId }, head);
    await pickCourse({ schoolId, courseId: ofCounty.courseId }, head);
    const list = async (changes: object = {}) =>
      (await listCourses({ schoolId, limit: 50, ...changes }, head)).items.map(({ name, picked }) => [name, picked]);
    expect(await list()).toEqual([
      ['创意机器人', true],
      ['合唱', false],
    ]);
    expect(await list({ kind: 'music' })).toEqual([['合唱', false]]);
    expect(await list({ pickedOnly: true })).toEqual([['创意机器人', true]]);
    expect(await list({ pickedOnly: true, kind: 'music' })).toEqual([]);

    const cityOwn = world.schools[2];
    expect(await codeOf(pickCourse({ schoolId: cityOwn.schoolId, courseId: ofCounty.courseId }, cityOwn.head))).toBe('request.not_found');
    expect((await listCourses({ schoolId: cityOwn.schoolId, limit: 50 }, cityOwn.head)).items.map(({ name }) => name)).toEqual(['合唱']);
  });

  it('pages over the libraries of all bureaus without losing or repeating a course', async () => {
    const { world, admitCourse, listCourses, schoolId, head } = await start();
    for (const bureau of ['county', 'city', 'county', 'city', 'county'] as const) {
      await admitCourse({ ...aCourse(), ...under(world, bureau) }, world.officer);
    }
    for (const limit of [1, 2, 3, 5, 50]) {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await listCourses({ schoolId, limit, cursor }, head);
        seen.push(...page.items.map(({ courseId }) => courseId));
        cursor = page.cursor;
      } while (cursor);
      expect([seen.length, new Set(seen).size]).toEqual([5, 5]);
    }
    for (const cursor of ['x', '0.!!', '0.e30'])
      expect(await codeOf(listCourses({ schoolId, limit: 5, cursor }, head))).toBe('request.invalid');
  });

  it('takes nothing that is suspended or over', async () => {
    const { world, admitCourse, changeCourseAdmission, pickCourse, schoolId, head } = await start();
    const course = aCourse();
    await admitCourse({ ...course, ...under(world, 'city') }, world.officer);
    const pick = () => codeOf(pickCourse({ schoolId, courseId: course.courseId }, head));
    const change = (status: 'admitted' | 'suspended') =>
      changeCourseAdmission({ ...under(world, 'city'), courseId: course.courseId, status, reason: '核查' }, world.officer);
    await change('suspended');
    expect(await pick()).toBe('library.not_usable');
    await change('admitted');
    world.clock.set('2027-07-31T16:00:00.000Z' as never);
    expect(await pick()).toBe('library.not_usable');
    world.clock.set('2027-07-31T15:59:00.000Z' as never);
    expect(await pick()).toBe('done');
  });

  it("gives a picked instructor the teacher's role there, on the audit trail, and knows the person by their number", async () => {
    const { world, area, admitInstructor, pickInstructor, schoolId, head } = await start();
    const following = new Following(world.table, area.followers ?? []);
    const instructor = anInstructor();
    await admitInstructor({ ...instructor, ...under(world, 'county') }, world.officer);
    expect(await pickInstructor({ schoolId, instructorId: instructor.instructorId }, head)).toMatchObject({
      picked: true,
      phone: '138****5678',
    });
    const promise = await world.table.get(keys.phoneRole('13812345678', schoolId, 'teacher'), z.object({ name: z.string() }));
    expect(promise).toEqual({ name: '陈思远' });
    const trail = await world.table.queryAll({ ...keys.auditOf(schoolId, '2026-08' as never), most: 9 }, z.object({ action: z.string() }));
    expect(trail).toEqual([{ action: 'identity.role-granted' }]);

    const [first, second] = [newId('person'), newId('person')];
    const holds = (personId: string) =>
      world.table.write([put(keys.phone(instructor.phone), { personId, phone: instructor.phone, verifiedAt: world.clock.now() })]);
    await following.settle(2);
    await holds(first);
    await following.settle(2);
    expect(await instructorOfPerson(world.table, first)).toBe(instructor.instructorId);
    await holds(second);
    await following.settle(2);
    expect(await instructorOfPerson(world.table, first)).toBeUndefined();
    expect(await instructorOfPerson(world.table, second)).toBe(instructor.instructorId);
  });
});
