/**
 * The one reader of the table's stream: hands every change to every follower. Changes of one item keep their order; items
 * go side by side. The first record of a batch that fails is reported, so that Lambda sends it and what follows again;
 * what keeps failing is parked by the event source.
 */
import { ms } from '@kehou/shared/kernel/time';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { changeOf } from '../platform/change-of.ts';
import { type Clock, systemClock } from '../platform/clock.ts';
import { inLanes } from '../platform/in-lanes.ts';
import type { Log } from '../platform/log.ts';
import type { Platform } from '../platform/platform.ts';
import { stepFunctions } from '../platform/workflow-client-sfn.ts';
import type { Follower } from '../use-cases.ts';
import { allTasks } from './all-tasks.ts';
import { assembleBackground, followersOf } from './background.ts';
import { lazily } from './entry.ts';
import { perform } from './perform-task.ts';

export type StreamHandler = (event: DynamoDBStreamEvent) => Promise<DynamoDBBatchResponse>;

const LANES = 16;

export function create(platform: Platform): StreamHandler {
  return follow(followersOf(assembleBackground(platform)), platform.log);
}

export const handler = lazily(
  (platform) =>
    watchForGaps(create(platform), {
      clock: systemClock,
      log: platform.log,
      catchUp: () => perform(allTasks(platform), platform.log)({ task: CATCH_UP }),
    }),
  { workflows: stepFunctions },
);

/** The task that has every school recounted from the table. */
export const CATCH_UP = 'supervision.catchUp';
/** The stream drops records after 24 hours: whoever reads some that are nearly that old may have missed older ones. */
const NEARLY_LOST_MS = 23 * 3_600_000;
/** A backlog of a day takes a while to read: it is one gap, not one a batch. */
const ONCE_IN_MS = 3_600_000;

export interface GapWatch {
  /** Real time, which the stream's own times are in. */
  readonly clock: Clock;
  readonly log: Log;
  readonly catchUp: () => Promise<unknown>;
}

/** Lambda is not told what the stream has dropped: the age of what it still gets tells. Asked for before the batch is followed. */
export function watchForGaps(follow: StreamHandler, { clock, log, catchUp }: GapWatch): StreamHandler {
  let askedMs = Number.NEGATIVE_INFINITY;
  return async (event) => {
    const nowMs = ms(clock.now());
    const oldest = Math.min(
      ...event.Records.map(({ dynamodb }) => (dynamodb?.ApproximateCreationDateTime ?? Number.POSITIVE_INFINITY) * 1000),
    );
    if (nowMs - oldest > NEARLY_LOST_MS && nowMs - askedMs > ONCE_IN_MS) {
      log.warn('stream records are nearly as old as the stream keeps them: catching up from the table', { oldestMs: oldest });
      await catchUp();
      askedMs = nowMs;
    }
    return follow(event);
  };
}

export function follow(followers: readonly Follower[], log: Log): StreamHandler {
  return async ({ Records }) => {
    const byItem = new Map<string, number[]>();
    for (const [index, record] of Records.entries()) {
      const item = JSON.stringify(record.dynamodb?.Keys ?? index);
      byItem.set(item, [...(byItem.get(item) ?? []), index]);
    }
    let firstFailed = Records.length;
    await inLanes([...byItem.values()], LANES, async (indexes) => {
      for (const index of indexes) {
        // Beyond the first failure everything comes again: no need to do it twice.
        if (index >= firstFailed) return;
        try {
          await followRecord(Records[index] as DynamoDBRecord, followers);
        } catch (error) {
          firstFailed = Math.min(firstFailed, index);
          const failure = error as Error;
          log.error('a follower failed', {
            eventId: Records[index]?.eventID,
            name: failure.name,
            message: failure.message,
            stack: failure.stack,
          });
          return;
        }
      }
    });
    const failed = Records[firstFailed]?.dynamodb?.SequenceNumber;
    return { batchItemFailures: failed === undefined ? [] : [{ itemIdentifier: failed }] };
  };
}

/** Each follower once, even when one before it failed: a bug in one projection does not hold up the others' first try. */
async function followRecord(record: DynamoDBRecord, followers: readonly Follower[]): Promise<void> {
  const change = changeOf(record);
  if (!change) return;
  const errors: unknown[] = [];
  for (const follower of followers) {
    try {
      await follower(change);
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}
