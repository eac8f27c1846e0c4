import { type Child, Phone } from '@kehou/shared/identity/person';
import { DomainError } from '@kehou/shared/kernel/errors';
import { newId } from '@kehou/shared/kernel/id';
import { chinaDate } from '@kehou/shared/kernel/time';
import writeExcelFile from 'write-excel-file/node';
import * as z from 'zod';
import { type CityWorld, cityWorld, schoolOf } from '../../testing/city-world.ts';
import { testTable } from '../../testing/engine.ts';
import { atEveryCrash, Crash, withFaults } from '../../testing/faults.ts';
import { Following } from '../../testing/following.ts';
import { identityWorld } from '../../testing/identity-world.ts';
import { streamOf } from '../../testing/stream-of.ts';
import { guardiansOf, linkChildWrites } from '../identity/guardian.repository.ts';
import { identity } from '../identity/index.ts';
import { keys } from '../platform/keys.ts';
import { put, set, type Table } from '../platform/table.ts';
import { pupilIdOf, pupilsOfSchool } from './pupil.repository.ts';

const HEADINGS = ['学号', '姓名', '年级', '班级', '家长姓名1', '家长手机1', '家长手机2'];
type Row = readonly (string | number)[];

function csv(rows: readonly Row[], headings: Row = HEADINGS): string {
  return Buffer.from([headings, ...rows].map((row) => row.join(',')).join('\n')).toString('base64');
}

function pupil(number: number, changes: { name?: string; grade?: number; className?: string; phones?: readonly string[] } = {}): Row {
  const [one = '', two = ''] = changes.phones ?? [`138000${String(number).padStart(5, '0')}`];
  return [2026_0000 + number, changes.name ?? '王小明', changes.grade ?? 3, changes.className ?? '2班', one && '王刚', one, two];
}

function importing(world: CityWorld, table: Table = world.table) {
  const { schoolId, head } = world.schools[0];
  const { useCases } = schoolOf({ table, clock: world.clock });
  return (contentBase64: string, options: { kind?: 'pupils' | 'staff'; rosterImportId?: ReturnType<typeof newId<'rosterImport'>> } = {}) =>
    useCases.importRoster(
      {
        schoolId,
        rosterImportId: options.rosterImportId ?? newId('rosterImport'),
        kind: options.kind ?? 'pupils',
        filename: '名册.csv',
        contentBase64,
        linksRemoved: 0,
      },
      head,
    );
}

async function pupilsIn(world: CityWorld) {
  return (await pupilsOfSchool(world.table, world.schools[0].schoolId, { limit: 100 })).items;
}

const Promised = z.object({ name: z.string(), className: z.string().optional(), role: z.string().optional() });
function promised(world: CityWorld, phone: string) {
  return world.table.queryAll({ ...keys.phonePartition(phone), consistent: true, most: 50 }, Promised);
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof DomainError) return error.code;
    throw error;
  }
  return 'done';
}

