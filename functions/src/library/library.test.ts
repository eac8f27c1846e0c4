import { DomainError } from '@kehou/shared/kernel/errors';
import { newId } from '@kehou/shared/kernel/id';
import { type CourseInput, type InstructorInput, isUsable } from '@kehou/shared/library/library';
import * as z from 'zod';
import { type CityWorld, cityWorld, day } from '../../testing/city-world.ts';
import { testTable } from '../../testing/engine.ts';
import { Following } from '../../testing/following.ts';
import { promiseRoleWrites } from '../identity/role.repository.ts';
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

describe('a renewal', () => {
  const KEPT = { document: '洪教课后〔2027〕9 号', decidedOn: day('2027-07-01'), validUntil: day('2029-07-31') };

  async function expired() {
    const begun = await start();
    const [course, instructor] = [aCourse(), anInstructor()];
    await begun.admitCourse({ ...course, ...under(begun.world, 'county') }, begun.world.officer);
    await begun.admitInstructor({ ...instructor, ...under(begun.world, 'county') }, begun.world.officer);
    begun.world.clock.set('2027-08-01T01:00:00.000Z' as never);
    const renew = (admission: object = {}, bureau: 'city' | 'county' = 'county') =>
      begun.renewCourse(
        { ...under(begun.world, bureau), courseId: course.courseId, admission: decision({ ...KEPT, ...admission }) },
        begun.world.officer,
      );
    return { ...begun, course, instructor, renew };
  }

  it('opens what was over again, is due anew, and keeps the decision before it on the audit trail', async () => {
    const { world, course, instructor, renew, renewInstructor, pickCourse, schoolId, head } = await expired();
    expect(await codeOf(pickCourse({ schoolId, courseId: course.courseId }, head))).toBe('library.not_usable');
    const renewed = await renew();
    expect(renewed.admission).toMatchObject({ ...KEPT, status: 'admitted', bureauId: world.county.organisationId });
    expect(await codeOf(pickCourse({ schoolId, courseId: course.courseId }, head))).toBe('done');
    const due = await world.table.mustGet(keys.course(course.courseId), z.object({ GSI2SK: z.string() }));
    expect(due.GSI2SK).toBe(`2029-07-31T16:00:00.000Z#${course.courseId}`);
    await renewInstructor({ ...under(world, 'county'), instructorId: instructor.instructorId, admission: decision(KEPT) }, world.officer);
    const trail = await world.table.queryAll(
      { ...keys.auditOf(world.county.organisationId, '2027-08' as never), most: 9 },
      z.object({ action: z.string(), details: z.record(z.string(), z.unknown()) }),
    );
    expect(trail.map(({ action }) => action)).toEqual(['library.course-renewed', 'library.instructor-renewed']);
    expect(trail[0]?.details).toMatchObject({
      document: KEPT.document,
      before: { admissionId: course.admission.admissionId, document: course.admission.document, validUntil: '2027-07-31' },
    });
  });

  it('sent again is one decision, also after the next one, and another under its id is refused', async () => {
    const { renew } = await expired();
    const [first, second] = [newId('admission'), newId('admission')];
    const renewed = await renew({ admissionId: first });
    expect(await renew({ admissionId: first })).toEqual(renewed);
    expect(await codeOf(renew({ admissionId: first, document: '别的文号〔2027〕1 号' }))).toBe('request.id_reused');
    const next = await renew({ admissionId: second, validUntil: day('2030-07-31') });
    expect(await renew({ admissionId: first })).toEqual(next);
    expect(next.admission.validUntil).toBe('2030-07-31');
  });

  it('is the deciding bureau’s, of a decision that is made and not over, lifts no suspension and undoes no withdrawal', async () => {
    const { world, course, renew, changeCourseAdmission } = await expired();
    const change = (status: 'suspended' | 'withdrawn') =>
      changeCourseAdmission({ ...under(world, 'county'), courseId: course.courseId, status, reason: '核查' }, world.officer);
    expect(await codeOf(renew({}, 'city'))).toBe('request.not_found');
    expect(await codeOf(renew({ decidedOn: day('2027-08-02') }))).toBe('library.wrong_dates');
    expect(await codeOf(renew({ validUntil: day('2027-07-31') }))).toBe('library.over_already');
    await change('suspended');
    expect((await renew()).admission).toMatchObject({ status: 'suspended', validUntil: KEPT.validUntil });
    await change('withdrawn');
    expect(await codeOf(renew())).toBe('library.withdrawn');
  });
});

