import type { Child } from '@kehou/shared/identity/person';
import { type Id, newId } from '@kehou/shared/kernel/id';
import type { Actor } from '@kehou/shared/kernel/route';
import { addMinutes, type Instant } from '@kehou/shared/kernel/time';
import { OpenedShareLink, SHARE_LINKS_MAX, ShareLinkShown } from '@kehou/shared/selection/share';
import { testTable } from '../../testing/engine.ts';
import { Following } from '../../testing/following.ts';
import { OPENING, type SelectionWorld, selectionWorld } from '../../testing/selection-world.ts';
import { NO_WECHAT, TEST_SECRETS } from '../../testing/test-platform.ts';
import { keys } from '../platform/keys.ts';
import { MemoryObjects } from '../platform/memory-objects.ts';
import type { Platform } from '../platform/platform.ts';
import { put, set } from '../platform/table.ts';
import { claimClosing, finishLapse, StoredEnrolment } from './enrolment.repository.ts';
import { selection } from './index.ts';

const DAY = 1440;
const officer: Actor = { personId: newId('person'), memberships: [], children: [], requestId: 'test' };

async function world() {
  return selectionWorld(await testTable());
}
function area({ table, clock }: SelectionWorld, own: Partial<Pick<Platform, 'objects' | 'wechat'>> = {}) {
  const workflows = { start: async () => undefined, succeed: async () => true };
  return selection({ table, clock, workflows, objects: new MemoryObjects(), secrets: TEST_SECRETS, wechat: NO_WECHAT, ...own });
}
const use = (w: SelectionWorld) => area(w).useCases;

function input(w: SelectionWorld, fields: { name?: string; until?: Instant; shareLinkId?: Id<'shareLink'> } = {}) {
  const { school, window } = w;
  return {
    schoolId: school.organisationId,
    windowId: window.windowId,
    shareLinkId: newId('shareLink'),
    name: '三年级群',
    until: undefined,
    ...fields,
  };
}

/** Somebody with children at these schools, as the table knows them. */
async function person(w: SelectionWorld, ...schoolIds: string[]): Promise<Actor> {
  const personId = newId('person');
  for (const [index, schoolId] of schoolIds.entries()) {
    const child = { name: `孩子${index}`, schoolId, schoolName: `学校${index}`, grade: 3, className: '3 班' };
    const pupilId = newId('pupil');
    await w.table.write([put(keys.personChild(personId, pupilId), { ...child, pupilId })]);
  }
  return { personId, memberships: [], children: [], requestId: 'test' };
}

const make = async (w: SelectionWorld, wanted = input(w)) => ShareLinkShown.parse(await use(w).createShareLink(wanted, officer));
const open = async (w: SelectionWorld, shareLinkId: Id<'shareLink'>, actor: Actor) =>
  OpenedShareLink.parse(await use(w).openShareLink({ shareLinkId }, actor));
const names = (children: readonly Child[]) => children.map(({ name }) => name);

