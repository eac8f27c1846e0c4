import type { Id } from '@kehou/shared/kernel/id';
import { Term } from '@kehou/shared/school/school';
import * as z from 'zod';
import { getAll } from '../platform/get-all.ts';
import { keys } from '../platform/keys.ts';
import { put, set, type Table, type Write } from '../platform/table.ts';

export const TERMS_MAX = 100;
/** The guard knows every term's days: who wants a school's current term needs no query. */
const TermDays = Term.pick({ termId: true, firstDay: true, lastDay: true });
export type TermDays = z.infer<typeof TermDays>;
const TermGuard = z.object({ version: z.int(), terms: z.array(TermDays).max(TERMS_MAX).default([]) });

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

/** The terms of many schools, by their days, in the order asked for. One read a hundred schools. */
export async function termDaysOf(table: Table, schoolIds: readonly string[]): Promise<TermDays[][]> {
  const guards = await getAll(
    table,
    schoolIds.map((schoolId) => keys.termGuard(schoolId)),
    TermGuard,
  );
  return guards.map((guard) => guard?.terms ?? []);
}

/** Sets a term beside the `others`, on condition that no term of the school has changed since `version` was read. */
export function termWrites(schoolId: Id<'organisation'>, term: Term, version: number, others: readonly Term[]): Write[] {
  const terms = [...others.filter(({ termId }) => termId !== term.termId), term].map((each) => TermDays.parse(each));
  return [
    put(keys.term(schoolId, term.termId), term),
    set(
      keys.termGuard(schoolId),
      { version: version + 1, terms },
      {
        condition: version === 0 ? { expression: 'attribute_not_exists(PK)' } : { expression: '#version = :version', values: { version } },
      },
    ),
  ];
}
