import { Id, newId } from '@kehou/shared/kernel/id';
import type { Actor } from '@kehou/shared/kernel/route';
import type { ChinaMonth } from '@kehou/shared/kernel/time';
import type { LinkedGuardian } from '@kehou/shared/school/routes';
import * as z from 'zod';
import { testTable } from '../../testing/engine.ts';
import { atEveryCrash } from '../../testing/faults.ts';
import { identityWorld } from '../../testing/identity-world.ts';
import { streamOf } from '../../testing/stream-of.ts';
import { testPlatform } from '../../testing/test-platform.ts';
import { guards } from '../identity/authorise.ts';
import { guardiansOf } from '../identity/guardian.repository.ts';
import { identity } from '../identity/index.ts';
import { mustBeGuardianOfAll } from '../identity/own-children.ts';
import { messaging } from '../messaging/index.ts';
import { classesInFrame } from '../offering/classes-in-frame.ts';
import { AuditEntry } from '../organisation/audit.ts';
import { keys } from '../platform/keys.ts';
import type { Table } from '../platform/table.ts';
import { school } from './index.ts';

const MOTHER = '13800000001';
const FATHER = '13800000002';
const NUMBER = '20260001';

/** A child on the roster with two numbers, both signed in: the links are made the way a school makes them. */
async function guardianWorld(table?: Table) {
  const made = table ?? (await testTable());
  const world = await identityWorld(made);
  const { schoolId } = { schoolId: world.school.organisationId };
  const desk = school(world.platform, classesInFrame(world.platform));
  const use = { ...identity(world.platform).useCases, ...desk.useCases };
  const clerk = await world.staff('clerk', '13800000003', schoolId, 'school');
  const importing = (phones: readonly string[], more: { grade?: number; header?: string; linksRemoved?: number } = {}, deps = use) =>
    deps.importRoster(
      {
        schoolId,
        rosterImportId: newId('rosterImport'),
        kind: 'pupils',
        filename: '名册.csv',
        contentBase64: Buffer.from(
          `${more.header ?? '学号,姓名,年级,班级,家长手机1,家长手机2'}\n${[NUMBER, '王小明', more.grade ?? 3, '2班', ...phones].join(',')}`,
        ).toString('base64'),
        linksRemoved: more.linksRemoved ?? 0,
      },
      clerk,
    );
  expect(await importing([MOTHER, FATHER])).toMatchObject({ status: 'done', added: 1 });
  const mother = await world.person('mother', MOTHER);
  const father = await world.person('father', FATHER);
  const [child] = (await use.me({}, mother)).children;
  if (!child) throw new Error('the mother was not linked');
  const pupilId = Id('pupil').parse(child.pupilId);
  const idOf = (actor: Actor) => Id('person').parse(actor.personId);
  const unlink = (actor: Actor, reason = '申请时误点了同意') =>
    use.unlinkGuardian({ schoolId, pupilId, personId: idOf(actor), reason }, clerk);
  const linked = async () => (await guardiansOf(made, pupilId)).map(({ personId }) => personId);
  const { authorise } = guards(world.platform);
  const mayStill = (actor: Actor) =>
    Promise.all([authorise({ by: 'guardian', pupil: 'pupilId' }, { pupilId }, actor), mustBeGuardianOfAll(made, actor, [pupilId])]).then(
      () => true,
      () => false,
    );
  const trail = async () =>
    (await made.query({ ...keys.auditOf(schoolId, '2026-11' as ChinaMonth), limit: 50 }, AuditEntry)).items.filter(
      ({ action }) => action === 'identity.guardian-unlinked',
    );
  return {
    ...world,
    table: made,
    use,
    clerk,
    mother,
    father,
    schoolId,
    pupilId,
    importing,
    unlink,
    linked,
    mayStill,
    trail,
    idOf,
  };
}