describe('a link to a window', () => {
  it('is made once, and the same id for another place is refused', async () => {
    const w = await world();
    const wanted = input(w);
    const made = await use(w).createShareLink(wanted, officer);
    expect(made).toMatchObject({ name: '三年级群', validUntil: addMinutes(w.window.closesAt, DAY) });
    w.clock.addMinutes(5);
    expect(await use(w).createShareLink(wanted, officer)).toEqual(made);
    await expect(use(w).createShareLink({ ...wanted, name: '四年级群' }, officer)).rejects.toMatchObject({ code: 'request.id_reused' });
    expect((await use(w).listShareLinks(wanted, officer)).items).toEqual([made]);
  });

  it('is for windows of this school that parents may see, with an end that is to come', async () => {
    const w = await world();
    const elsewhere = { ...input(w), schoolId: newId('organisation') };
    await expect(use(w).createShareLink(elsewhere, officer)).rejects.toMatchObject({ code: 'request.not_found' });
    await expect(use(w).listShareLinks(elsewhere, officer)).rejects.toMatchObject({ code: 'request.not_found' });
    await expect(use(w).createShareLink(input(w, { until: OPENING }), officer)).rejects.toMatchObject({ code: 'share.wrong_end' });
    for (const status of ['draft', 'withdrawn']) {
      await w.table.write([set(keys.window(w.window.windowId), { status })]);
      await expect(use(w).createShareLink(input(w), officer)).rejects.toMatchObject({ code: 'share.window_hidden' });
    }
  });

  it('is one of fifty at most', async () => {
    const w = await world();
    for (let index = 0; index < SHARE_LINKS_MAX; index++) await use(w).createShareLink(input(w, { name: `群 ${index}` }), officer);
    await expect(use(w).createShareLink(input(w), officer)).rejects.toMatchObject({ code: 'share.links_max' });
    expect((await use(w).listShareLinks(input(w), officer)).items).toHaveLength(SHARE_LINKS_MAX);
  });

  it('shows a stranger school, hours and mode, and nothing of anybody', async () => {
    const w = await world();
    const { shareLinkId } = await make(w);
    const opened = await open(w, shareLinkId, await person(w));
    expect(opened).toEqual({
      state: 'live',
      school: { schoolId: w.school.organisationId, name: w.school.name },
      window: expect.objectContaining({ name: w.window.name, opensAt: w.window.opensAt, closesAt: w.window.closesAt }),
      children: [],
      elsewhere: [],
    });
    expect(opened.window).not.toHaveProperty('offeringIds');
  });

  it('tells a parent whose child goes elsewhere so, and shows both kinds apart', async () => {
    const w = await world();
    const { shareLinkId } = await make(w);
    const other = newId('organisation');
    const opened = await open(w, shareLinkId, await person(w, w.school.organisationId, other));
    expect([names(opened.children), names(opened.elsewhere)]).toEqual([['孩子0'], ['孩子1']]);
    expect(names((await open(w, shareLinkId, await person(w, other))).children)).toEqual([]);
  });

  it('lapses a day after the close, also of hours that were moved meanwhile', async () => {
    const w = await world();
    const { shareLinkId } = await make(w);
    const parent = await person(w, w.school.organisationId);
    w.clock.set(addMinutes(w.window.closesAt, DAY));
    const lapsed = await open(w, shareLinkId, parent);
    expect(lapsed).toMatchObject({ state: 'lapsed', school: { name: w.school.name }, children: [{ name: '孩子0' }] });
    expect(lapsed.window).toBeUndefined();
    await w.table.write([set(keys.window(w.window.windowId), { closesAt: addMinutes(w.window.closesAt, 60) })]);
    expect((await open(w, shareLinkId, parent)).state).toBe('live');
  });

  it('opens no window once it is withdrawn; withdrawing again changes nothing, and another school cannot', async () => {
    const w = await world();
    const { shareLinkId, schoolId } = await make(w);
    await expect(use(w).withdrawShareLink({ schoolId: newId('organisation'), shareLinkId }, officer)).rejects.toMatchObject({
      code: 'request.not_found',
    });
    const first = await use(w).withdrawShareLink({ schoolId, shareLinkId }, officer);
    expect(first.withdrawnAt).toBe(w.clock.now());
    w.clock.addMinutes(1);
    expect(await use(w).withdrawShareLink({ schoolId, shareLinkId }, officer)).toEqual(first);
    const opened = await open(w, shareLinkId, await person(w));
    expect([opened.state, opened.window]).toEqual(['withdrawn', undefined]);
  });

  it('that nobody made says nothing of any school, and still what is yours', async () => {
    const w = await world();
    const opened = await open(w, newId('shareLink'), await person(w, w.school.organisationId));
    expect(opened).toMatchObject({ state: 'unknown', children: [], elsewhere: [{ name: '孩子0' }] });
    expect(opened.school).toBeUndefined();
  });
});

