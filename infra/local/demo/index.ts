/**
 * The demo city, made as a real one would be: through the product's own API and imports, by people who have signed in.
 * Only the city bureau and its first officer are bootstrapped, as a deployment does it. Every step may be run again: ids
 * follow from names, and what is there is left as it is; so a seeding that was broken off goes on where it was.
 */
import { bootstrapCity } from '@kehou/functions/identity/bootstrap-city';
import type { Clock } from '@kehou/functions/platform/clock';
import type { Platform } from '@kehou/functions/platform/platform';
import { fen } from '@kehou/shared/kernel/fen';
import { addDays, addMinutes, type ChinaDate, chinaDate, chinaInstant, type Instant, ms, type TimeOfDay } from '@kehou/shared/kernel/time';
import type { DemoPerson, DemoPlace } from '../control.ts';
import type { WeChatSimulator } from '../wechat/index.ts';
import { accountOf, NEWCOMER_OF, officers, operatorStaff, outsider, parents, schoolStaff, teachers } from './accounts.ts';
import { type Api, type Caller, Callers, found, inLanes } from './caller.ts';
import { city, counties, type DemoBureau, type DemoSchool, demoId, operator, rooms, scales, schools, term, year2027 } from './city.ts';
import { type AdmittedCourse, admittedCourses, classesOf, type DemoClass, isOpenTo } from './classes.ts';
import { type DemoInstructor, instructors, pupilsOf } from './people.ts';
import { pupilRoster, type RosterFile, staffRoster } from './roster-files.ts';

export { demoStart } from './city.ts';

export interface SeedOptions {
  readonly baseUrl: string;
  readonly simulator: Pick<WeChatSimulator, 'control'>;
  readonly clock: Clock;
  readonly platform: Pick<Platform, 'table' | 'clock' | 'log'>;
  readonly progress: (line: string) => void;
  /** A smaller city, for tests: the first so many schools, with so many pupils each. */
  readonly size?: { readonly schools: number; readonly pupilsEach: number };
}

export interface SeededDemo {
  readonly people: readonly DemoPerson[];
  readonly places: readonly DemoPlace[];
}

const LANES = 6;
const DAY = (date: string) => date as ChinaDate;
const WINDOW_NAME = '2026 年秋季课后服务选课';
/** From now to the opening of the first window, at least. Minutes. */
const OPENING_MINUTES_MIN = 5;
/** How long a place from the waiting list is kept. */
const OFFER_MINUTES = 120;

/** Fills the city and answers who can sign in and where the schools are. */
export async function seedDemo(options: SeedOptions): Promise<SeededDemo> {
  const { progress, size } = options;
  const wanted = schools.slice(0, size?.schools);
  const pupils = pupilsOf(wanted, size?.pupilsEach);
  const classes = classesOf(wanted);
  const callers = new Callers(options.baseUrl, options.simulator);

  progress('示范城市：建立教育局、学校和运营方');
  const officer = await makeCity(options, callers, wanted);
  const countyOfficers = await Promise.all(
    counties.map(
      async (county) =>
        [county, await callers.withRole(accountOf(county.officer), 'bureau', county.organisationId, async () => officer)] as const,
    ),
  );
  const officerOf = new Map<DemoBureau, Caller>([[city, officer], ...countyOfficers]);
  const heads = new Map<DemoSchool, Caller>();
  await inLanes(wanted, LANES, async (school) => {
    heads.set(school, await callers.withRole(accountOf(school.head), 'school', school.organisationId, async () => officer));
  });
  for (const one of operator.staff) await callers.withRole(accountOf(one), 'operator', operator.organisationId, async () => officer);

  progress('示范城市：登记收费标准、校历、课程和教师');
  await publishRules(officerOf);
  await admit(officerOf, progress);

  let done = 0;
  await inLanes(wanted, 2, async (school) => {
    const head = heads.get(school) as Caller;
    const own = pupils.filter((pupil) => pupil.school === school);
    await furnish(head.api, school);
    await importRosters(head.api, school, {
      pupils: await pupilRoster(school, own),
      staff: await staffRoster(
        school,
        instructors.filter((one) => one.school === school),
      ),
    });
    done += 1;
    progress(`示范城市：导入名册 ${done}/${wanted.length}（${school.name}，${own.length} 名学生）`);
  });

  // One school after another: instructors from outside teach at several.
  for (const [index, school] of wanted.entries()) {
    progress(`示范城市：选课程、排班 ${index + 1}/${wanted.length}（${school.name}）`);
    const head = heads.get(school) as Caller;
    await offerClasses(
      head.api,
      school,
      classes.filter((each) => each.school === school),
    );
  }

  progress('示范城市：教师和家长登录');
  const people = [...officers(), ...schoolStaff(wanted), ...operatorStaff(), ...teachers(classes), ...parents(pupils), ...outsider(pupils)];
  await inLanes(people, LANES, async (one) => {
    // Two stay outside, to be let in by hand.
    if (one.note?.includes(NEWCOMER_OF) || one.note?.startsWith('手机不在名册上')) callers.stranger(one);
    else await callers.as(one);
  });

  progress('示范城市：公布选课');
  await openWindows(options.clock, heads, classes);
  const gates = wanted.map(({ name, gate }) => ({ name: `${name}门口`, ...gate }));
  return { people, places: [...gates, { name: '云江家园（不在学校）', latitude: 28.65011, longitude: 115.84277 }] };
}

