/**
 * What a call of the table in memory would cost on DynamoDB: whom it writes to, and in how many units. So that a rehearsal can hold
 * its hottest item against what one partition takes in a second.
 */
import {
  type AttributeValue,
  DeleteItemCommand,
  ProvisionedThroughputExceededException,
  PutItemCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { AttributeMap } from './memory-expressions.ts';
import type { MemoryTable } from './memory-table.ts';

const UNIT_BYTES = 1024;

export interface Traffic {
  readonly kind: 'read' | 'write' | 'transaction';
  /** By partition; refused conditions cost the same. */
  readonly units: readonly { readonly pk: string; readonly units: number }[];
}

/** Of a command that is about to be performed. */
export function trafficOf(command: object, memory: MemoryTable): Traffic {
  if (command instanceof TransactWriteItemsCommand) {
    const parts = command.input.TransactItems ?? [];
    // A transaction writes each item twice: to prepare and to commit.
    const units = parts.map(({ Put, Update, Delete, ConditionCheck }) => {
      const each = unitsOf(memory, Put?.Item ?? (Update ?? Delete ?? ConditionCheck)?.Key, Put?.Item);
      return { pk: each.pk, units: 2 * each.units };
    });
    return { kind: 'transaction', units };
  }
  if (command instanceof PutItemCommand) return { kind: 'write', units: [unitsOf(memory, command.input.Item, command.input.Item)] };
  if (command instanceof UpdateItemCommand || command instanceof DeleteItemCommand)
    return { kind: 'write', units: [unitsOf(memory, command.input.Key)] };
  return { kind: 'read', units: [] };
}

/** What DynamoDB answers when a partition is written to faster than it takes. */
export function throttled(): Error {
  return new ProvisionedThroughputExceededException({ message: 'rehearsed: more than a partition takes in a second', $metadata: {} });
}

function unitsOf(memory: MemoryTable, key: AttributeMap | undefined, item?: AttributeMap): { pk: string; units: number } {
  const [pk, sk] = [key?.PK?.S ?? '', key?.SK?.S ?? ''];
  const bytes = bytesOf({ M: { ...(item ?? memory.find({ PK: pk, SK: sk })) } });
  return { pk, units: Math.max(1, Math.ceil(bytes / UNIT_BYTES)) };
}

/** About what DynamoDB counts: names and values, three bytes a map or list, one an entry. */
function bytesOf(value: AttributeValue | undefined): number {
  if (!value) return 0;
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return Math.ceil(value.N.length / 2) + 1;
  if (value.L) return value.L.reduce((sum, each) => sum + 1 + bytesOf(each), 3);
  if (!value.M) return 1;
  return Object.entries(value.M).reduce((sum, [name, each]) => sum + name.length + 1 + bytesOf(each), 3);
}