describe('a column that says who is still here', () => {
  const headings = ['学号', '姓名', '年级', '班级', '学籍状态'];
  const row = (number: number, standing: string): Row => [2026_0000 + number, '王小明', 3, '2班', standing];

  it('marks who has left and restores who is back; an empty cell and a file without the column leave it as it is', async () => {
    const world = await cityWorld(await testTable());
    const run = importing(world);
    const { schoolId } = world.schools[0];
    const one = pupilIdOf(schoolId, '20260001');
    const leftOn = async () => (await pupilsIn(world)).map((each) => each.leftOn);
    const due = () => world.table.get(keys.leaving(one), z.looseObject({}));
    expect(await run(csv([row(1, '在读'), row(2, '')], headings))).toMatchObject({ added: 2 });
    expect(await leftOn()).toEqual([undefined, undefined]);
    // Who left before they ever came is no pupil of the school.
    expect(await run(csv([row(1, '转学'), row(3, '毕业')], headings))).toMatchObject({ changed: 1, added: 0, unchanged: 1 });
    expect(await leftOn()).toEqual([chinaDate(world.clock.now()), undefined]);
    expect((await pupilsIn(world))[0]?.leftReason).toBe('名册：转学');
    expect(await due()).toMatchObject({ pupilId: one, GSI2PK: expect.stringMatching(/^DUE#/) });
    expect(await run(csv([row(1, '离校')], headings))).toMatchObject({ unchanged: 1 });
    expect(await run(csv([row(1, '')], headings))).toMatchObject({ unchanged: 1 });
    // A new class, in a file that says nothing of it: left all the same.
    expect(await run(csv([pupil(1, { className: '5班', phones: [] })]))).toMatchObject({ changed: 1 });
    expect((await leftOn()).filter(Boolean)).toHaveLength(1);
    expect(await run(csv([row(1, '复学')], headings))).toMatchObject({ changed: 1 });
    expect(await leftOn()).toEqual([undefined, undefined]);
    expect(await due()).toBeUndefined();
    expect(await run(csv([row(1, '不知道')], headings))).toMatchObject({
      status: 'refused',
      problems: [{ line: 2, column: '学籍状态', value: '不知道' }],
    });
  });
});

describe('importing pupils', () => {
  it('adds them with their guardians, counts what changes the next time, and takes back phones that are gone', async () => {
    const world = await cityWorld(await testTable());
    const run = importing(world);
    expect(await run(csv([pupil(1, { phones: ['13800000001', '13900000002'] }), pupil(2), pupil(3, { phones: [] })]))).toMatchObject({
      status: 'done',
      rows: 3,
      applied: 3,
      added: 3,
    });
    expect(await promised(world, '13900000002')).toEqual([{ name: '王小明', className: '2班' }]);

    const second = await run(csv([pupil(1, { className: '5班', phones: ['13800000001'] }), pupil(2), pupil(3, { phones: [] })]));
    expect(second).toMatchObject({ status: 'done', added: 0, changed: 1, unchanged: 2 });
    expect((await pupilsIn(world)).map(({ className, rosterGuardians }) => [className, rosterGuardians.length])).toEqual([
      ['2班', 1],
      ['2班', 0],
      ['5班', 1],
    ]);
    expect(await promised(world, '13800000001')).toEqual([{ name: '王小明', className: '5班' }]);
    expect(await promised(world, '13900000002')).toEqual([]);
  });

  it('reads an .xlsx, and a file without columns for guardians leaves them as they are', async () => {
    const world = await cityWorld(await testTable());
    const run = importing(world);
    const file = await writeExcelFile([HEADINGS, pupil(1)].map((row) => row.map((value) => ({ value })))).toBuffer();
    expect(await run(file.toString('base64'))).toMatchObject({ status: 'done', added: 1 });
    expect(await run(csv([[2026_0001, '王小明', 4, '2班']], ['学号', '姓名', '年级', '班级']))).toMatchObject({ changed: 1 });
    expect(await pupilsIn(world)).toMatchObject([{ grade: 4, rosterGuardians: [{ phone: '13800000001', name: '王刚' }] }]);
  });

  it('imports nothing when one row is bad, and says which', async () => {
    const world = await cityWorld(await testTable());
    const refused = await importing(world)(csv([pupil(1), pupil(2, { grade: 8 })]));
    expect(refused).toMatchObject({
      status: 'refused',
      applied: 0,
      problemCount: 1,
      problems: [{ line: 3, column: '年级', value: '8', reason: '本校只有 1 至 6 年级' }],
    });
    expect(await pupilsIn(world)).toEqual([]);
    expect(await promised(world, '13800000001')).toEqual([]);
  });

  it("refuses another pupil's number, and takes a corrected name when a guardian is the same", async () => {
    const world = await cityWorld(await testTable());
    const run = importing(world);
    await run(csv([pupil(1), pupil(2)]));
    const taken = await run(csv([pupil(1, { name: '李雷', phones: ['13900000009'] })]));
    expect(taken).toMatchObject({ status: 'refused', problems: [{ line: 2, column: '学号', value: '20260001' }] });
    expect(await run(csv([pupil(2, { name: '王晓明' })]))).toMatchObject({ status: 'done', changed: 1 });
    expect(await promised(world, '13800000002')).toMatchObject([{ name: '王晓明' }]);
  });

  it('with the same id answers the first result, and with another file refuses it', async () => {
    const world = await cityWorld(await testTable());
    const run = importing(world);
    const rosterImportId = newId('rosterImport');
    const first = await run(csv([pupil(1)]), { rosterImportId });
    expect(await run(csv([pupil(1)]), { rosterImportId })).toEqual(first);
    expect(await codeOf(run(csv([pupil(2)]), { rosterImportId }))).toBe('request.id_reused');
    expect(await pupilsIn(world)).toHaveLength(1);
  });

  it('sent twice at once is applied once', async () => {
    const world = await cityWorld(await testTable());
    const rosterImportId = newId('rosterImport');
    const content = csv(Array.from({ length: 150 }, (_, index) => pupil(index)));
    const [one, two] = await Promise.all([importing(world)(content, { rosterImportId }), importing(world)(content, { rosterImportId })]);
    expect(one).toMatchObject({ status: 'done', applied: 150, added: 150, changed: 0, unchanged: 0 });
    expect(two).toEqual(one);
  });

  it('cut short anywhere is finished by the sweeper, with the same counts, and no other import comes between', async () => {
    const rows = Array.from({ length: 104 }, (_, index) => pupil(index, index > 9 ? { phones: [] } : {}));
    const writes = await atEveryCrash(async (fail) => {
      const world = await cityWorld(await testTable());
      await importing(world)(csv([pupil(0, { className: '9班' }), pupil(1)]));
      const rosterImportId = newId('rosterImport');
      const failing = await fail(world.table);
      const died = await importing(world, failing.table)(csv(rows), { rosterImportId }).then(
        () => false,
        (error: unknown) => {
          if (error instanceof Crash) return true;
          throw error;
        },
      );
      const { schoolId } = world.schools[0];
      const stored = await world.table.get(keys.rosterImport(schoolId, rosterImportId), z.record(z.string(), z.unknown()));
      if (died && stored?.status === 'applying') {
        expect(stored.GSI2PK).toMatch(/^DUE#/);
        expect(await codeOf(importing(world)(csv([pupil(500)])))).toBe('roster.busy');
        await schoolOf({ table: world.table, clock: world.clock }).due?.['IMPORT#']?.(stored);
      } else await importing(world)(csv(rows), { rosterImportId });
      const done = await importing(world)(csv(rows), { rosterImportId });
      expect(done).toMatchObject({ status: 'done', rows: 104, applied: 104, added: 102, changed: 1, unchanged: 1 });
      expect(await pupilsIn(world)).toHaveLength(100);
      expect(await importing(world)(csv(rows))).toMatchObject({ unchanged: 104 });
    });
    expect(writes).toBeGreaterThan(5);
  });

  it('rides out throttling, conflicts and lost replies', async () => {
    const world = await cityWorld(await testTable());
    const faults = await withFaults(world.table, { seed: 5, throttle: 0.1, conflict: 0.1, lost: 0.1 });
    const rows = Array.from({ length: 120 }, (_, index) => pupil(index));
    expect(await importing(world, faults.table)(csv(rows))).toMatchObject({ status: 'done', applied: 120, added: 120 });
    expect(faults.injected().lost).toBeGreaterThan(0);
  });

  it('shows a move to another class to a guardian who was linked on request', async () => {
    const world = await cityWorld(await testTable());
    const { schoolId } = world.schools[0];
    const { followers = [] } = schoolOf({ table: world.table, clock: world.clock });
    const following = new Following(world.table, followers);
    await importing(world)(csv([pupil(1)]));
    const pupilId = pupilIdOf(schoolId, '20260001');
    const personId = newId('person');
    const child: Child = { pupilId, name: '王小明', schoolId, schoolName: '湖坊小学', grade: 3, className: '2班' };
    await world.table.write(
      linkChildWrites({
        personId,
        child,
        via: { viaRequest: newId('linkRequest') },
        name: '外婆',
        relation: undefined,
        at: world.clock.now(),
      }),
    );
    await following.settle();
    await importing(world)(csv([pupil(1, { grade: 4, className: '1班' })]));
    await following.settle(2);
    expect(await guardiansOf(world.table, pupilId)).toHaveLength(1);
    const card = await world.table.get(keys.personChild(personId, pupilId), z.record(z.string(), z.unknown()));
    expect(card).toMatchObject({ grade: 4, className: '1班', schoolName: '湖坊小学' });
  });

  it('lists pupils by grade and class, and which guardians have signed in', async () => {
    const world = await cityWorld(await testTable());
    const { schoolId, head } = world.schools[0];
    await importing(world)(csv([pupil(1, { phones: ['13800000001', '13800000002'] }), pupil(2, { grade: 1 })]));
    const pupilId = pupilIdOf(schoolId, '20260001');
    const personId = newId('person');
    await world.table.write([
      put(keys.phone('13800000001'), { personId, phone: '13800000001', verifiedAt: world.clock.now() }),
      put(keys.pupilGuardian(pupilId, personId), { pupilId, personId }),
    ]);
    const { listPupils } = schoolOf({ table: world.table, clock: world.clock }).useCases;
    const { items } = await listPupils({ schoolId, limit: 50, grade: 3 }, head);
    expect(items).toMatchObject([
      {
        pupilNumber: '20260001',
        guardians: [
          { name: '王刚', phone: '138****0001', linked: true },
          { phone: '138****0002', linked: false },
        ],
      },
    ]);
    expect((await listPupils({ schoolId, limit: 50 }, head)).items.map(({ grade }) => grade)).toEqual([1, 3]);
  });
});

describe('importing staff', () => {
  const headings = ['姓名', '手机', '角色', '工号'];

  it('promises each phone its role, on the audit trail, and takes the school back from whoever only teaches now', async () => {
    const world = await cityWorld(await testTable());
    const run = importing(world);
    const file = (role: string) =>
      csv(
        [
          ['张老师', '13812345678', role, 'T1'],
          ['李主任', '13912345678', '教务', ''],
          // Masked, it looks like the first one.
          ['李老师', '13899995678', '教师', ''],
        ],
        headings,
      );
    expect(await run(file('管理员'), { kind: 'staff' })).toMatchObject({ status: 'done', added: 3 });
    expect(await promised(world, '13812345678')).toMatchObject([{ name: '张老师', role: 'school' }]);
    expect(await run(file('教师'), { kind: 'staff' })).toMatchObject({ changed: 1, unchanged: 2 });
    expect(await promised(world, '13812345678')).toMatchObject([{ role: 'teacher' }]);
    const { schoolId } = world.schools[0];
    const trail = await world.table.queryAll({ ...keys.auditOf(schoolId, '2026-08' as never), most: 50 }, z.object({ action: z.string() }));
    const count = (action: string) => trail.filter((entry) => entry.action === action).length;
    expect([count('identity.role-granted'), count('identity.role-revoked'), count('school.roster-imported')]).toEqual([4, 1, 2]);
  });

  it('gives a role back that was revoked meanwhile, by the very same file, and counts it as changed', async () => {
    const made = await identityWorld(await testTable());
    const { organisationId: schoolId } = made.school;
    const use = { ...identity(made.platform).useCases, ...schoolOf(made.platform).useCases };
    const clerk = await made.staff('clerk', '13800000003', schoolId, 'school');
    const file = csv([['张老师', '13812345678', '教师', 'T1']], headings);
    const run = () =>
      use.importRoster(
        { schoolId, rosterImportId: newId('rosterImport'), kind: 'staff', filename: '教师.csv', contentBase64: file, linksRemoved: 0 },
        clerk,
      );
    expect(await run()).toMatchObject({ added: 1 });
    const teacher = await made.person('teacher', '13812345678');
    const roles = async () => (await use.me({}, teacher)).roles.map(({ role }) => role);
    expect(await roles()).toEqual(['teacher']);
    expect(await run()).toMatchObject({ unchanged: 1 });

    await use.revokeRole({ organisationId: schoolId, phone: Phone.parse('13812345678'), role: 'teacher' }, clerk);
    expect(await roles()).toEqual([]);
    const stream = await streamOf(made.platform.table);
    made.platform.clock.addMinutes(1);
    expect(await run()).toMatchObject({ status: 'done', changed: 1, unchanged: 0 });
    await stream.settle(identity(made.platform).followers ?? []);
    expect(await roles()).toEqual(['teacher']);
    const trail = await made.platform.table.queryAll(
      { ...keys.auditOf(schoolId, '2026-11' as never), most: 50 },
      z.object({ action: z.string(), details: z.object({ phone: z.string().optional() }) }),
    );
    const ofTeacher = trail.filter(({ details }) => details.phone === '138****5678').map(({ action }) => action);
    expect(ofTeacher.sort()).toEqual(['identity.role-granted', 'identity.role-granted', 'identity.role-revoked']);
    expect(await run()).toMatchObject({ unchanged: 1 });
  });
});

describe('past imports', () => {
  it('are found again with who made them and how they ended, newest first, page by page, and only by their school', async () => {
    const world = await cityWorld(await testTable());
    const { schoolId, head } = world.schools[0];
    const run = importing(world);
    await world.table.write([set(keys.person(head.personId), { personId: head.personId, name: '李校长' })]);
    // Ids from a desk whose clock runs backwards: what counts is when the server was asked.
    const ids = [3, 2, 1].map((minute) => newId('rosterImport', Date.parse(world.clock.now()) + minute * 60_000));
    await run(csv([pupil(1)]), { rosterImportId: ids[0] });
    world.clock.addMinutes(1);
    await run(csv([pupil(2), pupil(2)]), { rosterImportId: ids[1] });
    world.clock.addMinutes(1);
    await run(csv([pupil(1), pupil(3)]), { rosterImportId: ids[2] });
    const { listRosterImports } = schoolOf(world).useCases;
    const first = await listRosterImports({ schoolId, limit: 2 }, head);
    expect(first.items).toMatchObject([
      { rosterImportId: ids[2], status: 'done', rows: 2, added: 1, unchanged: 1, byName: '李校长', filename: '名册.csv' },
      { rosterImportId: ids[1], status: 'refused', problemCount: expect.any(Number), byName: '李校长' },
    ]);
    expect(first.items[1]?.problemCount).toBeGreaterThan(0);
    expect(JSON.stringify(first)).not.toContain('"problems"');
    const second = await listRosterImports({ schoolId, limit: 2, cursor: first.cursor }, head);
    expect(second.items.map(({ rosterImportId }) => rosterImportId)).toEqual([ids[0]]);
    expect(second.cursor).toBeUndefined();
    const other = world.schools[1];
    expect((await listRosterImports({ schoolId: other.schoolId, limit: 50 }, other.head)).items).toEqual([]);
  });
});
