/**
 * What people were told in a simulated run, held against what happened: for every step that a family waits for, one message to each
 * of its guardians, whatever died on the way and however often a change was read; and no message of a step that was never made.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { Refund } from '@kehou/shared/billing/refund';
import { Enrolment } from '@kehou/shared/selection/enrolment';
import * as z from 'zod';
import { Guardian } from '../../src/identity/guardian.repository.ts';
import { keys } from '../../src/platform/keys.ts';
import type { MemoryChange, MemoryTable } from '../../src/platform/memory-table.ts';
import { StoredChoices } from '../../src/selection/draw.repository.ts';
import { StoredWait } from '../../src/selection/wait.repository.ts';
import type { Simulation } from './simulation.ts';

type Row = Readonly<Record<string, AttributeValue>>;

/** Follows the run from now on; what it answers tells at rest what is wrong, in sentences. */
export function watchNews(simulation: Simulation): () => readonly string[] {
  /** By the cause of its message: the child whose guardians are to hear of it. */
  const happened = new Map<string, string>();
  simulation.onChanges((changes) => {
    for (const change of changes) {
      const step = stepOf(change);
      if (step) happened.set(step.cause, step.pupilId);
    }
  });
  return () => [...unheard(simulation, happened)];
}

function stepOf({ key: { SK }, before, after }: MemoryChange): { readonly cause: string; readonly pupilId: string } | undefined {
  if (!after) return undefined;
  const item = unmarshall(after as Row);
  if (SK.startsWith('CHOICE#')) {
    const { windowId, pupilId, outcome } = StoredChoices.parse(item);
    return outcome === 'lost' && before?.outcome?.S !== 'lost' ? { cause: `${windowId}:${pupilId}:not-drawn`, pupilId } : undefined;
  }
  if (before?.status?.S === after.status?.S) return undefined;
  if (SK.startsWith('ENROLMENT#')) {
    const { enrolmentId, pupilId, status, offer, drawn, reservedFor, cancelReason } = Enrolment.parse(item);
    const given = status === 'held' && Boolean(offer || drawn || reservedFor);
    const calledOff = status === 'cancelled' && (cancelReason === 'under-size' || cancelReason === 'school');
    if (!given && !calledOff && status !== 'confirmed' && status !== 'lapsed') return undefined;
    return { cause: `${enrolmentId}:${status}`, pupilId };
  }
  if (SK === 'REFUND') {
    const { refundId, pupilId, status } = Refund.parse(item);
    return status === 'succeeded' || status === 'refused' ? { cause: `${refundId}:${status}`, pupilId } : undefined;
  }
  if (SK.startsWith('WAIT#')) {
    const { waitId, pupilId, status } = StoredWait.parse(item);
    return status === 'ended' ? { cause: `${waitId}:ended`, pupilId } : undefined;
  }
  return undefined;
}

/** Whether a cause is one of {@link stepOf}'s; of others (a window published, a refund to approve) people are told as well. */
const STEP = /^(enr_\w+:\w+|rfd_\w+:(succeeded|refused)|wai_\w+:ended|win_\w+:pup_\w+:not-drawn)$/;
const Told = z.object({ messageId: z.string() });
const Unread = z.object({ count: z.int() });

function* unheard({ memory }: Simulation, happened: ReadonlyMap<string, string>): Generator<string> {
  const causes = new Map<string, Set<string>>();
  const inboxes = new Map<string, number>();
  for (const item of memory.items()) {
    const [PK = '', SK = ''] = [item.PK?.S, item.SK?.S];
    if (PK.startsWith('INBOX#')) inboxes.set(PK.slice('INBOX#'.length), (inboxes.get(PK.slice('INBOX#'.length)) ?? 0) + 1);
    if (SK !== 'TOLD') continue;
    const [, personId = '', cause = ''] = PK.split('#');
    causes.set(personId, (causes.get(personId) ?? new Set()).add(cause));
    const { messageId } = Told.parse(unmarshall(item as Row));
    if (!memory.find(keys.message(personId, messageId))) yield `${personId} is on record as told of ${cause}, and has no message`;
    if (STEP.test(cause) && !happened.has(cause)) yield `${personId} was told of ${cause}, which never was`;
  }
  for (const [personId, messages] of inboxes) {
    const about = causes.get(personId)?.size ?? 0;
    if (messages !== about) yield `${personId} has ${messages} messages about ${about} things`;
    const unread = memory.find(keys.unread(personId));
    const counted = unread ? Unread.parse(unmarshall(unread as Row)).count : 0;
    if (counted !== messages) yield `${personId} has ${messages} messages, and ${counted} are counted`;
  }
  const guardians = guardiansIn(memory);
  for (const [cause, pupilId] of happened) {
    for (const personId of guardians.get(pupilId) ?? [])
      if (!causes.get(personId)?.has(cause)) yield `${personId} was not told of ${cause}`;
  }
}

function guardiansIn(memory: MemoryTable): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const item of memory.items()) {
    if (!item.SK?.S?.startsWith('GUARDIAN#')) continue;
    const { pupilId, personId } = Guardian.parse(unmarshall(item as Row));
    found.set(pupilId, [...(found.get(pupilId) ?? []), personId]);
  }
  return found;
}
