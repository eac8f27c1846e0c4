/** The term that a page shows: the running one, else the next, else the newest; or what was chosen. */

import type { Id } from '@kehou/shared/kernel/id';
import { chinaDate } from '@kehou/shared/kernel/time';
import type { Term } from '@kehou/shared/school/school';
import { useState } from 'react';
import { serverNow } from '../clock.ts';
import { useCall } from '../queries.ts';

export function currentTerm(terms: readonly Term[], today: string): Term | undefined {
  const running = terms.find((term) => term.firstDay <= today && today <= term.lastDay);
  const coming = terms.filter((term) => term.firstDay > today).sort((a, b) => a.firstDay.localeCompare(b.firstDay))[0];
  return running ?? coming ?? terms[0];
}

export function useTerm(schoolId: Id<'organisation'>) {
  const reading = useCall('school', 'listTerms', { schoolId }, { staleMs: 60_000 });
  const [chosen, choose] = useState<string>();
  const terms = reading.data?.items ?? [];
  const term = terms.find((one) => one.termId === chosen) ?? currentTerm(terms, chinaDate(serverNow()));
  return { reading, terms, term, choose };
}
