import { DomainError } from '@kehou/shared/kernel/errors';
import { fen } from '@kehou/shared/kernel/fen';
import { newId } from '@kehou/shared/kernel/id';
import { defaultSettings } from '@kehou/shared/school/settings';
import * as z from 'zod';
import { type CityWorld, cityWorld, day, schoolOf } from '../../testing/city-world.ts';
import { testTable } from '../../testing/engine.ts';
import { atEveryCrash } from '../../testing/faults.ts';
import { Following } from '../../testing/following.ts';
import { keys } from '../platform/keys.ts';
import { put } from '../platform/table.ts';
import { Redating } from './redating.ts';
import { settingsWrite } from './settings.repository.ts';

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof DomainError) return error.code;
    throw error;
  }
  return 'done';
}

async function start() {
  const world = await cityWorld(await testTable());
  const area = schoolOf({ table: world.table, clock: world.clock });
  return { world, area, ...area.useCases, ...world.schools[0] };
}

function isRedating(world: CityWorld, index: number) {
  const { schoolId } = world.schools[index] ?? world.schools[0];
  return world.table.get(keys.redating(schoolId), Redating).then((redating) => redating !== undefined);
}

describe('terms', () => {
  const spring = {
    name: '2027 年春季学期',
    firstDay: day('2027-02-22'),
    lastDay: day('2027-07-02'),
    serviceFirstDay: day('2027-03-01'),
    serviceLastDay: day('2027-06-25'),
  };

  it('do not overlap, last 200 days at most and hold their service period', async () => {
    const { putTerm, listTerms, schoolId, term, head } = await start();
    const termId = newId('term');
    const put = (changes: Partial<typeof spring>) => codeOf(putTerm({ schoolId, termId, version: 0, ...spring, ...changes }, head));
    expect(await put({ firstDay: day('2027-01-22') })).toBe('term.overlaps');
    expect(await put({ lastDay: day('2027-09-30') })).toBe('term.wrong_days');
    expect(await put({ serviceFirstDay: day('2027-02-21') })).toBe('term.wrong_days');
    expect(await put({})).toBe('done');
    expect(await put({})).toBe('done');
    const { items } = await listTerms({ schoolId }, head);
    expect(items.map(({ name }) => name)).toEqual([spring.name, term.name]);
  });

  it('are refused in a year whose calendar nobody has published', async () => {
    const { putTerm, schoolId, head } = await start();
    const next = {
      ...spring,
      firstDay: day('2027-09-01'),
      lastDay: day('2028-01-21'),
      serviceFirstDay: day('2027-09-06'),
      serviceLastDay: day('2028-01-14'),
    };
    expect(await codeOf(putTerm({ schoolId, termId: newId('term'), version: 0, ...next }, head))).toBe('calendar.year_unpublished');
  });

  it('are not written over by somebody who has read an older version, and the same again is no change', async () => {
    const { putTerm, listTerms, schoolId, term, head } = await start();
    const put = (changes: Partial<typeof term>) => codeOf(putTerm({ schoolId, ...term, ...changes }, head));
    const both = await Promise.all([put({ name: '秋季学期甲' }), put({ name: '秋季学期乙' })]);
    expect(both.sort()).toEqual(['done', 'school.changed_meanwhile']);
    const [kept] = (await listTerms({ schoolId }, head)).items;
    expect(kept?.version).toBe(2);
    expect(await put({ name: '秋季学期丙' })).toBe('school.changed_meanwhile');
    expect(await put({ name: kept?.name ?? '' })).toBe('done');
    expect(await put({ name: '秋季学期丙', version: 2 })).toBe('done');
    expect(await codeOf(putTerm({ schoolId, ...spring, termId: newId('term'), version: 4 }, head))).toBe('school.changed_meanwhile');
  });

  it('set twice at once never come to overlap', async () => {
    const { putTerm, listTerms, schoolId, head } = await start();
    const results = await Promise.all(
      [1, 2, 3].map(() => codeOf(putTerm({ schoolId, termId: newId('term'), version: 0, ...spring }, head))),
    );
    expect(results.sort()).toEqual(['done', 'term.overlaps', 'term.overlaps']);
    expect((await listTerms({ schoolId }, head)).items).toHaveLength(2);
  });
});

