/**
 * What a bureau reads of a simulated school, held against a count of the whole school: what each thing adds to the figures is what
 * counting it anew gives, the figures are the sum of that, and the balances and the cards of windows are as they should be.
 */
import { isDeepStrictEqual } from 'node:util';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { flat, nothing, plus, Tally } from '@kehou/shared/supervision/figures';
import * as z from 'zod';
import type { AttributeMap } from '../../src/platform/memory-expressions.ts';
import { figuresOf } from '../../src/supervision/figures.repository.ts';
import { recount } from '../../src/supervision/recount.ts';
import type { Simulation } from './simulation.ts';

const Share = z.object({ schoolId: z.string(), tally: Tally });

/** Counts the school as it is before anything happens; what it answers counts at rest, and tells what was wrong, in sentences. */
export async function watchFigures({ ground, scheduler, memory }: Simulation, schoolId: string): Promise<() => Promise<string[]>> {
  const countAnew = recount({ table: ground, clock: scheduler });
  await countAnew({ schoolId });
  return async () => {
    const [figures = nothing] = await figuresOf(ground, [schoolId]);
    const sum = sharesIn(memory.items(), schoolId).reduce(plus, nothing);
    const kept = snapshot(memory.items());
    await countAnew({ schoolId });
    const counted = snapshot(memory.items());
    return [
      ...(isDeepStrictEqual(flat(figures), flat(sum))
        ? []
        : [`figures are ${JSON.stringify(flat(figures))}, and sum to ${JSON.stringify(flat(sum))}`]),
      ...[...new Set([...kept.keys(), ...counted.keys()])]
        .filter((key) => !isDeepStrictEqual(kept.get(key), counted.get(key)))
        .map((key) => `${key} is ${JSON.stringify(kept.get(key))}; counted anew, ${JSON.stringify(counted.get(key))}`),
    ];
  };
}

function sharesIn(items: readonly AttributeMap[], schoolId: string): Tally[] {
  return items
    .filter(({ SK }) => SK?.S === 'SHARE')
    .map((item) => Share.parse(unmarshall(item as Record<string, AttributeValue>)))
    .filter((share) => share.schoolId === schoolId)
    .map(({ tally }) => tally);
}

function snapshot(items: readonly AttributeMap[]): ReadonlyMap<string, AttributeMap> {
  return new Map(items.map((item) => [`${item.PK?.S} ${item.SK?.S}`, structuredClone(item)]));
}
