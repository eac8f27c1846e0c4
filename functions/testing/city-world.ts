/** A small city for tests: a city bureau, a county under it with two schools, and a school of the city's own, in the autumn of 2026. */
import { fen } from '@kehou/shared/kernel/fen';
import { type Id, newId } from '@kehou/shared/kernel/id';
import type { Actor } from '@kehou/shared/kernel/route';
import type { ChinaDate, Instant } from '@kehou/shared/kernel/time';
import type { Organisation } from '@kehou/shared/organisation/organisation';
import { Room, Term } from '@kehou/shared/school/school';
import { classesInFrame } from '../src/offering/classes-in-frame.ts';
import { createOrganisationWrites } from '../src/organisation/organisation.repository.ts';
import type { Table } from '../src/platform/table.ts';
import { school as schoolArea } from '../src/school/index.ts';
import { nationalYear } from '../src/school/national-calendar.ts';
import { type SettableClock, settableClock } from './selection-world.ts';

/** Before the term begins. */
export const AUGUST = '2026-08-24T01:00:00.000Z' as Instant;
export const day = (date: string) => date as ChinaDate;

export interface CityWorld {
  readonly table: Table;
  readonly clock: SettableClock;
  readonly city: Organisation;
  readonly county: Organisation;
  /** Two of the county and one of the city. */
  readonly schools: readonly [CitySchool, CitySchool, CitySchool];
  readonly officer: Actor;
}
export interface CitySchool {
  readonly organisation: Organisation;
  readonly schoolId: Id<'organisation'>;
  readonly term: Term;
  readonly rooms: readonly [Room, Room];
  readonly head: Actor;
}

/** The school area with the classes that stand in its frame, as the entry point puts the two together. */
export function schoolOf(deps: Pick<CityWorld, 'table' | 'clock'>) {
  return schoolArea(deps, classesInFrame(deps));
}

function actorIn(organisationId: string, role: 'school' | 'bureau'): Actor {
  return {
    personId: newId('person'),
    memberships: [{ organisationId, role }],
    children: [],
    requestId: `test-${organisationId.slice(-6)}`,
  };
}

export async function cityWorld(table: Table): Promise<CityWorld> {
  const clock = settableClock(AUGUST);
  const area = schoolOf({ table, clock }).useCases;
  const city: Organisation = { organisationId: newId('organisation'), kind: 'city-bureau', name: '南昌市教育局', ancestorIds: [] };
  const county: Organisation = {
    organisationId: newId('organisation'),
    kind: 'county-bureau',
    name: '青山湖区教体局',
    parentId: city.organisationId,
    ancestorIds: [city.organisationId],
  };
  await table.write(createOrganisationWrites(city));
  await table.write(createOrganisationWrites(county));
  const officer = actorIn(city.organisationId, 'bureau');
  const national = nationalYear(2026);
  if (!national) throw new Error('2026 is published');
  await area.putCalendarYear({ ...national, bureauId: city.organisationId }, officer);
  await area.putCalendarYear(
    {
      bureauId: city.organisationId,
      year: 2027,
      days: [{ date: day('2027-01-01'), kind: 'off', name: '元旦' }],
      source: '市教育局',
    },
    officer,
  );
  await area.recordScale(
    {
      bureauId: city.organisationId,
      scaleId: newId('scale'),
      document: '洪教发〔2026〕8 号',
      validFrom: day('2026-01-01'),
      feePerSessionFenMax: fen(3000),
      ownTeacherPayFenMax: fen(8000),
      outsideInstructorPayFenMax: fen(15000),
    },
    officer,
  );
  const made = async (name: string, bureau: Organisation): Promise<CitySchool> => {
    const organisation: Organisation = {
      organisationId: newId('organisation'),
      kind: 'school',
      name,
      parentId: bureau.organisationId,
      ancestorIds: [...bureau.ancestorIds, bureau.organisationId],
      area: 'urban',
      stage: 'primary',
    };
    const schoolId = organisation.organisationId;
    await table.write(createOrganisationWrites(organisation));
    const head = actorIn(schoolId, 'school');
    const asked = Term.parse({
      termId: newId('term'),
      name: '2026 年秋季学期',
      firstDay: '2026-09-01',
      lastDay: '2027-01-22',
      serviceFirstDay: '2026-09-07',
      serviceLastDay: '2027-01-15',
    });
    const term = Term.parse(await area.putTerm({ schoolId, ...asked }, head));
    const rooms = ['科学教室', '舞蹈房'].map((roomName) => Room.parse({ roomId: newId('room'), name: roomName, capacity: 40 }));
    for (const room of rooms) await area.putRoom({ schoolId, ...room }, head);
    return { organisation, schoolId, term, rooms: rooms as [Room, Room], head };
  };
  const schools = [await made('湖坊小学', county), await made('塘山小学', county), await made('市实验小学', city)] as const;
  return { table, clock, city, county, schools: [...schools], officer };
}
