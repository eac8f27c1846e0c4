import { maskPhone } from '@kehou/shared/identity/person';
import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { InstructorCorrection } from '@kehou/shared/library/library';
import type { libraryRoutes } from '@kehou/shared/library/routes';
import { auditWrite } from '../organisation/audit.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { put, remove, set, type Write } from '../platform/table.ts';
import { mustGetInstructor, type StoredInstructor, shownInstructor } from './instructor.repository.ts';

type Correct = typeof libraryRoutes.correctInstructor;
type Deps = Pick<Platform, 'table' | 'clock'>;

/**
 * Replaces an instructor's name, phone number or bank account, whatever becomes of the admission: who was withdrawn is still
 * owed for what they taught. A payout takes the account as it is when the batch is made, so what the bank sent back goes to
 * the new one with the next month's. The number's claim moves in the same transaction; the person and the teacher's roles
 * behind it follow from the stream. The same again changes nothing. Two round trips. Throws `library.phone_taken`.
 */
export function correctInstructor({ table, clock }: Deps) {
  return async (input: ParsedOf<Correct>, actor: Actor): Promise<ReplyOf<Correct>> => {
    const known = await mustGetInstructor(table, input.instructorId);
    // Only the bureau that admitted them.
    if (known.admission.bureauId !== input.bureauId) throw new DomainError('request.not_found');
    const wanted = InstructorCorrection.parse(input);
    const corrected = { ...known, ...wanted, version: known.version + 1 };
    const changed = (['name', 'phone', 'account'] as const).filter((field) => !isSame(known[field], corrected[field]));
    if (changed.length === 0) return shownInstructor(known);
    const key = keys.instructor(known.instructorId);
    const isKnown = { expression: '#version = :before', values: { before: known.version } };
    const refusal = await table.tryWrite([
      set(key, { ...wanted, version: corrected.version }, { condition: isKnown }),
      auditWrite({
        organisationId: input.bureauId,
        at: clock.now(),
        actor,
        action: 'library.instructor-corrected',
        subject: known.instructorId,
        details: { changed, reason: input.reason, before: toldOf(known), after: toldOf(corrected) },
      }),
      ...(changed.includes('phone') ? moveClaimWrites(known, corrected.phone) : []),
    ]);
    if (refusal) {
      throw new DomainError(refusal.failed.includes(0) ? 'request.changed' : 'library.phone_taken');
    }
    return shownInstructor(corrected);
  };
}

function moveClaimWrites({ instructorId, phone }: StoredInstructor, to: string): Write[] {
  const condition = { expression: 'attribute_not_exists(PK) OR #instructorId = :mine', values: { mine: instructorId } };
  return [put(keys.instructorPhone(to), { instructorId }, { condition }), remove(keys.instructorPhone(phone), { condition })];
}

/** What the audit trail may know of a number and an account. */
function toldOf({ phone, account }: Pick<StoredInstructor, 'phone' | 'account'>) {
  return { phone: maskPhone(phone), accountEnding: account?.number.slice(-4) };
}

function isSame(one: StoredInstructor['name' | 'phone' | 'account'], other: StoredInstructor['name' | 'phone' | 'account']): boolean {
  if (typeof one !== 'object' || typeof other !== 'object') return one === other;
  return one.holder === other.holder && one.bank === other.bank && one.number === other.number;
}
