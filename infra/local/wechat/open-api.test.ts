import { inflateSync } from 'node:zlib';
import { DomainError } from '@kehou/shared/kernel/errors';
import jsqr from 'jsqr';
import { startWorld, type TestWorld } from './testing.ts';

let world: TestWorld;
let openId: string;
beforeEach(async () => {
  world = await startWorld();
  openId = world.simulator.control.addPerson({ phone: '13812345678', nickname: '小满妈妈' }).openId;
});
afterEach(() => world.stop());

const code = (name: string) => expect.objectContaining({ name: 'DomainError', code: name });

describe('signing in', () => {
  test("a phone's code tells who it is, once, within five minutes", async () => {
    const { control } = world.simulator;
    const login = control.loginCode(openId);
    expect(await world.wechat.session(login)).toEqual({ openId, unionId: control.person(openId)?.unionId });
    await expect(world.wechat.session(login)).rejects.toEqual(code('session.code_refused'));
    const late = control.loginCode(openId);
    await world.timers.advance({ minutes: 5, seconds: 1 });
    await expect(world.wechat.session(late)).rejects.toEqual(code('session.code_refused'));
    for (const nonsense of ['', 'x', '../..', 'a&secret=b', control.phoneCode(openId)]) {
      await expect(world.wechat.session(nonsense)).rejects.toEqual(code('session.code_refused'));
    }
  });

  test('a phone number comes without its country code, mainland numbers only, once a code', async () => {
    const { control } = world.simulator;
    const phone = control.phoneCode(openId);
    expect(await world.wechat.phoneNumber(phone)).toBe('13812345678');
    await expect(world.wechat.phoneNumber(phone)).rejects.toEqual(code('session.code_refused'));
    await expect(world.wechat.phoneNumber(control.loginCode(openId))).rejects.toEqual(code('session.code_refused'));
    const abroad = control.addPerson({ phone: '91234567', countryCode: '852', nickname: '香港' });
    await expect(world.wechat.phoneNumber(control.phoneCode(abroad.openId))).rejects.toEqual(code('session.phone_foreign'));
  });

  test('no answer, a lost one and a 5xx are "busy", not a refusal; a wrong secret is our own mistake', async () => {
    const { control } = world.simulator;
    const { WeChatApi } = await import('@kehou/functions/platform/wechat-api');
    const { appId, appSecret } = world.simulator.credentials();
    const hasty = new WeChatApi({ baseUrl: world.baseUrl, appId, appSecret, timeoutMs: 200 }, world.timers);
    for (const kind of ['http.timeout', 'http.error', 'http.lost-reply'] as const) {
      control.setSwitch({ kind, operation: 'session' });
      const wechat = kind === 'http.timeout' ? hasty : world.wechat;
      await expect(wechat.session(control.loginCode(openId))).rejects.toEqual(code('request.busy'));
    }
    const wrong = new WeChatApi({ baseUrl: world.baseUrl, appId, appSecret: 'w'.repeat(32) }, world.timers);
    const failure = await wrong.session(control.loginCode(openId)).catch((error: unknown) => error);
    expect(failure).not.toBeInstanceOf(DomainError);
    expect(String(failure)).toContain('40125');
    expect(String(failure)).not.toContain('w'.repeat(32));
  });
});

describe('the access token', () => {
  const requests = (kind: string) => world.simulator.control.listSwitches().filter((one) => one.kind === kind).length;

  test('it is asked for once and kept, by all calls at once; renewed before it lapses; and when WeChat has ended it', async () => {
    const { control } = world.simulator;
    const ask = () => world.wechat.phoneNumber(control.phoneCode(openId));
    await Promise.all([ask(), ask(), ask()]);
    // A switch on the token's endpoint stays unused while the token is kept.
    control.setSwitch({ kind: 'http.error', operation: 'token' });
    await ask();
    await world.timers.advance({ minutes: 114 });
    await ask();
    expect(requests('http.error')).toBe(1);
    await world.timers.advance({ minutes: 2 });
    await expect(ask()).rejects.toEqual(code('request.busy'));
    expect(requests('http.error')).toBe(0);
    expect(await ask()).toBe('13812345678');
    control.endToken();
    expect(await ask()).toBe('13812345678');
  });
});

describe('subscription messages', () => {
  test('one message for each time that the person agreed, and "no" without an error after that', async () => {
    const { control } = world.simulator;
    const message = { openId, template: 'paid', page: 'parent/order/order?id=1', data: { thing1: '少儿编程', amount2: '¥120.00' } };
    expect(await world.wechat.sendSubscriptionMessage(message)).toBe(false);
    control.agree(openId, ['tmpl-paid']);
    expect(await world.wechat.sendSubscriptionMessage(message)).toBe(true);
    expect(await world.wechat.sendSubscriptionMessage(message)).toBe(false);
    expect(control.listMessages(openId)).toMatchObject([{ templateId: 'tmpl-paid', page: message.page, data: message.data }]);
    control.changeSettings({ consentToAll: true });
    expect(await world.wechat.sendSubscriptionMessage(message)).toBe(true);
  });

  test('values are cut to what their kind may hold, and never empty', async () => {
    world.simulator.control.agree(openId, ['t']);
    const data = {
      thing1: '很长的课程名称'.repeat(10),
      phrase2: '等待学校审批中',
      name3: '',
      character_string4: 'A'.repeat(40),
      thing5: '两\n行',
    };
    expect(await world.wechat.sendSubscriptionMessage({ openId, template: 't', page: 'p', data })).toBe(true);
    expect(world.simulator.control.listMessages(openId)[0]?.data).toEqual({
      thing1: `${'很长的课程名称'.repeat(3).slice(0, 19)}…`,
      phrase2: '等待学校审',
      name3: '-',
      character_string4: `${'A'.repeat(31)}…`,
      thing5: '两 行',
    });
  });

  test('a person whom WeChat does not know is our mistake', async () => {
    const lost = world.wechat.sendSubscriptionMessage({ openId: 'nobody', template: 't', page: 'p', data: { thing1: 'x' } });
    await expect(lost).rejects.toThrow('40003');
  });
});

test('a mini-program code is a PNG that a scanner reads', async () => {
  const png = Buffer.from(await world.wechat.miniProgramCode('parent/window/window', 'w=01J8ABCDEFGH'));
  expect(png.subarray(1, 4).toString()).toBe('PNG');
  const size = png.readUInt32BE(16);
  const start = png.indexOf('IDAT') + 4;
  const lines = inflateSync(png.subarray(start, start + png.readUInt32BE(start - 8)));
  const pixels = new Uint8ClampedArray(size * size * 4);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) pixels.fill(lines[y * (size + 1) + 1 + x] as number, 4 * (y * size + x), 4 * (y * size + x) + 4);
  }
  const read = (jsqr as unknown as { default?: typeof jsqr }).default ?? jsqr;
  const [made] = world.simulator.control.listCodes();
  expect(read(pixels, size, size)?.data).toBe(made?.text);
  expect(made).toMatchObject({ page: 'parent/window/window', scene: 'w=01J8ABCDEFGH' });
  await expect(world.wechat.miniProgramCode('parent/window/window', 'x'.repeat(33))).rejects.toBeInstanceOf(TypeError);
});
