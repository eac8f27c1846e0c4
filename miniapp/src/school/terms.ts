/** The term that a page shows: the current one, or what was chosen. */

import type { Id } from '@kehou/shared/kernel/id';
import { chinaDate } from '@kehou/shared/kernel/time';
import { currentTerm } from '@kehou/shared/school/current-term';
import { useState } from 'react';
import { serverNow } from '../clock.ts';
import { useCall } from '../queries.ts';

export function useTerm(schoolId: Id<'organisation'>) {
  const reading = useCall('school', 'listTerms', { schoolId }, { staleMs: 60_000 });
  const [chosen, choose] = useState<string>();
  const terms = reading.data?.items ?? [];
  const term = terms.find((one) => one.termId === chosen) ?? currentTerm(terms, chinaDate(serverNow()));
  return { reading, terms, term, choose };
}