describe('a link that the school ends', () => {
  it('ends at once, whatever the running token says, and stands on the trail with its reason', async () => {
    const { use, clerk, father, mother, unlink, linked, mayStill, trail, schoolId, pupilId } = await guardianWorld();
    const { items } = await use.listGuardians({ schoolId, pupilId }, clerk);
    expect(items.map(({ phone, via }) => [phone, via]).sort()).toEqual([
      ['138****0001', 'roster'],
      ['138****0002', 'roster'],
    ] satisfies [string, z.infer<typeof LinkedGuardian>['via']][]);
    expect(JSON.stringify(items)).not.toContain(FATHER);
    expect(father.children).toHaveLength(1);
    expect(await mayStill(father)).toBe(true);

    expect(await unlink(father)).toEqual({ unlinked: true });

    expect(father.children).toHaveLength(1);
    expect(await mayStill(father)).toBe(false);
    expect(await mayStill(mother)).toBe(true);
    expect((await use.me({}, father)).children).toEqual([]);
    expect(await linked()).toEqual([mother.personId]);
    // The same again is found done, and told once.
    expect(await unlink(father)).toEqual({ unlinked: true });
    expect(await trail()).toMatchObject([
      { personId: clerk.personId, details: { reason: '申请时误点了同意', phone: '138****0002', personId: father.personId } },
    ]);
  });

  it('holds against signing in, verifying again and rosters that say nothing new of the number; a roster that names it anew links it', async () => {
    const { father, person, platform, unlink, linked, importing, idOf, use } = await guardianWorld();
    const follow = identity(platform);
    const stream = await streamOf(platform.table);
    const followers = [...(follow.followers ?? []), ...(school(platform, classesInFrame(platform)).followers ?? [])];
    await unlink(father);
    await stream.settle(followers);
    await person('father', FATHER);
    expect(await linked()).not.toContain(idOf(father));
    // A new grade by a file without guardians: the promise is written anew, and still held back.
    await importing([], { grade: 4, header: '学号,姓名,年级,班级' });
    await stream.settle(followers);
    await person('father', FATHER);
    expect(await linked()).not.toContain(idOf(father));
    // Numbers that stay as they were count as named anew: the school has sent them again.
    expect(await importing([MOTHER, FATHER], { grade: 4 })).toMatchObject({ changed: 1 });
    await stream.settle(followers);
    expect(await linked()).toContain(idOf(father));
    expect((await use.me({}, father)).children).toMatchObject([{ grade: 4 }]);
    // Nothing is left of it: the next import finds nothing to do.
    expect(await importing([MOTHER, FATHER], { grade: 4 })).toMatchObject({ unchanged: 1 });
  });

  it('comes back when the school links them again, by request, and not before', async () => {
    const { use, father, clerk, unlink, mayStill, schoolId } = await guardianWorld();
    await unlink(father);
    const linkRequestId = newId('linkRequest');
    await use.requestChildLink(
      { linkRequestId, schoolId, pupilNumber: NUMBER, pupilName: '王小明', myName: '王刚', relation: 'father' },
      father,
    );
    expect(await mayStill(father)).toBe(false);
    await use.decideLinkRequest({ linkRequestId, approve: true }, clerk);
    expect(await mayStill(father)).toBe(true);
    // And may be ended once more.
    await unlink(father);
    expect(await mayStill(father)).toBe(false);
  });

  it('is told to who was linked and to those who still are, once, and nobody reads the reason in it', async () => {
    const { father, mother, platform, unlink } = await guardianWorld();
    const { followers = [], useCases } = messaging(platform);
    const stream = await streamOf(platform.table);
    await stream.settle(followers);
    await unlink(father);
    await unlink(father);
    await stream.settle(followers);
    const told = async (actor: Actor) =>
      (await useCases.listMessages({ limit: 20 }, actor)).items.filter(({ kind }) => kind === 'child-unlinked');
    expect(await told(father)).toMatchObject([{ title: '已解除与王小明的绑定' }]);
    expect(await told(mother)).toMatchObject([{ title: '王小明的一位家长已解除绑定' }]);
    expect(JSON.stringify([await told(father), await told(mother)])).not.toContain('误点');
  });

  it('is only for the pupil’s own school, and finds nobody where nobody was linked', async () => {
    const { use, clerk, otherSchool, pupilId, schoolId, father, idOf, linked } = await guardianWorld();
    const elsewhere = { schoolId: otherSchool.organisationId, pupilId };
    await expect(use.listGuardians(elsewhere, clerk)).rejects.toMatchObject({ code: 'request.not_found' });
    await expect(use.unlinkGuardian({ ...elsewhere, personId: idOf(father), reason: '不该成功' }, clerk)).rejects.toMatchObject({
      code: 'request.not_found',
    });
    await expect(use.unlinkGuardian({ schoolId, pupilId, personId: newId('person'), reason: '没有这个人' }, clerk)).rejects.toMatchObject({
      code: 'request.not_found',
    });
    expect(await linked()).toHaveLength(2);
  });

  it('is whole or not there, wherever the process dies, and done again completes it', async () => {
    await atEveryCrash(async (fail) => {
      const { table, platform, father, mother, clerk, schoolId, pupilId, idOf, linked, trail, unlink, mayStill } = await guardianWorld();
      const faults = await fail(table);
      const dyingPlatform = testPlatform(faults.table, { clock: platform.clock });
      const dying = school(dyingPlatform, classesInFrame(dyingPlatform)).useCases;
      await dying.unlinkGuardian({ schoolId, pupilId, personId: idOf(father), reason: '中途断电' }, clerk).catch(() => undefined);
      expect(await linked()).toHaveLength(2 - (await trail()).length);
      expect(await unlink(father)).toEqual({ unlinked: true });
      expect(await linked()).toEqual([mother.personId]);
      expect(await mayStill(father)).toBe(false);
      expect(await trail()).toHaveLength(1);
      // The promise is held back with it.
      expect(await table.get(keys.phoneChild(FATHER, pupilId), z.looseObject({}))).toHaveProperty('unlinkedAt');
    });
  });
});

