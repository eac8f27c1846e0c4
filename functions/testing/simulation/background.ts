/** What works by itself in a simulated run: the sweeper, the stream's readers, the provider that pays out and calls back, TTL. */
import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { type Instant, ms } from '@kehou/shared/kernel/time';
import type { DynamoDBRecord } from 'aws-lambda';
import { dueHandlersOf, followersOf } from '../../src/lambda/background.ts';
import { follow } from '../../src/lambda/stream.ts';
import { sweepDue } from '../../src/lambda/sweep-due.ts';
import { DUE_SHARDS, keys, shardOf } from '../../src/platform/keys.ts';
import type { Simulation } from './simulation.ts';

const MINUTE_MS = 60_000;
/** By night the sweeper of a simulation comes more seldom: late is allowed, and days go by faster. */
const NIGHT_MS = 6 * 3_600_000;
const STREAM_SHARDS = 3;
const BATCH_MAX = 20;
const LAG_SECONDS_MAX = 40;
const CALLBACK_TRIES_MAX = 15;
const LATEST_CALLBACK_MINUTES = 60;

/** Every minute, if anything is due by then. */
export async function runSweeper(simulation: Simulation, day: Instant, end: Instant): Promise<void> {
  const { scheduler, memory } = simulation;
  const isDue = () => {
    for (let shard = 0; shard < DUE_SHARDS; shard++) {
      for (const item of memory.partition('GSI2', keys.dueShard(shard))) if ((item.GSI2SK?.S ?? '') <= `${scheduler.now()}#~`) return true;
    }
    return false;
  };
  while (scheduler.now() < end) {
    await scheduler.sleep('sweeper', scheduler.now() < day ? MINUTE_MS : NIGHT_MS);
    if (!isDue()) continue;
    await simulation.request('sweeper', 'sweep', ({ background, platform }) => sweepDue(platform, dueHandlersOf(background))());
  }
}

/**
 * The stream: records of one item stay in order, in one of three shards; each reader takes a batch at a time, takes it again from
 * where it broke, and now and then all of it once more.
 */
export function followStream(simulation: Simulation): void {
  const shards = Array.from({ length: STREAM_SHARDS }, () => ({ records: [] as DynamoDBRecord[], isRead: false }));
  const read = async (shard: (typeof shards)[number], who: string) => {
    const { scheduler } = simulation;
    while (shard.records.length > 0) {
      if (scheduler.chance(0.3)) await scheduler.sleep(who, scheduler.between(1, LAG_SECONDS_MAX) * 1000);
      const Records = shard.records.slice(0, scheduler.between(1, BATCH_MAX));
      const outcome = await simulation.request(who, 'follow', ({ background, platform }) =>
        follow(followersOf(background), platform.log)({ Records }),
      );
      const failed = 'answer' in outcome ? outcome.answer.batchItemFailures[0]?.itemIdentifier : undefined;
      const done = failed === undefined ? Records.length : Records.findIndex(({ dynamodb }) => dynamodb?.SequenceNumber === failed);
      if ('answer' in outcome && !scheduler.chance(0.1)) shard.records.splice(0, done);
      if (!('answer' in outcome) || failed !== undefined) await scheduler.sleep(who, 1000);
    }
    shard.isRead = false;
  };
  simulation.onChanges((changes, writeNumber) => {
    for (const [index, { key, before, after }] of changes.entries()) {
      const SequenceNumber = String(writeNumber * 1000 + index);
      const Keys = { PK: { S: key.PK }, SK: { S: key.SK } };
      const images = { ...(before ? { OldImage: before } : {}), ...(after ? { NewImage: after } : {}) };
      const number = shardOf(`${key.PK} ${key.SK}`, STREAM_SHARDS);
      const shard = shards[number];
      // The same values under two declarations: the SDK's and the event's.
      shard?.records.push({ eventID: SequenceNumber, dynamodb: { Keys, SequenceNumber, ...images } } as DynamoDBRecord);
      if (!shard || shard.isRead) continue;
      shard.isRead = true;
      simulation.scheduler.spawn(`stream-${number}`, () => read(shard, `stream-${number}`));
    }
  });
}

/** DynamoDB's clearing away of what is past its time: late, as it is. */
export async function runTtl({ scheduler, memory, ground }: Simulation, end: Instant): Promise<void> {
  while (scheduler.now() < end) {
    await scheduler.sleep('ttl', 12 * 3_600_000);
    const nowSeconds = Math.floor(ms(scheduler.now()) / 1000);
    for (const { PK, SK, ttl } of memory.items()) {
      if (ttl?.N === undefined || Number(ttl.N) > nowSeconds || !PK || !SK) continue;
      await ground.client.send(new DeleteItemCommand({ TableName: 'simulated', Key: { PK, SK } }));
    }
  }
}

/** The cashier of the payer's phone, and the provider's callbacks: several, late, or none. `late`: after the order's time, on its way all the same. */
export function payAtProvider(simulation: Simulation, paymentId: string, late: boolean): void {
  const { payments, scheduler } = simulation;
  const order = payments.orders.get(paymentId);
  if (!order || (order.state !== 'not-paid' && !(late && order.state === 'closed'))) return;
  if (!late && order.input.expiresAt <= scheduler.now()) return;
  const payment = payments.pay(paymentId, { force: late });
  simulation.count(late ? 'paid late' : 'paid');
  scheduler.trace(`provider takes ${paymentId}${late ? ' late' : ''}`);
  // In time, somebody asks before the order is closed; late, only the provider can tell.
  const isNeverTold = !late && scheduler.chance(0.2);
  if (!isNeverTold) callBack(simulation, { kind: 'payment', paymentId, payment }, late);
}

/** Refunds that the provider was still working on come to their end. */
export async function runProvider(simulation: Simulation, end: Instant): Promise<void> {
  const { scheduler, payments } = simulation;
  while (scheduler.now() < end) {
    await scheduler.sleep('provider', 40 * MINUTE_MS);
    for (const [refundId, { state }] of payments.refunds) {
      if (state.state !== 'processing' || scheduler.chance(0.4)) continue;
      const refund = payments.finishRefund(refundId, scheduler.weighed({ succeeded: 18, abnormal: 1, closed: 1 }));
      scheduler.trace(`provider ends ${refundId}: ${refund.state}`);
      if (scheduler.chance(0.7)) callBack(simulation, { kind: 'refund', refundId, refund }, false);
    }
  }
}

function callBack(simulation: Simulation, notice: object, isWanted: boolean): void {
  const { scheduler } = simulation;
  const copies = scheduler.between(1, 3);
  for (let copy = 0; copy < copies; copy++) {
    const soon = copy === 0 && (isWanted || scheduler.chance(0.7));
    const delayMs = soon ? scheduler.below(20) * 1000 : scheduler.below(LATEST_CALLBACK_MINUTES) * MINUTE_MS;
    const who = `callback-${scheduler.steps}-${copy}`;
    scheduler.spawn(who, async () => {
      await scheduler.sleep(who, delayMs);
      for (let attempt = 1; attempt <= CALLBACK_TRIES_MAX; attempt++) {
        const raw = { headers: { signature: 'genuine' }, body: JSON.stringify(notice) };
        const actor = { personId: 'nobody', memberships: [], children: [], requestId: who };
        const outcome = await simulation.request(who, 'callback', ({ billing }) => billing.useCases.wechatPayNotice(raw, actor));
        if ('answer' in outcome) return;
        await scheduler.sleep(who, 30_000 * attempt);
      }
    });
  }
}