describe('what came of a link', () => {
  /** A guardian of the pupil, and what follows every commit, told three times each. */
  async function family(w: SelectionWorld, pupil: number) {
    const { pupilId } = w.pupils[pupil] as (typeof w.pupils)[number];
    const actor = await person(w);
    const { personId } = actor;
    const child = {
      pupilId,
      name: `学生${pupil}`,
      schoolId: w.school.organisationId,
      schoolName: w.school.name,
      grade: 3,
      className: '3 班',
    };
    await w.table.write([
      put(keys.personChild(personId, pupilId), child),
      put(keys.pupilGuardian(pupilId, personId), { personId, pupilId, name: '家长', relation: '母亲', phone: '13900000000', by: 'roster' }),
    ]);
    return { ...actor, pupilId };
  }
  async function begin() {
    const w = await selectionWorld(await testTable(), { classes: [{ capacity: 10 }, { capacity: 10, weekday: 3 }], pupils: 4 });
    const following = new Following(w.table, area(w).followers ?? []);
    await following.look();
    const counts = async () => {
      await following.settle(3);
      const { items } = await use(w).listShareLinks(input(w), officer);
      return Object.fromEntries(items.map(({ name, opens, enrolments }) => [name, [opens, enrolments]]));
    };
    return { w, counts, following };
  }
  const take = async (w: SelectionWorld, pupilId: Id<'pupil'>, offering = 0) =>
    use(w).takeSeat(
      {
        pupilId,
        offeringId: (w.offerings[offering] as (typeof w.offerings)[number]).offeringId,
        windowId: w.window.windowId,
        enrolmentId: newId('enrolment'),
      },
      officer,
    );

  it('is people, not reloads, however often the stream tells it', async () => {
    const { w, counts } = await begin();
    const link = await make(w, input(w, { name: '甲' }));
    const people = await Promise.all([0, 1, 2].map((pupil) => family(w, pupil)));
    for (let reload = 0; reload < 3; reload++) await Promise.all(people.map((one) => open(w, link.shareLinkId, one)));
    expect(await counts()).toEqual({ 甲: [3, 0] });
    await open(w, link.shareLinkId, people[0] as Actor);
    expect(await counts()).toEqual({ 甲: [3, 0] });
  });

  it('is not the school looking at its own link, nor who comes when it is over', async () => {
    const { w, counts } = await begin();
    const link = await make(w, input(w, { name: '甲' }));
    const staff: Actor = { ...officer, memberships: [{ organisationId: w.school.organisationId, role: 'school' }] };
    await open(w, link.shareLinkId, staff);
    w.clock.set(addMinutes(w.window.closesAt, DAY));
    await open(w, link.shareLinkId, await family(w, 0));
    expect(await counts()).toEqual({ 甲: [0, 0] });
  });

  it('is the places of families that came by it, by the first link where they came by two', async () => {
    const { w, counts } = await begin();
    const [first, second] = [await make(w, input(w, { name: '甲' })), await make(w, input(w, { name: '乙' }))];
    const [both, one, none] = [await family(w, 0), await family(w, 1), await family(w, 2)];
    await open(w, first.shareLinkId, both);
    w.clock.addMinutes(1);
    await open(w, second.shareLinkId, both);
    await open(w, second.shareLinkId, one);
    for (const { pupilId } of [both, one, none]) await take(w, pupilId);
    await take(w, both.pupilId, 1);
    expect(await counts()).toEqual({ 甲: [1, 2], 乙: [2, 1] });
    // Who opens a link after the place was taken has not come by it.
    w.clock.addMinutes(1);
    await open(w, first.shareLinkId, none);
    expect(await counts()).toEqual({ 甲: [2, 2], 乙: [2, 1] });
  });

  it('counts the place that either guardian takes for the one who opened the link', async () => {
    const { w, counts } = await begin();
    const link = await make(w, input(w, { name: '甲' }));
    const mother = await family(w, 0);
    await family(w, 0);
    await open(w, link.shareLinkId, mother);
    await take(w, mother.pupilId);
    expect(await counts()).toEqual({ 甲: [1, 1] });
  });

  it('gives back what lapsed, also where the stream is late, and counts a new place again', async () => {
    const { w, counts, following } = await begin();
    const link = await make(w, input(w, { name: '甲' }));
    const mother = await family(w, 0);
    await open(w, link.shareLinkId, mother);
    const lapse = async ({ enrolmentId }: { enrolmentId: string }) => {
      const stored = await w.table.mustGet(keys.enrolment(mother.pupilId, enrolmentId), StoredEnrolment);
      await finishLapse(w.table, await claimClosing(w.table, stored));
    };
    const seen = await take(w, mother.pupilId);
    expect(await counts()).toEqual({ 甲: [1, 1] });
    await lapse(seen);
    expect(await counts()).toEqual({ 甲: [1, 0] });
    // Taken and let go before the stream tells of the taking.
    const unseen = await take(w, mother.pupilId);
    const early = await following.look();
    await lapse(unseen);
    for (const change of early) for (const follow of area(w).followers ?? []) await follow(change);
    expect(await counts()).toEqual({ 甲: [1, 0] });
    await take(w, mother.pupilId, 1);
    expect(await counts()).toEqual({ 甲: [1, 1] });
  });
});

describe('the mini-program code of a link', () => {
  it('is made by WeChat once, for the page where links land, and kept', async () => {
    const w = await world();
    const { shareLinkId, schoolId } = await make(w);
    const asked: (readonly string[])[] = [];
    const wechat: Platform['wechat'] = {
      ...NO_WECHAT,
      miniProgramCode: async (page, scene) => {
        asked.push([page, scene]);
        return Buffer.from('PNG');
      },
    };
    const { useCases } = area(w, { wechat });
    const first = await useCases.getShareCode({ schoolId, shareLinkId }, officer);
    expect(await useCases.getShareCode({ schoolId, shareLinkId }, officer)).toEqual(first);
    expect(Buffer.from(first.png, 'base64').toString()).toBe('PNG');
    expect(asked).toEqual([['entry/share/index', shareLinkId]]);
    await expect(useCases.getShareCode({ schoolId: newId('organisation'), shareLinkId }, officer)).rejects.toMatchObject({
      code: 'request.not_found',
    });
  });
});
