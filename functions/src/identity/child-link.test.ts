import type { identityRoutes } from '@kehou/shared/identity/routes';
import { newId } from '@kehou/shared/kernel/id';
import type { ParsedOf } from '@kehou/shared/kernel/route';
import type { ChinaMonth } from '@kehou/shared/kernel/time';
import { testTable } from '../../testing/engine.ts';
import { atEveryCrash } from '../../testing/faults.ts';
import { identityWorld } from '../../testing/identity-world.ts';
import { testPlatform } from '../../testing/test-platform.ts';
import { AuditEntry } from '../organisation/audit.ts';
import { keys } from '../platform/keys.ts';
import { guardiansOf } from './guardian.repository.ts';
import { identity } from './index.ts';
import { LINK_TRIES_A_DAY } from './request-child-link.ts';

type Input = ParsedOf<(typeof identityRoutes)['requestChildLink']>;

async function linkWorld() {
  const table = await testTable();
  const world = await identityWorld(table);
  const use = identity(world.platform).useCases;
  const child = await world.pupil('欧阳小明', '2026001', ['13800000001']);
  const mother = await world.person('mother', '13800000001');
  const father = await world.person('father', '13800000002');
  const clerk = await world.staff('clerk', '13800000003', world.school.organisationId, 'school');
  const ask = (more: Partial<Input> = {}): Input => ({
    linkRequestId: newId('linkRequest'),
    schoolId: child.schoolId,
    pupilNumber: '2026001',
    pupilName: '欧阳小明',
    myName: '欧阳先生',
    relation: 'father',
    ...more,
  });
  const guardianIds = async () => (await guardiansOf(table, child.pupilId)).map(({ personId }) => personId);
  const trail = async () =>
    (await table.query({ ...keys.auditOf(child.schoolId, '2026-11' as ChinaMonth), limit: 50 }, AuditEntry)).items.filter(({ action }) =>
      action.startsWith('identity.link'),
    );
  return { ...world, table, use, child, mother, father, clerk, ask, guardianIds, trail };
}

test('a request waits with the guardians and the school, and is linked when one of them approves', async () => {
  const { use, ask, father, mother, clerk, child, guardianIds, trail } = await linkWorld();
  const input = ask();
  expect(await use.requestChildLink(input, father)).toEqual({ linkRequestId: input.linkRequestId, status: 'pending' });
  const waiting = {
    linkRequestId: input.linkRequestId,
    pupilName: '欧阳小明',
    requesterName: '欧阳先生',
    requesterPhone: '138****0002',
    status: 'pending',
  };
  expect((await use.listLinkRequests({}, mother)).items).toMatchObject([waiting]);
  expect((await use.listSchoolLinkRequests({ schoolId: child.schoolId, limit: 50 }, clerk)).items).toMatchObject([waiting]);
  expect((await use.listLinkRequests({}, father)).items).toEqual([]);
  const decided = await use.decideLinkRequest({ linkRequestId: input.linkRequestId, approve: true }, mother);
  expect(decided).toMatchObject({ status: 'approved' });
  expect(decided).not.toHaveProperty('requesterId');
  expect((await guardianIds()).sort()).toEqual([mother.personId, father.personId].sort());
  expect((await use.me({}, father)).children).toMatchObject([{ name: '欧阳小明', schoolName: '东湖一小', className: '2班' }]);
  expect((await use.listLinkRequests({}, mother)).items).toEqual([]);
  expect((await use.listSchoolLinkRequests({ schoolId: child.schoolId, limit: 50 }, clerk)).items).toEqual([]);
  expect(await trail()).toMatchObject([
    { action: 'identity.link-approved', personId: mother.personId, details: { personId: father.personId } },
  ]);
});

test('spaces and full-width letters in a name are no mismatch; anything else is, with one answer for all', async () => {
  const { use, ask, father, person, otherSchool } = await linkWorld();
  expect(await use.requestChildLink(ask({ pupilName: '欧阳 小明' }), father)).toMatchObject({ status: 'pending' });
  const guesser = await person('guesser');
  const answers = [];
  for (const wrong of [
    { pupilNumber: '2026002' },
    { pupilName: '欧阳' },
    { schoolId: otherSchool.organisationId },
    { schoolId: newId('organisation') },
  ]) {
    answers.push(await use.requestChildLink(ask(wrong), guesser).catch(({ code, details }) => ({ code, details })));
  }
  expect(answers).toEqual(Array(4).fill({ code: 'identity.child_not_matched', details: undefined }));
});

test('five tries a day, right or wrong, counted by the server; the next day there are five more', async () => {
  const { use, ask, person, platform } = await linkWorld();
  const guesser = await person('guesser');
  const guess = (number: number) => use.requestChildLink(ask({ pupilNumber: `2026${number}` }), guesser).catch(({ code }) => code);
  const codes = await Promise.all(Array.from({ length: 12 }, (_, index) => guess(100 + index)));
  expect(codes.filter((code) => code === 'identity.child_not_matched')).toHaveLength(LINK_TRIES_A_DAY);
  expect(codes.filter((code) => code === 'request.too_often')).toHaveLength(12 - LINK_TRIES_A_DAY);
  // The right answer does not get through either.
  expect(await use.requestChildLink(ask(), guesser).catch(({ code }) => code)).toBe('request.too_often');
  platform.clock.addMinutes(24 * 60);
  expect(await use.requestChildLink(ask(), guesser)).toMatchObject({ status: 'pending' });
});

