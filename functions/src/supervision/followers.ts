/** What happens anywhere, brought into the figures: which changes of which items matter. */
import { LedgerTransaction } from '@kehou/shared/billing/ledger';
import type { Platform } from '../platform/platform.ts';
import type { Change, Follower } from '../use-cases.ts';
import { keepLedger, keepOffering, keepPupil, keepSession } from './shares.ts';

/** Did any of these fields change? A projection that looks at everything would read far more than it writes. */
function changed({ before, after }: Change, ...fields: readonly string[]): boolean {
  return fields.some(
    (field) => (before?.[field] === undefined) !== (after?.[field] === undefined) || String(before?.[field]) !== String(after?.[field]),
  );
}

export function followFigures({ table }: Pick<Platform, 'table'>): Follower {
  return async (change) => {
    const { PK, SK } = change.keys;
    if (
      PK.startsWith('PUPIL#') &&
      (SK === 'PUPIL' ? changed(change, 'schoolId') : SK.startsWith('ENROLMENT#') && mattersToFigures(change))
    ) {
      await keepPupil(table, PK.slice('PUPIL#'.length));
    } else if (PK.startsWith('OFFERING#') && SK === 'OFFERING' && changed(change, 'status', 'courseKind')) {
      await keepOffering(table, PK.slice('OFFERING#'.length));
    } else if (PK.startsWith('OFFERING#') && SK.startsWith('RECORD#') && changed(change, 'signedIn', 'rollCalledAt')) {
      await keepSession(table, PK.slice('OFFERING#'.length), SK.slice('RECORD#'.length));
    } else if (PK.startsWith('LEDGER#') && change.after) {
      await keepLedger(table, LedgerTransaction.parse(change.after));
    }
  };
}

/** A seat that is taken, held or lost adds nothing: on selection night that is nearly all of them. */
function mattersToFigures({ before, after }: Change): boolean {
  return (before?.status === 'confirmed') !== (after?.status === 'confirmed');
}