async function makeCity(options: SeedOptions, callers: Callers, wanted: readonly DemoSchool[]): Promise<Caller> {
  const account = accountOf(city.officer);
  const known = await callers.as(account);
  if (!known.me().roles.some(({ role, organisationId }) => role === 'bureau' && organisationId === city.organisationId)) {
    await bootstrapCity(options.platform, { organisationId: city.organisationId, name: city.name, officer: city.officer });
    await known.renew();
  }
  const { organisation } = known.api;
  for (const { organisationId, name } of counties) {
    await organisation.createOrganisation({ parentId: city.organisationId, organisationId, kind: 'county-bureau', name });
  }
  await organisation.createOperator({ bureauId: city.organisationId, organisationId: operator.organisationId, name: operator.name });
  await inLanes(wanted, LANES, (school) =>
    organisation.createOrganisation({
      parentId: school.bureau.organisationId,
      organisationId: school.organisationId,
      kind: 'school',
      name: school.name,
      area: school.area,
      stage: school.stage,
      fence: { ...school.gate, radiusMetres: 200 },
      operatorId: operator.organisationId,
    }),
  );
  return known;
}

async function publishRules(officerOf: ReadonlyMap<DemoBureau, Caller>): Promise<void> {
  const { api } = officerOf.get(city) as Caller;
  const bureauId = city.organisationId;
  const national = await api.school.proposeCalendarYear({ bureauId, year: 2026 });
  await api.school.putCalendarYear({ bureauId, ...national });
  await api.school.putCalendarYear({ bureauId, ...year2027 });
  for (const { bureau, document, feeFen, ownPayFen, outsidePayFen } of scales) {
    await (officerOf.get(bureau) as Caller).api.school.recordScale({
      bureauId: bureau.organisationId,
      scaleId: demoId('scale', bureau.name),
      document,
      validFrom: DAY('2026-07-01'),
      feePerSessionFenMax: fen(feeFen),
      ownTeacherPayFenMax: fen(ownPayFen),
      outsideInstructorPayFenMax: fen(outsidePayFen),
    });
  }
}

async function admit(officerOf: ReadonlyMap<DemoBureau, Caller>, progress: SeedOptions['progress']): Promise<void> {
  const decision = (kind: string, id: string) => ({
    admissionId: demoId('admission', id),
    document: `云课后准入〔2026〕${kind === 'course' ? 6 : 7} 号`,
    decidedOn: DAY('2026-08-20'),
    validUntil: DAY('2027-08-31'),
  });
  await inLanes(admittedCourses, LANES, ({ bureau, courseId, pack: _, ...course }) =>
    (officerOf.get(bureau) as Caller).api.library.admitCourse({
      bureauId: bureau.organisationId,
      courseId,
      ...course,
      lessonMinutes: 50,
      admission: decision('course', courseId),
    }),
  );
  progress(`示范城市：已登记 ${admittedCourses.length} 门课程`);
  await inLanes(instructors, LANES, (instructor) => {
    const bureau = instructor.school?.bureau ?? city;
    const instructorId = instructorIdOf(instructor);
    return (officerOf.get(bureau) as Caller).api.library.admitInstructor({
      bureauId: bureau.organisationId,
      instructorId,
      name: instructor.name,
      kind: instructor.school ? 'own' : 'outside',
      ...(instructor.institution ? { institutionName: instructor.institution } : {}),
      courseKinds: [...instructor.courseKinds],
      introduction: instructor.school ? `${instructor.school.name}教师` : `${instructor.institution}外聘教师`,
      phone: instructor.phone,
      account: {
        holder: instructor.name,
        bank: instructor.index % 2 ? '云江农商银行' : '中国工商银行云江分行',
        number: `62220${String(20_260_000_000 + instructor.index)}`,
      },
      admission: decision('instructor', instructorId),
    });
  });
  progress(`示范城市：已登记 ${instructors.length} 名教师`);
}

