import { readRosterFile } from '@kehou/functions/school/roster-file';
import { readPupilRoster, readStaffRoster } from '@kehou/shared/school/roster';
import { schools } from './city.ts';
import { admittedCourses, classesOf, isOpenTo } from './classes.ts';
import { instructors, pupilsOf } from './people.ts';
import { pupilRoster, staffRoster } from './roster-files.ts';

const pupils = pupilsOf();
const classes = classesOf();

test('the city has its eight schools, 3,200 pupils, 160 instructors of which 40 from outside, and 60 courses in eight kinds', () => {
  expect(schools.map(({ bureau }) => bureau.name).sort()).toEqual([
    '云江市教育局',
    ...Array.from({ length: 3 }, () => '石溪县教育局'),
    ...Array.from({ length: 4 }, () => '青湖区教育体育局'),
  ]);
  expect(schools.filter(({ area }) => area === 'rural')).toHaveLength(2);
  expect(pupils).toHaveLength(3200);
  expect(new Set(pupils.map(({ pupilNumber }) => pupilNumber)).size).toBe(3200);
  expect([instructors.length, instructors.filter(({ school }) => !school).length]).toEqual([160, 40]);
  expect([admittedCourses.length, new Set(admittedCourses.map(({ kind }) => kind)).size]).toEqual([60, 8]);
  expect(new Set(admittedCourses.map(({ courseId }) => courseId)).size).toBe(60);
});

test('some families have two children and some children two guardians, and no phone number has two names', () => {
  const names = new Map<string, Set<string>>();
  const children = new Map<string, number>();
  for (const { guardians } of pupils) {
    for (const { phone, name } of guardians) {
      names.set(phone, (names.get(phone) ?? new Set()).add(name));
      children.set(phone, (children.get(phone) ?? 0) + 1);
    }
  }
  for (const { phone, name } of instructors) names.set(phone, (names.get(phone) ?? new Set()).add(name));
  expect([...names.values()].every((each) => each.size === 1)).toBe(true);
  expect([...children.values()].filter((count) => count === 2).length).toBeGreaterThan(300);
  expect(Math.max(...children.values())).toBe(2);
  expect(pupils.filter(({ guardians }) => guardians.length === 2).length).toBeGreaterThan(1000);
});

test('each school has ten classes or more from its own library, and nobody and no room is in two places at once', () => {
  for (const school of schools) expect(classes.filter((each) => each.school === school).length).toBeGreaterThanOrEqual(10);
  const taken = classes.flatMap((each) =>
    each.slots.flatMap(({ weekday, period }) => [
      `${each.instructor.phone} ${weekday} ${period}`,
      `${each.school.name} ${each.roomIndex} ${weekday} ${period}`,
    ]),
  );
  expect(new Set(taken).size).toBe(taken.length);
  for (const { school, course, instructor, grades, capacity, smallestSize } of classes) {
    expect(isOpenTo(school, course.bureau)).toBe(true);
    expect(instructor.school === undefined || instructor.school === school).toBe(true);
    expect(instructor.courseKinds).toContain(course.kind);
    expect(grades.length).toBeGreaterThan(0);
    expect(grades.every((grade) => grade >= school.grades[0] && grade <= school.grades[1])).toBe(true);
    expect(smallestSize).toBeLessThanOrEqual(capacity);
  }
});

test('it is the very same city every time', () => {
  expect(pupilsOf()).toEqual(pupils);
  expect(classesOf()).toEqual(classes);
});

test('every roster reads without a bad row, and the same roster is the same file', async () => {
  for (const school of schools.slice(0, 2)) {
    const own = pupils.filter((pupil) => pupil.school === school);
    const file = await pupilRoster(school, own);
    expect(await pupilRoster(school, own)).toEqual(file);
    const roster = readPupilRoster(await readRosterFile(Buffer.from(file.contentBase64, 'base64')), school.stage);
    expect(roster.problems).toEqual([]);
    expect(roster.lines).toHaveLength(400);
    const staff = await staffRoster(
      school,
      instructors.filter((one) => one.school === school),
    );
    expect(readStaffRoster(await readRosterFile(Buffer.from(staff.contentBase64, 'base64')))).toMatchObject({
      problems: [],
      lines: { length: 16 },
    });
  }
});
