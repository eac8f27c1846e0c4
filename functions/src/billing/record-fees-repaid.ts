import { LedgerTransaction } from '@kehou/shared/billing/ledger';
import type { billingRoutes } from '@kehou/shared/billing/routes';
import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { chinaMonth } from '@kehou/shared/kernel/time';
import { auditWrite } from '../organisation/audit.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { ConditionFailed } from '../platform/table.ts';
import { bookedAt, countedLedgerWrites } from './ledger.repository.ts';

type Route = typeof billingRoutes.recordFeesRepaid;

/**
 * The operator has paid fees of the provider into the supervised account: fees → bank, on condition that so much is owed, counted
 * at once so that two documents never repay the same fee. One document is booked once for a school: again with the same sum it
 * answers the same, with another it is `fees.document_used`. Two round trips.
 */
export function recordFeesRepaid({ table, clock }: Pick<Platform, 'table' | 'clock'>) {
  return async (input: ParsedOf<Route>, actor: Actor): Promise<ReplyOf<Route>> => {
    const { schoolId, amountFen, document } = input;
    const id = `fees-repaid#${schoolId}#${document}`;
    const at = clock.now();
    const entries = [
      { account: 'bank' as const, amountFen },
      { account: 'fees' as const, amountFen: -amountFen },
    ];
    const booking = { id, schoolId, at, reason: 'fees-repaid' as const, subject: document, entries };
    try {
      await table.write([
        ...countedLedgerWrites(booking, { expression: '#fees >= :owed', values: { owed: amountFen } }),
        auditWrite({
          organisationId: schoolId,
          at,
          actor,
          action: 'billing.fees-repaid',
          subject: schoolId,
          details: { amountFen, document },
        }),
      ]);
      return LedgerTransaction.parse({ ...booking, ledgerTransactionId: id });
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
    }
    // Booked before, or by this very request, whose answer was lost; or so much is not owed.
    const before = await bookedAt(table, id);
    if (!before) throw new DomainError('fees.more_than_owed');
    const booked = await table.mustGet(keys.ledger(schoolId, chinaMonth(before), before, id), LedgerTransaction);
    if (booked.entries.some((entry) => Math.abs(entry.amountFen) !== amountFen)) throw new DomainError('fees.document_used');
    return booked;
  };
}
