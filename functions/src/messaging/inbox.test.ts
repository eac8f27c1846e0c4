import { newId } from '@kehou/shared/kernel/id';
import type { Actor } from '@kehou/shared/kernel/route';
import { seatConfirmed } from '@kehou/shared/messaging/words';
import { testTable } from '../../testing/engine.ts';
import { atEveryCrash, withFaults } from '../../testing/faults.ts';
import { type TestPlatform, testPlatform } from '../../testing/test-platform.ts';
import { nobody } from '../http/api.ts';
import { identity } from '../identity/index.ts';
import { authenticate } from '../identity/session-token.ts';
import { messaging } from './index.ts';
import { tell } from './tell.ts';

const told = (courseName: string) => seatConfirmed({ pupilId: newId('pupil'), pupilName: '小明', courseName });

async function signedIn(platform: TestPlatform, openId: string): Promise<Actor> {
  const session = await identity(platform).useCases.signIn({ code: platform.codes.login(openId) }, nobody('req'));
  return authenticate(platform)(session.token, 'req');
}
async function inboxWorld() {
  const platform = testPlatform(await testTable());
  const use = messaging(platform).useCases;
  const parent = await signedIn(platform, 'parent');
  const list = async (limit = 50) => (await use.listMessages({ limit }, parent)).items;
  const unread = async () => (await identity(platform).useCases.me({}, parent)).unreadMessages;
  return { platform, use, parent, list, unread };
}

test('one cause tells one person once, however often and however many at once', async () => {
  const { platform, parent, list, unread } = await inboxWorld();
  await Promise.all(
    Array.from({ length: 10 }, () => tell(platform, [parent.personId, parent.personId], 'enr_1:confirmed', told('机器人'))),
  );
  await tell(platform, [parent.personId], 'enr_1:confirmed', told('机器人'));
  await tell(platform, [parent.personId], 'enr_2:confirmed', told('合唱'));
  expect((await list()).map(({ body }) => body)).toEqual(['小明已报上《合唱》。', '小明已报上《机器人》。']);
  expect(await unread()).toBe(2);
  expect(platform.sent).toHaveLength(2);
});

test('a death at any point of telling is made good by telling again, and nothing is counted twice', async () => {
  await atEveryCrash(async (fail) => {
    const { platform, parent, list, unread } = await inboxWorld();
    const faults = await fail(platform.table);
    await tell(testPlatform(faults.table, { clock: platform.clock }), [parent.personId], 'cause', told('机器人')).catch(() => undefined);
    await tell(platform, [parent.personId], 'cause', told('机器人'));
    expect(await list()).toHaveLength(1);
    expect(await unread()).toBe(1);
  });
});

test('lost replies, throttling and conflicts make no second message', async () => {
  const { platform, parent, list, unread } = await inboxWorld();
  const faults = await withFaults(platform.table, { seed: 3, lost: 0.3, throttle: 0.2, conflict: 0.2 });
  const flaky = testPlatform(faults.table, { clock: platform.clock });
  for (let cause = 0; cause < 15; cause++) {
    for (let again = 0; again < 2; again++)
      await tell(flaky, [parent.personId], `cause-${cause}`, told(`课${cause}`)).catch(() => undefined);
  }
  for (let cause = 0; cause < 15; cause++) await tell(platform, [parent.personId], `cause-${cause}`, told(`课${cause}`));
  expect(await list()).toHaveLength(15);
  expect(await unread()).toBe(15);
  expect(faults.injected().lost).toBeGreaterThan(0);
});

test('marking reads up to a message and no further, and never back', async () => {
  const { platform, use, parent, list, unread } = await inboxWorld();
  for (const course of ['一', '二', '三', '四']) {
    await tell(platform, [parent.personId], course, told(course));
    platform.clock.addMinutes(1);
  }
  const [fourth, third, second] = await list();
  const mark = (message: typeof third) => use.markRead({ upTo: message?.messageId as never }, parent);
  expect(await mark(third)).toEqual({ unread: 1 });
  expect(await mark(second)).toEqual({ unread: 1 });
  expect((await list()).map(({ readAt }) => readAt !== undefined)).toEqual([false, true, true, true]);
  expect(await unread()).toBe(1);
  expect(await mark(fourth)).toEqual({ unread: 0 });
  expect(await unread()).toBe(0);
});

test('messages that arrive while one is reading are still unread afterwards', async () => {
  for (let round = 0; round < 5; round++) {
    const { platform, use, parent, list, unread } = await inboxWorld();
    await tell(platform, [parent.personId], 'first', told('机器人'));
    platform.clock.addMinutes(1);
    const [newest] = await list();
    await Promise.all([
      use.markRead({ upTo: newest?.messageId as never }, parent),
      ...['a', 'b', 'c'].map((cause) => tell(platform, [parent.personId], cause, told(cause))),
    ]);
    expect(await unread()).toBe(3);
    expect((await list()).filter(({ readAt }) => readAt === undefined)).toHaveLength(3);
  }
});

test("nobody reads another's inbox, by page or by cursor", async () => {
  const { platform, use, parent } = await inboxWorld();
  for (const cause of ['a', 'b', 'c']) await tell(platform, [parent.personId], cause, told(cause));
  const page = await use.listMessages({ limit: 2 }, parent);
  expect(page.items).toHaveLength(2);
  expect((await use.listMessages({ limit: 2, cursor: page.cursor }, parent)).items).toHaveLength(1);
  const other = await signedIn(platform, 'other');
  expect((await use.listMessages({ limit: 50 }, other)).items).toEqual([]);
  await expect(use.listMessages({ limit: 2, cursor: page.cursor }, other)).rejects.toMatchObject({ code: 'request.invalid' });
});

test('a push names the page and goes to that WeChat; one that fails is logged without who or what', async () => {
  const { platform, parent, list } = await inboxWorld();
  await tell(platform, [parent.personId], 'a', told('机器人'));
  expect(platform.sent).toMatchObject([
    {
      openId: 'parent',
      template: 'class',
      page: expect.stringMatching(/^parent\/home\/index\?pupilId=pup_/),
      data: { thing1: '报名成功', time3: '2026-11-23 20:00' },
    },
  ]);
  const broken = testPlatform(platform.table, {
    clock: platform.clock,
    wechat: { ...platform.wechat, sendSubscriptionMessage: () => Promise.reject(new Error('47003')) },
  });
  await tell(broken, [parent.personId], 'b', told('合唱'));
  expect(await list()).toHaveLength(2);
  expect(broken.lines).toMatchObject([{ level: 'warn', fields: { kind: 'seat-confirmed', message: '47003' } }]);
  expect(JSON.stringify(broken.lines)).not.toMatch(/小明|合唱|parent/);
});