describe('a correction', () => {
  const OLD = '13812345678';
  const NEW = '13987654321';

  async function admitted() {
    const begun = await start();
    const { world } = begun;
    const instructor = anInstructor();
    await begun.admitInstructor({ ...instructor, ...under(world, 'county') }, world.officer);
    const { instructorId } = instructor;
    const correct = (changes: object, bureau: 'city' | 'county' = 'county') =>
      begun.correctInstructor({ ...under(world, bureau), instructorId, reason: '登记有误', ...changes }, world.officer);
    const trail = (organisationId: string) =>
      world.table.queryAll(
        { ...keys.auditOf(organisationId, '2026-08' as never), most: 20 },
        z.object({ action: z.string(), details: z.record(z.string(), z.unknown()) }),
      );
    return { ...begun, instructor, instructorId, correct, trail };
  }

  it('replaces the account, shows its end only, and is told without the number; again it changes nothing', async () => {
    const { world, correct, trail } = await admitted();
    const account = { holder: '陈思远', bank: '工商银行', number: '6222029999990001' };
    expect(await codeOf(correct({ account }, 'city'))).toBe('request.not_found');
    expect(await correct({ account })).toMatchObject({ accountEnding: '0001', name: '陈思远', phone: '138****5678' });
    await correct({ account });
    const corrections = (await trail(world.county.organisationId)).filter(({ action }) => action === 'library.instructor-corrected');
    expect(corrections.map(({ details }) => details)).toEqual([
      {
        changed: ['account'],
        reason: '登记有误',
        before: { phone: '138****5678', accountEnding: '7890' },
        after: { phone: '138****5678', accountEnding: '0001' },
      },
    ]);
    expect(JSON.stringify(corrections)).not.toContain('62220');
  });

  it('moves the number’s claim: the old one is free, the new one taken, and another’s stays theirs', async () => {
    const { world, correct, instructorId, admitInstructor } = await admitted();
    const other = anInstructor({ phone: '13700000001' });
    await admitInstructor({ ...other, ...under(world, 'city') }, world.officer);
    expect(await codeOf(correct({ phone: other.phone }))).toBe('library.phone_taken');
    expect(await correct({ phone: NEW })).toMatchObject({ phone: '139****4321' });
    const admit = (phone: string) => codeOf(admitInstructor({ ...anInstructor({ phone }), ...under(world, 'city') }, world.officer));
    expect([await admit(NEW), await admit(OLD)]).toEqual(['library.phone_taken', 'done']);
    expect(await world.table.get(keys.instructorPhone(NEW), z.unknown())).toMatchObject({ instructorId });
  });

  it('takes the person and the teacher’s role along to the new number, and away from the old one', async () => {
    const { world, area, correct, instructorId, pickInstructor, schoolId, head, trail } = await admitted();
    await pickInstructor({ schoolId, instructorId }, head);
    const [stranger, teacher] = [newId('person'), newId('person')];
    for (const [phone, personId] of [
      [OLD, stranger],
      [NEW, teacher],
    ] as const) {
      await world.table.write([put(keys.phone(phone), { personId, phone, verifiedAt: world.clock.now() })]);
    }
    const following = new Following(world.table, area.followers ?? []);
    await following.settle();
    expect(await instructorOfPerson(world.table, stranger)).toBe(instructorId);
    await correct({ phone: NEW, name: '陈思源' });
    await following.settle(2);
    expect(await instructorOfPerson(world.table, stranger)).toBeUndefined();
    expect(await instructorOfPerson(world.table, teacher)).toBe(instructorId);
    const promised = (phone: string) => world.table.get(keys.phoneRole(phone, schoolId, 'teacher'), z.object({ name: z.string() }));
    expect([await promised(OLD), await promised(NEW)]).toEqual([undefined, { name: '陈思源' }]);
    const roles = (await trail(schoolId)).map(({ action }) => action).filter((action) => action.startsWith('identity.'));
    expect(roles.sort()).toEqual(['identity.role-granted', 'identity.role-granted', 'identity.role-revoked']);
  });

  it('leaves the old number what the school itself has given it under another name', async () => {
    const { world, area, correct, instructorId, pickInstructor, schoolId, head } = await admitted();
    const following = new Following(world.table, area.followers ?? []);
    await pickInstructor({ schoolId, instructorId }, head);
    await world.table.write(
      promiseRoleWrites({ phone: OLD, organisationId: schoolId, organisationName: '学校', role: 'teacher', name: '万老师' }),
    );
    await correct({ phone: NEW });
    await following.settle(2);
    expect(await world.table.get(keys.phoneRole(OLD, schoolId, 'teacher'), z.unknown())).toMatchObject({ name: '万老师' });
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
    // Beside the term and the rooms that the school was given.
    expect(trail.filter(({ action }) => !action.startsWith('school.'))).toEqual([{ action: 'identity.role-granted' }]);

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
