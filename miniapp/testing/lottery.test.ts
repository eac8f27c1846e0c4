/**
 * The proof of a draw in the shipped WeChat bundle, which has neither TextEncoder nor crypto: what the phone reckons there is what
 * the published functions reckon here.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { builtFolder } from './dist.ts';
import { lotteryAnswers, lotteryNow, offeringIds, winnersPart } from './lottery-samples.ts';
import { contract, everybody, type SampleServer, startSampleServer } from './sample-server.ts';
import { sampleId } from './samples.ts';
import { launchWeapp, type Weapp } from './weapp.ts';

const root = builtFolder('weapp');
const session = JSON.stringify({ token: 'sample', expiresAt: '2099-01-01T00:00:00.000Z', me: everybody });

let won: SampleServer;
let forged: SampleServer;
let wishing: SampleServer;
beforeAll(async () => {
  const areas = await contract();
  const serve = (answers: ReturnType<typeof lotteryAnswers>) => startSampleServer(areas, { seed: 0, now: lotteryNow, answers });
  const body = { ...winnersPart, draw: { ...winnersPart.draw, publicValue: '1' }, entry: { ...winnersPart.entry, index: 3 } };
  won = await serve(lotteryAnswers('won'));
  forged = await serve(lotteryAnswers('won', { 'GET /api/pupils/{pupilId}/windows/{windowId}/draw': () => ({ body }) }));
  wishing = await serve(lotteryAnswers('wishing'));
});
afterAll(() => Promise.all([won, forged, wishing].map((server) => server?.close())));

async function open(page: string, server: SampleServer, play: (weapp: Weapp) => Promise<void>): Promise<void> {
  const weapp = await launchWeapp({
    root,
    baseUrl: server.baseUrl,
    open: `/${page}/index?windowId=${sampleId('window')}`,
    host: { login: () => 'code' },
    storage: new Map([['session', session]]),
  });
  try {
    await play(weapp);
    expect({ errors: weapp.errors, problems: server.problems }).toEqual({ errors: [], problems: [] });
  } finally {
    weapp.close();
  }
}

test('a draw that was published holds on the phone, and one thing changed does not', async () => {
  await open('parent/draw', won, async (weapp) => {
    await weapp.waitForText('对上了：种子由名单和公开数算出');
    expect(weapp.text('proof-listed')).toBe(`对上了：名单第 ${winnersPart.entry.index + 1} 行（共 60 行）就是这一条`);
    await weapp.tap('proof-as-tickets');
    await weapp.waitForText('对不上：名单里没有这一条');
  });
});

test('a server that shows another place in the list and another value is found out', async () => {
  await open('parent/draw', forged, async (weapp) => {
    await weapp.waitForText('对不上：名单里没有这一条');
    expect(weapp.text('proof-seed')).toBe('对不上：算出的种子不是公布的种子');
  });
});

test('wishes are ranked by tapping', async () => {
  await open('parent/wishes', wishing, async (weapp) => {
    await weapp.waitForText('怎么抽');
    await weapp.tap(`add-${offeringIds[0]}`);
    await weapp.tap(`add-${offeringIds[2]}`);
    await weapp.tap(`up-${offeringIds[2]}`);
    await weapp.waitFor(() => weapp.text('wish-1').includes('合唱'), 'the second wish to come first');
    expect(weapp.text('wish-2')).toContain('陶艺');
  });
});