describe('a roster that names other numbers than before', () => {
  const STRANGER = '13800000009';

  it('changes nobody’s link by a row whose cells for guardians are empty', async () => {
    const { importing, linked, father, mother, platform, mayStill } = await guardianWorld();
    const stream = await streamOf(platform.table);
    expect(await importing(['', ''])).toMatchObject({ status: 'done', unchanged: 1, changed: 0, linksRemoved: 0 });
    expect(await importing(['', ''], { grade: 4 })).toMatchObject({ status: 'done', changed: 1, linksRemoved: 0 });
    await stream.settle(identity(platform).followers ?? []);
    expect((await linked()).sort()).toEqual([mother.personId, father.personId].sort());
    expect(await mayStill(father)).toBe(true);
  });

  it('is shown with whose links go before anything is done, and done when that is agreed to: told, and on the trail', async () => {
    const { importing, linked, father, mother, clerk, platform, mayStill, trail, use, schoolId, person, idOf } = await guardianWorld();
    const { followers = [], useCases } = messaging(platform);
    const all = [...followers, ...(identity(platform).followers ?? [])];
    const stream = await streamOf(platform.table);
    await stream.settle(all);

    expect(await importing([MOTHER, STRANGER])).toMatchObject({
      status: 'unconfirmed',
      linksRemoved: 1,
      removals: [{ line: 2, pupilName: '王小明', phone: '138****0002' }],
    });
    expect(await linked()).toHaveLength(2);
    expect((await use.listRosterImports({ schoolId, limit: 20 }, clerk)).items).toHaveLength(1);

    expect(await importing([MOTHER, STRANGER], { linksRemoved: 1 })).toMatchObject({ status: 'done', changed: 1, linksRemoved: 1 });
    expect(await mayStill(father)).toBe(false);
    await stream.settle(all);
    expect(await linked()).toEqual([mother.personId]);
    expect(await trail()).toMatchObject([
      { personId: clerk.personId, details: { phone: '138****0002', personId: father.personId, reason: '名册不再列出这个号码' } },
    ]);
    const told = async (actor: Actor) =>
      (await useCases.listMessages({ limit: 20 }, actor)).items.filter(({ kind }) => kind === 'child-unlinked');
    expect(await told(father)).toMatchObject([{ title: '已解除与王小明的绑定' }]);
    expect(await told(mother)).toMatchObject([{ title: '王小明的一位家长已解除绑定' }]);
    expect((await use.listRosterImports({ schoolId, limit: 20 }, clerk)).items[0]).toMatchObject({ linksRemoved: 1 });
    // Whoever verifies the new number is linked, and the old one again when a roster names it anew.
    const stranger = await person('stranger', STRANGER);
    expect(await linked()).toContain(idOf(stranger));
    expect(await importing([MOTHER, FATHER], { linksRemoved: 1 })).toMatchObject({ status: 'done', linksRemoved: 1 });
    await stream.settle(all);
    expect((await linked()).sort()).toEqual([mother.personId, father.personId].sort());
  });

  it('leaves a link that was also approved on request, and asks nothing for a number that nobody has verified', async () => {
    const { importing, father, clerk, mayStill, trail, use, schoolId, platform } = await guardianWorld();
    const linkRequestId = newId('linkRequest');
    await importing([MOTHER, STRANGER], { linksRemoved: 1 });
    await use.requestChildLink(
      { linkRequestId, schoolId, pupilNumber: NUMBER, pupilName: '王小明', myName: '王刚', relation: 'father' },
      father,
    );
    await use.decideLinkRequest({ linkRequestId, approve: true }, clerk);
    const stream = await streamOf(platform.table);
    expect(await importing([MOTHER, FATHER])).toMatchObject({ status: 'done', linksRemoved: 0 });
    await stream.settle(identity(platform).followers ?? []);
    expect(await importing([MOTHER, ''])).toMatchObject({ status: 'done', changed: 1, linksRemoved: 0 });
    await stream.settle(identity(platform).followers ?? []);
    expect(await mayStill(father)).toBe(true);
    expect(await trail()).toHaveLength(1);
  });

  it('ends the link of every brother and sister, where one file takes the number from all of them', async () => {
    const { use, clerk, schoolId, father, person, platform } = await guardianWorld();
    const names = [0, 1, 2].map((index) => `2026100${index}`);
    const file = (phones: string, linksRemoved: number) =>
      use.importRoster(
        {
          schoolId,
          rosterImportId: newId('rosterImport'),
          kind: 'pupils',
          filename: '名册.csv',
          contentBase64: Buffer.from(
            ['学号,姓名,年级,班级,家长手机1,家长手机2', ...names.map((number) => `${number},王小芳,2,1班,${phones}`)].join('\n'),
          ).toString('base64'),
          linksRemoved,
        },
        clerk,
      );
    // One number with somebody behind it, and one that nobody has verified.
    expect(await file(`${FATHER},${STRANGER}`, 0)).toMatchObject({ added: 3 });
    await person('father', FATHER);
    expect((await use.me({}, father)).children).toHaveLength(4);
    expect(await file('13800000008,', 0)).toMatchObject({ status: 'unconfirmed', linksRemoved: 3 });
    expect(await file('13800000008,', 2)).toMatchObject({ status: 'unconfirmed', linksRemoved: 3 });
    expect(await file('13800000008,', 3)).toMatchObject({ status: 'done', changed: 3, linksRemoved: 3 });
    expect((await use.me({}, father)).children).toMatchObject([{ name: '王小明' }]);
    const { items } = await platform.table.query({ ...keys.phonePartition(STRANGER), limit: 10, consistent: true }, z.looseObject({}));
    expect(items).toEqual([]);
  });

  it('is whole or not there for a family, wherever the process dies, and counted once when it is taken up again', async () => {
    await atEveryCrash(async (fail) => {
      const { table, platform, importing, linked, trail, mother, clerk, schoolId } = await guardianWorld();
      const faults = await fail(table);
      const dyingPlatform = testPlatform(faults.table, { clock: platform.clock });
      const dying = { ...identity(dyingPlatform).useCases, ...school(dyingPlatform, classesInFrame(dyingPlatform)).useCases };
      await importing([MOTHER, STRANGER], { linksRemoved: 1 }, dying).catch(() => undefined);
      expect(await linked()).toHaveLength(2 - (await trail()).length);
      const desk = school(platform, classesInFrame(platform));
      const begun = (await desk.useCases.listRosterImports({ schoolId, limit: 20 }, clerk)).items[0];
      if (begun?.status === 'applying') {
        await desk.due?.['IMPORT#']?.({ ...(await table.get(keys.rosterImport(schoolId, begun.rosterImportId), z.looseObject({}))) });
      } else if ((await linked()).length > 1) await importing([MOTHER, STRANGER], { linksRemoved: 1 });
      expect((await desk.useCases.listRosterImports({ schoolId, limit: 20 }, clerk)).items[0]).toMatchObject({
        status: 'done',
        changed: 1,
        linksRemoved: 1,
      });
      expect(await linked()).toEqual([mother.personId]);
      expect(await trail()).toHaveLength(1);
    });
  });

  it('tells whoever was linked for a moment, when the number is verified while the file takes it away', async () => {
    for (let round = 0; round < 4; round++) {
      const { importing, linked, trail, person, platform, mother, use, schoolId, clerk } = await guardianWorld();
      await importing([MOTHER, FATHER, STRANGER], { header: '学号,姓名,年级,班级,家长手机1,家长手机2,家长手机3' });
      const { followers = [], useCases } = messaging(platform);
      const all = [...followers, ...(identity(platform).followers ?? [])];
      const stream = await streamOf(platform.table);
      const [stranger] = await Promise.all([person('stranger', STRANGER), importing([MOTHER, FATHER], { linksRemoved: 1 })]);
      await stream.settle(all);
      expect(await linked()).toHaveLength(2);
      expect(await linked()).toContain(mother.personId);
      const told = (await useCases.listMessages({ limit: 20 }, stranger)).items.map(({ kind }) => kind);
      expect(told.filter((kind) => kind === 'child-unlinked')).toHaveLength(told.filter((kind) => kind === 'child-linked').length);
      expect(await trail()).toHaveLength(told.filter((kind) => kind === 'child-linked').length);
      const [last] = (await use.listRosterImports({ schoolId, limit: 20 }, clerk)).items;
      expect(last?.linksRemoved).toBe((await trail()).length);
    }
  });
});

describe('a link that a guardian ends', () => {
  it('ends while another guardian remains, and never leaves a child with nobody', async () => {
    for (let round = 0; round < 5; round++) {
      const { use, father, mother, pupilId, linked } = await guardianWorld();
      const ends = await Promise.allSettled([father, mother].map((actor) => use.endGuardianship({ pupilId }, actor)));
      const done = ends.filter(({ status }) => status === 'fulfilled');
      expect(done).toHaveLength(1);
      expect(ends.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'identity.last_guardian' } });
      expect(await linked()).toHaveLength(1);
    }
  });
});
