import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import * as z from 'zod';
import type { Change } from '../use-cases.ts';

const Keys = z.object({ PK: z.string(), SK: z.string() });

/** A stream record as followers see it; `undefined` for one without keys, which no item of ours has. */
export function changeOf(record: DynamoDBRecord): Change | undefined {
  const { Keys: rawKeys, OldImage, NewImage, SequenceNumber } = record.dynamodb ?? {};
  if (!rawKeys || SequenceNumber === undefined) return undefined;
  // The same values under two declarations: the event's and the SDK's.
  const plain = (image: typeof OldImage) => image && unmarshall(image as Record<string, AttributeValue>);
  const keys = Keys.parse(plain(rawKeys));
  return { sequence: SequenceNumber, keys, before: plain(OldImage), after: plain(NewImage) };
}