describe('the calendar', () => {
  it('is what the nearest bureau publishes, with the corrections of the school above it', async () => {
    const { getCalendar, putCalendarYear, putSchoolDay, schoolId, head, world } = await start();
    const range = { schoolId, from: day('2026-12-30'), to: day('2027-01-05') };
    expect((await getCalendar(range, head)).days).toEqual([{ date: '2027-01-01', kind: 'off', name: '元旦', own: false }]);
    await putCalendarYear(
      {
        bureauId: world.county.organisationId,
        year: 2027,
        days: [{ date: day('2027-01-04'), kind: 'off', name: '区运动会' }],
        source: '区',
      },
      world.officer,
    );
    await putSchoolDay({ schoolId, date: day('2026-12-31'), day: { kind: 'off', name: '校庆' } }, head);
    expect((await getCalendar(range, head)).days).toEqual([
      { date: '2026-12-31', kind: 'off', name: '校庆', own: true },
      { date: '2027-01-04', kind: 'off', name: '区运动会', own: false },
    ]);
    expect((await putSchoolDay({ schoolId, date: day('2026-12-31'), day: null }, head)).days).toEqual([]);
  });

  it('of a year refuses days twice or of another year', async () => {
    const { putCalendarYear, world } = await start();
    const off = (date: string) => ({ date: day(date), kind: 'off' as const, name: '放假' });
    const publish = (days: ReturnType<typeof off>[]) =>
      codeOf(putCalendarYear({ bureauId: world.city.organisationId, year: 2027, days, source: '市' }, world.officer));
    expect(await publish([off('2027-01-01'), off('2027-01-01')])).toBe('calendar.wrong_days');
    expect(await publish([off('2028-01-01')])).toBe('calendar.wrong_days');
  });

  it('changed by a bureau asks every school under it, and no other, to date its sessions anew', async () => {
    const { area, putCalendarYear, world } = await start();
    const following = new Following(world.table, area.followers ?? []);
    await following.look();
    await putCalendarYear(
      { bureauId: world.county.organisationId, year: 2026, days: [{ date: day('2026-09-10'), kind: 'off', name: '教师节' }], source: '区' },
      world.officer,
    );
    await following.settle(2);
    expect(await Promise.all([0, 1, 2].map((index) => isRedating(world, index)))).toEqual([true, true, false]);
  });
});

describe('settings', () => {
  it('are the defaults until changed, recorded when changed, and move sessions only when hours do', async () => {
    const { getSettings, putSettings, schoolId, head, world } = await start();
    expect(await getSettings({ schoolId }, head)).toEqual(defaultSettings);
    await putSettings({ ...defaultSettings, lateAfterMinutes: 10, schoolId }, head);
    expect(await isRedating(world, 0)).toBe(false);
    const periods = defaultSettings.periods.map((period) => (period.period === 1 ? { ...period, startsAt: '16:20' as never } : period));
    await putSettings({ ...defaultSettings, version: 1, periods, schoolId }, { ...head, requestId: 'another' });
    expect(await isRedating(world, 0)).toBe(true);
    expect((await getSettings({ schoolId }, head)).lateAfterMinutes).toBe(5);
    const trail = await world.table.queryAll({ ...keys.auditOf(schoolId, '2026-08' as never), most: 9 }, z.object({ action: z.string() }));
    expect(trail.filter(({ action }) => action === 'school.settings-changed')).toHaveLength(2);
  });

  it('of two who read the same are kept of the first; the second is told, and what was kept before versions counts as none', async () => {
    const { getSettings, putSettings, schoolId, head, world } = await start();
    const { version: _none, ...unversioned } = defaultSettings;
    await world.table.write([put(keys.settings(schoolId), unversioned)]);
    const minutes = (lateAfterMinutes: number, version = 0) =>
      codeOf(putSettings({ ...defaultSettings, lateAfterMinutes, version, schoolId }, head));
    expect((await Promise.all([minutes(10), minutes(15)])).sort()).toEqual(['done', 'school.changed_meanwhile']);
    const kept = await getSettings({ schoolId }, head);
    expect(kept.version).toBe(1);
    expect(await minutes(20)).toBe('school.changed_meanwhile');
    expect(await minutes(kept.lateAfterMinutes)).toBe('done');
    const periods = defaultSettings.periods.map((period) => (period.period === 1 ? { ...period, startsAt: '16:20' as never } : period));
    const hours = (version: number) => codeOf(putSettings({ ...defaultSettings, periods, version, schoolId }, head));
    expect(await hours(0)).toBe('school.changed_meanwhile');
    expect(await hours(1)).toBe('done');
    expect(await minutes(20, 2)).toBe('done');
    expect((await getSettings({ schoolId }, head)).version).toBe(3);
  });

  it('refuse periods that overlap or share a number, and a party that would approve twice', async () => {
    const { putSettings, schoolId, head } = await start();
    const [first, second] = defaultSettings.periods;
    if (!first || !second) throw new Error('two periods at least');
    const put = (changes: Partial<typeof defaultSettings>) => codeOf(putSettings({ ...defaultSettings, ...changes, schoolId }, head));
    expect(await put({ periods: [first, { ...second, startsAt: '17:10' as never }] })).toBe('settings.wrong_periods');
    expect(await put({ periods: [first, { ...second, period: 1 }] })).toBe('settings.wrong_periods');
    expect(await put({ periods: [{ ...first, endsAt: '16:30' as never }] })).toBe('settings.wrong_periods');
    expect(await put({ payoutApproval: ['school', 'school'] })).toBe('settings.wrong_chain');
  });

  it('let no school decide a payout alone or last, and read what was kept before as school, then operator', async () => {
    const { getSettings, putSettings, schoolId, head, world } = await start();
    const put = (payoutApproval: typeof defaultSettings.payoutApproval, version = 0) =>
      codeOf(putSettings({ ...defaultSettings, payoutApproval, version, schoolId }, head));
    for (const chain of [['school'], ['operator'], ['operator', 'school'], ['bureau', 'operator']] as const) {
      expect([chain, await put([...chain])]).toEqual([chain, 'settings.payout_chain']);
      await world.table.write([settingsWrite(schoolId, { ...defaultSettings, payoutApproval: [...chain] })]);
      expect((await getSettings({ schoolId }, head)).payoutApproval).toEqual(['school', 'operator']);
    }
    for (const chain of [
      ['school', 'bureau'],
      ['school', 'operator', 'bureau'],
    ] as const) {
      expect(await put([...chain], (await getSettings({ schoolId }, head)).version)).toBe('done');
      expect((await getSettings({ schoolId }, head)).payoutApproval).toEqual(chain);
    }
  });
});

