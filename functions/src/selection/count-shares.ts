/**
 * What came of the links to a window, counted behind the commit: nobody who opens a link or takes a seat waits for it or meets another
 * one at a counter. A record that comes twice, late or out of order changes nothing: an opening carries the mark that it is counted, and
 * of an enrolment what is counted stands in an item of its own; each changes with the count in one transaction.
 */
import { isHolding } from '@kehou/shared/selection/enrolment';
import * as z from 'zod';
import { guardiansOf } from '../identity/guardian.repository.ts';
import { keys } from '../platform/keys.ts';
import { ConditionFailed, put, set, type Table } from '../platform/table.ts';
import type { Change, Follower } from '../use-cases.ts';
import { StoredEnrolment } from './enrolment.repository.ts';
import { countShareWrite, Opening, openingsOf } from './share-link.repository.ts';

const TRIES_MAX = 8;
const CameBy = z.object({ shareLinkId: z.string(), counted: z.boolean(), revision: z.int() });

export function followShares({ table }: { readonly table: Table }): Follower {
  return async ({ keys: { PK, SK }, before, after }: Change): Promise<void> => {
    if (PK.startsWith('OPENED#') && after && after.counted === undefined) await countOpening(table, Opening.parse(after));
    else if (PK.startsWith('PUPIL#') && SK.startsWith('ENROLMENT#') && holds(before) !== holds(after)) {
      await countEnrolment(table, PK.slice('PUPIL#'.length), SK.slice('ENROLMENT#'.length), after);
    }
  };
}

function holds(item: Change['after']): boolean {
  return item !== undefined && isHolding(item.status as StoredEnrolment['status']);
}

async function countOpening(table: Table, { windowId, personId, shareLinkId }: Opening): Promise<void> {
  await table.tryWrite([
    set(
      keys.shareOpening(windowId, personId, shareLinkId),
      { counted: true },
      { condition: { expression: 'attribute_exists(PK) AND attribute_not_exists(#counted)' } },
    ),
    countShareWrite(shareLinkId, personId, 'opens', 1),
  ]);
}

/**
 * Brings the counts up to date with one enrolment, as it is in the table now. Most places come by no link: of those nothing more is
 * read than this count, and as the place is taken what the child's guardians had opened.
 */
async function countEnrolment(table: Table, pupilId: string, enrolmentId: string, changed: Change['after']): Promise<void> {
  const key = keys.shareEnrolment(enrolmentId);
  for (let attempt = 1; ; attempt++) {
    const before = await table.get(key, CameBy);
    const shareLinkId = before?.shareLinkId ?? (holds(changed) ? await firstLinkOf(table, StoredEnrolment.parse(changed)) : undefined);
    if (shareLinkId === undefined) return;
    const enrolment = await table.get(keys.enrolment(pupilId, enrolmentId), StoredEnrolment);
    const counted = enrolment !== undefined && isHolding(enrolment.status);
    if (counted === (before?.counted ?? false)) return;
    const next = { shareLinkId, counted, revision: (before?.revision ?? 0) + 1 };
    const condition = before
      ? { expression: '#revision = :before', values: { before: before.revision } }
      : { expression: 'attribute_not_exists(PK)' };
    try {
      await table.write([put(key, next, { condition }), countShareWrite(shareLinkId, enrolmentId, 'enrolments', counted ? 1 : -1)]);
      return;
    } catch (error) {
      if (!(error instanceof ConditionFailed) || attempt >= TRIES_MAX) throw error;
    }
  }
}

/** The link by which the family came: the first that a guardian of the child had opened by the time when the place was taken. */
async function firstLinkOf(table: Table, { pupilId, windowId, takenAt }: StoredEnrolment): Promise<string | undefined> {
  const guardians = await guardiansOf(table, pupilId);
  const openings = (await Promise.all(guardians.map(({ personId }) => openingsOf(table, windowId, personId)))).flat();
  const [first] = openings.filter(({ at }) => at <= takenAt).toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  return first?.shareLinkId;
}