function instructorIdOf(instructor: DemoInstructor) {
  return demoId('instructor', instructor.phone);
}

const termIdOf = (school: DemoSchool) => demoId('term', school.name, term.name);
const roomIdOf = (school: DemoSchool, index: number) => demoId('room', school.name, index);

async function furnish(api: Api, school: DemoSchool): Promise<void> {
  const schoolId = school.organisationId;
  await api.school.putTerm({ schoolId, termId: termIdOf(school), ...term });
  for (const [index, [name, capacity]] of rooms.entries()) {
    await api.school.putRoom({ schoolId, roomId: roomIdOf(school, index), name, capacity });
  }
}

async function importRosters(
  api: Api,
  school: DemoSchool,
  files: { readonly pupils: RosterFile; readonly staff: RosterFile },
): Promise<void> {
  const schoolId = school.organisationId;
  for (const kind of ['staff', 'pupils'] as const) {
    const rosterImportId = demoId('rosterImport', school.name, kind);
    const known = await found(api.school.getRosterImport({ schoolId, rosterImportId }));
    if (known?.status === 'done') continue;
    // One that was broken off goes on with the very same file.
    const imported = await api.school.importRoster({ schoolId, rosterImportId, kind, ...files[kind] });
    if (imported.status !== 'done') throw new Error(`${files[kind].filename}: ${JSON.stringify(imported.problems.slice(0, 3))}`);
  }
}

async function offerClasses(api: Api, school: DemoSchool, classes: readonly DemoClass[]): Promise<void> {
  const schoolId = school.organisationId;
  const picked = new Set([
    ...classes.map(({ course }) => course),
    ...admittedCourses.filter((course) => isOpenTo(school, course.bureau)).slice(0, 12),
  ]);
  const teaching = new Set([...classes.map(({ instructor }) => instructor), ...instructors.filter((one) => one.school === school)]);
  await inLanes([...picked], LANES, ({ courseId }: AdmittedCourse) => api.library.pickCourse({ schoolId, courseId }));
  await inLanes([...teaching], LANES, (instructor) => api.library.pickInstructor({ schoolId, instructorId: instructorIdOf(instructor) }));
  await inLanes(classes, LANES, ({ course, instructor, roomIndex, slots, grades, ...each }) =>
    api.offering.createOffering({
      schoolId,
      offeringId: each.offeringId,
      termId: termIdOf(school),
      courseId: course.courseId,
      instructorId: instructorIdOf(instructor),
      roomId: roomIdOf(school, roomIndex),
      slots: [...slots],
      capacity: each.capacity,
      smallestSize: each.smallestSize,
      grades: [...grades],
      feePerSessionFen: fen(each.feePerSessionFen),
      payPerSessionFen: fen(each.payPerSessionFen),
      ...(course.pack
        ? { materialPack: { name: course.pack.name, priceFen: fen(course.pack.yuan * 100), description: '自愿购买，可自备' } }
        : {}),
    }),
  );
}

/** The first school's window is published and opens at the next 20:00; the second's is ready to be published by hand. */
async function openWindows(clock: Clock, heads: ReadonlyMap<DemoSchool, Caller>, classes: readonly DemoClass[]): Promise<void> {
  for (const [school, { api }] of heads) {
    if (school.index > 1) continue;
    const schoolId = school.organisationId;
    const windowId = demoId('window', school.name, WINDOW_NAME);
    const known = (await api.selection.listWindows({ schoolId, limit: 50 })).items.find((window) => window.windowId === windowId);
    const opensAt = eveningAfter(clock.now(), school.index);
    if (!known) {
      await api.selection.createWindow({
        schoolId,
        windowId,
        termId: termIdOf(school),
        name: WINDOW_NAME,
        opensAt,
        closesAt: addMinutes(opensAt, 2 * 24 * 60),
        offeringIds: classes.filter((each) => each.school === school).map(({ offeringId }) => offeringId),
        note: '先到先得，占座后 15 分钟内付款。两位家长都可以选，材料包自愿购买。',
        waitingList: { offerMinutes: OFFER_MINUTES },
      });
    }
    if (school.index === 0 && (!known || known.status === 'draft')) await api.selection.publishWindow({ schoolId, windowId });
  }
}

/** The next 20:00 in China that is not too near, or so many days after it. */
function eveningAfter(now: Instant, days: number): Instant {
  const evening = (date: ChinaDate) => chinaInstant(date, '20:00' as TimeOfDay);
  const today = chinaDate(now);
  const first = ms(evening(today)) >= ms(addMinutes(now, OPENING_MINUTES_MIN)) ? today : addDays(today, 1);
  return evening(addDays(first, days));
}
