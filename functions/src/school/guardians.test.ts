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
  const importing = (phones: readonly string[], more: { grade?: number; header?: string } = {}) =>
    use.importRoster(
      {
        schoolId,
        rosterImportId: newId('rosterImport'),
        kind: 'pupils',
        filename: '名册.csv',
        contentBase64: Buffer.from(
          `${more.header ?? '学号,姓名,年级,班级,家长手机1,家长手机2'}\n${[NUMBER, '王小明', more.grade ?? 3, '2班', ...phones].join(',')}`,
        ).toString('base64'),
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