test('the scale in force is of the nearest bureau, by the day on which it starts', async () => {
  const { getScale, recordScale, schoolId, head, world } = await start();
  const scale = {
    bureauId: world.county.organisationId,
    scaleId: newId('scale'),
    document: '湖教发〔2026〕12 号',
    validFrom: day('2026-10-01'),
    validUntil: day('2026-12-31'),
    feePerSessionFenMax: fen(2500),
    ownTeacherPayFenMax: fen(7000),
    outsideInstructorPayFenMax: fen(12000),
  };
  const recorded = await recordScale(scale, world.officer);
  expect(await recordScale(scale, world.officer)).toEqual(recorded);
  expect(await codeOf(recordScale({ ...scale, feePerSessionFenMax: fen(9900) }, world.officer))).toBe('request.id_reused');
  const feeOn = async (date: string) => (await getScale({ schoolId, on: day(date) }, head)).feePerSessionFenMax;
  expect([await feeOn('2026-09-30'), await feeOn('2026-10-01'), await feeOn('2027-01-01')]).toEqual([3000, 2500, 3000]);
  expect(await codeOf(getScale({ schoolId, on: day('2025-12-31') }, head))).toBe('request.not_found');
});

test('what a bureau has recorded is listed, what is yet to come into force first, page by page', async () => {
  const { recordScale, listScales, world } = await start();
  const { officer, county, city } = world;
  const record = (validFrom: string, document: string) =>
    recordScale(
      {
        bureauId: county.organisationId,
        scaleId: newId('scale'),
        document,
        validFrom: day(validFrom),
        feePerSessionFenMax: fen(2500),
        ownTeacherPayFenMax: fen(7000),
        outsideInstructorPayFenMax: fen(12000),
      },
      officer,
    );
  await record('2026-09-01', '湖教发〔2026〕12 号');
  await record('2027-09-01', '湖教发〔2026〕40 号');
  await record('2026-10-01', '湖教发〔2026〕20 号');
  const first = await listScales({ bureauId: county.organisationId, limit: 2 }, officer);
  expect(first.items.map(({ document, validFrom }) => [document, validFrom])).toEqual([
    ['湖教发〔2026〕40 号', '2027-09-01'],
    ['湖教发〔2026〕20 号', '2026-10-01'],
  ]);
  const second = await listScales({ bureauId: county.organisationId, limit: 2, cursor: first.cursor }, officer);
  expect(second.items.map(({ document }) => document)).toEqual(['湖教发〔2026〕12 号']);
  expect((await listScales({ bureauId: city.organisationId, limit: 50 }, officer)).items).toHaveLength(1);
});

