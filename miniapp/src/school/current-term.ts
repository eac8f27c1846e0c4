import type { Term } from '@kehou/shared/school/school';

/** The running term, else the next one, else the newest. */
export function currentTerm(terms: readonly Term[], today: string): Term | undefined {
  const running = terms.find((term) => term.firstDay <= today && today <= term.lastDay);
  const coming = terms.filter((term) => term.firstDay > today).sort((a, b) => a.firstDay.localeCompare(b.firstDay))[0];
  return running ?? coming ?? terms[0];
}
