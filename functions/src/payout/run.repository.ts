/** A school's payout of a month: one item, whoever starts it. */
import type { Id } from '@kehou/shared/kernel/id';
import { type ChinaMonth, Instant } from '@kehou/shared/kernel/time';
import { PayoutRun } from '@kehou/shared/payout/payout';
import * as z from 'zod';
import { keys } from '../platform/keys.ts';
import { type Condition, type Item, set, type Table, type Write } from '../platform/table.ts';

/** `<payoutRunId>-v<version>` names the execution; steps of an older version end without effect. */
export const StoredRun = PayoutRun.extend({
  /** Of the execution that waits for the next decision. */
  taskToken: z.string().optional(),
  /** When a step last did something. */
  progressAt: Instant,
  /** When whoever is next was last reminded. */
  remindedAt: Instant.optional(),
  /** How often, over all whose turn it was. Rises; messaging tells each rise once. */
  reminders: z.int().default(0),
  refusedBy: z.string().optional(),
});
export type StoredRun = z.infer<typeof StoredRun>;

export async function getRun(table: Table, schoolId: Id<'organisation'>, month: ChinaMonth): Promise<StoredRun | undefined> {
  return table.get(keys.payoutRun(schoolId, month), StoredRun);
}

/** This version of the run, in this state: what every step's write is conditional on. */
export function runIs(run: Pick<StoredRun, 'version' | 'status'>, more?: { expression: string; values: Item }): Condition {
  return {
    expression: `#version = :ofVersion AND #status = :inStatus${more ? ` AND ${more.expression}` : ''}`,
    values: { ofVersion: run.version, inStatus: run.status, ...more?.values },
  };
}

/** Sets fields of a run that still is as it was read. */
export function runWrite(run: StoredRun, fields: Item, more?: { expression: string; values: Item }): Write {
  return set(keys.payoutRun(run.schoolId, run.month), fields, { condition: runIs(run, more) });
}

export function executionName(run: Pick<StoredRun, 'payoutRunId' | 'version'>): string {
  return `${run.payoutRunId}-v${run.version}`;
}

/** Who the audit trail names when no person acts: the execution. */
export function workflowActor(run: Pick<StoredRun, 'payoutRunId' | 'version'>): { personId: string; requestId: string } {
  return { personId: 'workflow:monthly-payout', requestId: executionName(run) };
}