test('rooms keep names of their own', async () => {
  const { putRoom, listRooms, schoolId, head, rooms } = await start();
  const roomId = newId('room');
  expect(await codeOf(putRoom({ schoolId, roomId, name: '科学教室', capacity: 30 }, head))).toBe('request.invalid');
  await putRoom({ schoolId, ...rooms[0], name: '机器人教室' }, head);
  expect((await listRooms({ schoolId }, head)).items.map(({ name }) => name)).toEqual(['机器人教室', '舞蹈房']);
});

test('what moves sessions stands on the trail with before and after, in the same transaction, and once for the same again', async () => {
  const { putSchoolDay, putTerm, putRoom, schoolId, term, head, rooms, world } = await start();
  const by = (requestId: string) => ({ ...head, requestId });
  const at = async () => {
    const rows = z.object({ action: z.string(), personId: z.string(), subject: z.string(), details: z.unknown() });
    const trail = await world.table.queryAll({ ...keys.auditOf(schoolId, '2026-08' as never), most: 30 }, rows);
    return trail.filter(({ action }) => /^school\.(day|term|room)-changed$/.test(action));
  };
  // The term and the two rooms that the school was given.
  expect((await at()).map(({ action }) => action).sort()).toEqual(['school.room-changed', 'school.room-changed', 'school.term-changed']);
  world.clock.addMinutes(1);

  const date = day('2026-12-16');
  const off = { kind: 'off', name: '雪灾停课' } as const;
  await putSchoolDay({ schoolId, date, day: off }, by('off'));
  world.clock.addMinutes(1);
  await putSchoolDay({ schoolId, date, day: off }, by('off again'));
  await putSchoolDay({ schoolId, date, day: null }, by('back'));
  world.clock.addMinutes(1);
  await putTerm({ schoolId, ...term, serviceLastDay: day('2026-12-31') }, by('shorter'));
  await putTerm({ schoolId, ...term, version: 2, serviceLastDay: day('2026-12-31') }, by('shorter again'));
  world.clock.addMinutes(1);
  await putRoom({ schoolId, ...rooms[0], capacity: 36 }, by('smaller'));
  await putRoom({ schoolId, ...rooms[0], capacity: 36 }, by('smaller again'));

  const told = { dayKind: 'off', dayName: '雪灾停课' };
  expect((await at()).slice(3)).toMatchObject([
    { action: 'school.day-changed', personId: head.personId, details: { date, before: {}, after: told } },
    { action: 'school.day-changed', details: { date, before: told, after: {} } },
    {
      action: 'school.term-changed',
      subject: term.termId,
      details: { before: { serviceLastDay: '2027-01-15' }, after: { serviceLastDay: '2026-12-31' } },
    },
    { action: 'school.room-changed', subject: rooms[0].roomId, details: { before: { roomCapacity: 40 }, after: { roomCapacity: 36 } } },
  ]);
});

test('a day that is lost half-way leaves no row, and what was written has its row', async () => {
  await atEveryCrash(async (fail) => {
    const { schoolId, head, world } = await start();
    const faults = await fail(world.table);
    const dying = schoolOf({ table: faults.table, clock: world.clock }).useCases;
    const date = day('2026-12-16');
    await dying.putSchoolDay({ schoolId, date, day: { kind: 'off', name: '雪灾停课' } }, head).catch(() => undefined);
    const rows = await world.table.queryAll({ ...keys.auditOf(schoolId, '2026-08' as never), most: 30 }, z.object({ action: z.string() }));
    const kept = await world.table.get(keys.schoolDay(schoolId, date), z.looseObject({}));
    expect(rows.filter(({ action }) => action === 'school.day-changed')).toHaveLength(kept ? 1 : 0);
  });
});

test('a room that two add at once is there once, with one row', async () => {
  const { putRoom, listRooms, schoolId, head, world } = await start();
  const room = { schoolId, roomId: newId('room'), name: '机器人教室', capacity: 30 };
  await Promise.all(['one', 'two', 'three'].map((requestId) => putRoom(room, { ...head, requestId })));
  expect((await listRooms({ schoolId }, head)).items.filter(({ name }) => name === room.name)).toHaveLength(1);
  const rows = await world.table.queryAll({ ...keys.auditOf(schoolId, '2026-08' as never), most: 30 }, z.object({ subject: z.string() }));
  expect(rows.filter(({ subject }) => subject === room.roomId)).toHaveLength(1);
});