test('the same request again is the first one, does not count as a try, and another under its id is refused', async () => {
  const { use, ask, father, mother } = await linkWorld();
  const input = ask();
  for (let round = 0; round < 8; round++)
    expect(await use.requestChildLink(input, father)).toEqual({ linkRequestId: input.linkRequestId, status: 'pending' });
  await expect(use.requestChildLink({ ...input, relation: 'mother' }, father)).rejects.toMatchObject({ code: 'request.id_reused' });
  await expect(use.requestChildLink(input, mother)).rejects.toMatchObject({ code: 'request.id_reused' });
  // A second one of the same person for the same child is the first.
  expect(await use.requestChildLink(ask(), father)).toEqual({ linkRequestId: input.linkRequestId, status: 'pending' });
  expect(await use.requestChildLink(ask({ linkRequestId: newId('linkRequest') }), mother)).toMatchObject({ status: 'approved' });
});

test('two who approve at once make one link and one row on the trail, and both learn that it is approved', async () => {
  const { use, ask, father, mother, clerk, guardianIds, trail } = await linkWorld();
  const { linkRequestId } = await use.requestChildLink(ask(), father);
  const decide = (approve: boolean) => ({ linkRequestId: linkRequestId as Input['linkRequestId'], approve });
  const results = await Promise.all([use.decideLinkRequest(decide(true), mother), use.decideLinkRequest(decide(true), clerk)]);
  expect(results).toMatchObject([{ status: 'approved' }, { status: 'approved' }]);
  expect(await guardianIds()).toHaveLength(2);
  expect(await trail()).toHaveLength(1);
});

test('of two who decide otherwise at once one holds, and the other learns that it was decided', async () => {
  for (let round = 0; round < 5; round++) {
    const { use, ask, father, mother, clerk, guardianIds, trail } = await linkWorld();
    const { linkRequestId } = await use.requestChildLink(ask(), father);
    const decide = (approve: boolean) => ({ linkRequestId: linkRequestId as Input['linkRequestId'], approve });
    const results = await Promise.allSettled([use.decideLinkRequest(decide(true), mother), use.decideLinkRequest(decide(false), clerk)]);
    const approved = results[0].status === 'fulfilled';
    expect(results[approved ? 1 : 0]).toMatchObject({ status: 'rejected', reason: { code: 'identity.link_decided' } });
    expect(results[approved ? 0 : 1].status).toBe('fulfilled');
    expect(await guardianIds()).toHaveLength(approved ? 2 : 1);
    expect(await trail()).toMatchObject([{ action: approved ? 'identity.link-approved' : 'identity.link-refused' }]);
  }
});

test('only a guardian of that child or its school may decide; to all others, and to who asked, there is no such request', async () => {
  const { use, ask, father, person, pupil, staff, otherSchool, school, officer, guardianIds } = await linkWorld();
  const { linkRequestId } = await use.requestChildLink(ask(), father);
  await pupil('别人家的', '2026099', ['13800000007']);
  const outsiders = [
    father,
    officer,
    await person('neighbour', '13800000007'),
    await staff('teacher', '13800000008', school.organisationId, 'teacher'),
    await staff('elsewhere', '13800000009', otherSchool.organisationId, 'school'),
    // The requester, were they to work at the school.
    { ...father, memberships: [{ organisationId: school.organisationId, role: 'school' as const }] },
  ];
  for (const actor of outsiders) {
    const decision = use.decideLinkRequest({ linkRequestId: linkRequestId as Input['linkRequestId'], approve: true }, actor);
    await expect(decision).rejects.toMatchObject({ code: 'request.not_found' });
  }
  expect(await guardianIds()).toHaveLength(1);
});

test('a death anywhere in an approval leaves either nothing or all of it, and deciding again completes it', async () => {
  await atEveryCrash(async (fail) => {
    const { use, ask, father, mother, platform, table, guardianIds, trail } = await linkWorld();
    const { linkRequestId } = await use.requestChildLink(ask(), father);
    const decision = { linkRequestId: linkRequestId as Input['linkRequestId'], approve: true };
    const faults = await fail(table);
    const dying = testPlatform(faults.table, { clock: platform.clock });
    await identity(dying)
      .useCases.decideLinkRequest(decision, mother)
      .catch(() => undefined);
    expect(await guardianIds()).toHaveLength((await trail()).length + 1);
    expect(await use.decideLinkRequest(decision, mother)).toMatchObject({ status: 'approved' });
    expect(await guardianIds()).toHaveLength(2);
    expect(await trail()).toHaveLength(1);
  });
});
