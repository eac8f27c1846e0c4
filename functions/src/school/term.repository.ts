import type { Id } from '@kehou/shared/kernel/id';
import { Term } from '@kehou/shared/school/school';
import * as z from 'zod';
import { keys } from '../platform/keys.ts';
import { put, set, type Table, type Write } from '../platform/table.ts';

export const TERMS_MAX = 100;
const TermGuard = z.object({ version: z.int() });

/** A school's term, or 404. */
export async function mustGetTerm(table: Table, schoolId: Id<'organisation'>, termId: Id<'term'>): Promise<Term> {
  return table.mustGet(keys.term(schoolId, termId), Term);
}

/** Every term of a school, oldest first. */
export async function termsOf(table: Table, schoolId: Id<'organisation'>): Promise<Term[]> {
  const terms = await table.queryAll({ ...keys.terms(schoolId), consistent: true, most: TERMS_MAX }, Term);
  return terms.sort((a, b) => (a.firstDay < b.firstDay ? -1 : 1));
}

/** The version that a change of terms is made on; see {@link termWrites}. */
export async function termsVersion(table: Table, schoolId: Id<'organisation'>): Promise<number> {
  return (await table.get(keys.termGuard(schoolId), TermGuard))?.version ?? 0;
}

/** Sets a term, on condition that no term of the school has changed since `version` was read. */
export function termWrites(schoolId: Id<'organisation'>, term: Term, version: number): Write[] {
  return [
    put(keys.term(schoolId, term.termId), term),
    set(
      keys.termGuard(schoolId),
      { version: version + 1 },
      {
        condition: version === 0 ? { expression: 'attribute_not_exists(PK)' } : { expression: '#version = :version', values: { version } },
      },
    ),
  ];
}
