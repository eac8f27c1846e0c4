/**
 * Looks at every write of a simulated run as it is committed, and stops the run at the first one that must never be: more holders
 * than seats, two live enrolments of a child and class, a state that moves where it may not, money that does not sum to zero,
 * a child in a waiting list and not in its order, an offer past somebody who stood before.
 */

import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { LedgerTransaction } from '@kehou/shared/billing/ledger';
import { refundMoves } from '@kehou/shared/billing/refund';
import { enrolmentMoves, isFinal } from '@kehou/shared/selection/enrolment';
import { windowMoves } from '@kehou/shared/selection/window';
import { keys } from '../../src/platform/keys.ts';
import type { AttributeMap } from '../../src/platform/memory-expressions.ts';
import type { MemoryChange, MemoryTable } from '../../src/platform/memory-table.ts';
import { holderOfEnrolment, StoredEnrolment } from '../../src/selection/enrolment.repository.ts';
import { queuedKey, StoredWait } from '../../src/selection/wait.repository.ts';

const ORDER_MOVES: Readonly<Record<string, readonly string[]>> = {
  pending: ['closing', 'paid'],
  closing: ['closed', 'paid'],
  closed: [],
  paid: [],
};
/** Of nothing there is nothing to send: both steps are one write. */
const NOTHING_TO_SEND = { ...refundMoves, approved: ['sending', 'succeeded'] };
const HOLDS_A_PLACE: ReadonlySet<string> = new Set(['held', 'closing', 'confirmed']);

export class Watch {
  private readonly table: MemoryTable;
  private readonly count: (what: string) => void;
  /** By child and class: the one enrolment that is not over. */
  private readonly live = new Map<string, string>();
  private readonly placed = new Map<string, Set<string>>();
  /** By the key of an entry in a waiting list: the number of the write that put it there. */
  private readonly queued = new Map<string, number>();

  constructor(table: MemoryTable, count: (what: string) => void) {
    this.table = table;
    this.count = count;
  }

  /** `lookedAt`: when who wrote this last looked at the head of that class's waiting list. */
  see(changes: readonly MemoryChange[], writeNumber: number, lookedAt: (offeringId: string) => number | undefined): void {
    for (const change of changes) {
      const { PK, SK } = change.key;
      if (SK === 'SEAT') this.seat(PK, change.after);
      else if (SK.startsWith('ENROLMENT#')) this.enrolment(change);
      else if (SK === 'ORDER') moves('order', ORDER_MOVES, change);
      else if (SK === 'REFUND') moves('refund', change.after?.amountFen?.N === '0' ? NOTHING_TO_SEND : refundMoves, change);
      else if (SK === 'WINDOW') moves('window', windowMoves, change);
      else if (PK.startsWith('LEDGER#')) ledger(change);
      else if (SK.startsWith('QUEUED#')) this.queue(change, writeNumber);
    }
    // Both sides of a waiting list change in one write: looked at when the write is whole.
    for (const { key, after, before } of changes) if (key.SK.startsWith('WAIT#')) this.wait(after, before, lookedAt);
  }

  private seat(PK: string, after: AttributeMap | undefined): void {
    const [taken, capacity] = [Object.keys(after?.holders?.M ?? {}).length, Number(after?.capacity?.N ?? 0)];
    if (taken > capacity) throw new Error(`${PK}: ${taken} holders of ${capacity} places`);
  }

  private enrolment(change: MemoryChange): void {
    if (!change.after) return;
    moves('enrolment', enrolmentMoves, change);
    const enrolment = StoredEnrolment.parse(unmarshall(change.after as Record<string, AttributeValue>));
    const { enrolmentId, pupilId, offeringId, status } = enrolment;
    if (change.before?.status?.S !== status)
      this.count(`enrolment ${status}${enrolment.offer ? ' from the list' : enrolment.reservedFor ? ' kept for it' : ''}`);
    const claim = `${pupilId} ${offeringId}`;
    if (!isFinal(status)) {
      const other = this.live.get(claim);
      if (other !== undefined && other !== enrolmentId) throw new Error(`${claim} has two live enrolments: ${other}, ${enrolmentId}`);
      this.live.set(claim, enrolmentId);
    } else if (this.live.get(claim) === enrolmentId) this.live.delete(claim);
    const places = this.placed.get(offeringId) ?? new Set();
    this.placed.set(offeringId, places);
    if (!HOLDS_A_PLACE.has(status)) {
      places.delete(enrolmentId);
      return;
    }
    places.add(enrolmentId);
    const seat = this.table.find(keys.seat(offeringId));
    if (places.size > Number(seat?.capacity?.N))
      throw new Error(`${offeringId}: ${places.size} confirmed or held of ${seat?.capacity?.N} places`);
    if (!seat?.holders?.M?.[holderOfEnrolment(enrolment)]) throw new Error(`${enrolmentId} is ${status} without a place`);
  }

  private queue({ key, after }: MemoryChange, writeNumber: number): void {
    const entry = `${key.PK} ${key.SK}`;
    if (!after) {
      this.queued.delete(entry);
      return;
    }
    if (!this.queued.has(entry)) this.queued.set(entry, writeNumber);
    const wait = this.table.find(keys.wait(after.pupilId?.S ?? '', key.PK.slice('WAITING#'.length)));
    if (wait?.waitId?.S !== after.waitId?.S || wait?.status?.S !== 'waiting')
      throw new Error(`${entry} is in the list, and its child does not wait`);
  }

  private wait(
    after: AttributeMap | undefined,
    before: AttributeMap | undefined,
    lookedAt: (offeringId: string) => number | undefined,
  ): void {
    if (!after) return;
    const wait = StoredWait.parse(unmarshall(after as Record<string, AttributeValue>));
    const mine = queuedKey(wait);
    const isThere = this.table.find(mine) !== undefined;
    if (isThere !== (wait.status === 'waiting')) throw new Error(`${wait.waitId} is ${wait.status}${isThere ? '' : ' not'} in the list`);
    if (wait.status === before?.status?.S) return;
    this.count(`wait ${wait.status}`);
    if (wait.status !== 'offered') return;
    const looked = lookedAt(wait.offeringId) ?? 0;
    for (const entry of this.table.partition(undefined, mine.PK)) {
      const SK = entry.SK?.S ?? '';
      const since = this.queued.get(`${mine.PK} ${SK}`) ?? 0;
      if (SK.startsWith('QUEUED#') && SK < mine.SK && since < looked) throw new Error(`${wait.waitId} was offered a place before ${SK}`);
    }
  }
}

function moves(what: string, table: Readonly<Record<string, readonly string[]>>, { key, before, after }: MemoryChange): void {
  const [from, to] = [before?.status?.S, after?.status?.S];
  if (from === undefined || to === undefined || from === to) return;
  if (!table[from]?.includes(to)) throw new Error(`${what} ${key.PK} ${key.SK}: ${from} became ${to}`);
}

function ledger({ key, before, after }: MemoryChange): void {
  if (before || !after) throw new Error(`${key.PK} ${key.SK}: an entry of the ledger was changed`);
  const { entries } = LedgerTransaction.parse(unmarshall(after as Record<string, AttributeValue>));
  const sum = entries.reduce((total, entry) => total + entry.amountFen, 0);
  if (sum !== 0) throw new Error(`${key.SK} sums to ${sum}`);
}
