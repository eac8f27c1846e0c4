import type { Term } from './school.ts';

/** The running term, else the next one, else the last. */
export function currentTerm<T extends Pick<Term, 'firstDay' | 'lastDay'>>(terms: readonly T[], today: string): T | undefined {
  const inOrder = [...terms].sort((a, b) => (a.firstDay < b.firstDay ? -1 : 1));
  return inOrder.find((term) => today <= term.lastDay) ?? inOrder.at(-1);
}
