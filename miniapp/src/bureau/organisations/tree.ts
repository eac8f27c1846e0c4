/** Names of what the schools stand under and are run by: each is asked for once. */
import type { Id } from '@kehou/shared/kernel/id';
import type { Organisation } from '@kehou/shared/organisation/organisation';
import { useQueries } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { api } from '../../api.ts';
import { useBureau, useSchools } from '../desk.tsx';

export type Tree = ReturnType<typeof useTree>;

export function useTree() {
  const { bureauId } = useBureau();
  const schools = useSchools();
  const ids = useMemo(() => {
    const wanted = new Set<Id<'organisation'>>([bureauId]);
    for (const school of schools.items) {
      for (const id of school.ancestorIds) wanted.add(id);
      if (school.operatorId) wanted.add(school.operatorId);
    }
    return [...wanted];
  }, [bureauId, schools.items]);
  const results = useQueries({
    queries: ids.map((organisationId) => ({
      queryKey: ['organisation', 'getOrganisation', { organisationId }],
      queryFn: () => api.organisation.getOrganisation({ organisationId }),
      staleTime: 300_000,
    })),
  });
  const key = results.map((result) => result.dataUpdatedAt).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` stands for the results
  const known = useMemo(() => results.flatMap((result) => (result.data ? [result.data as Organisation] : [])), [key]);
  const nameOf = useCallback((id: string): string => known.find((one) => one.organisationId === id)?.name ?? '', [known]);
  return {
    schools,
    nameOf,
    self: known.find((one) => one.organisationId === bureauId),
    /** This bureau and the ones below it that a school stands under. */
    bureaus: known.filter(
      (one) => one.kind !== 'operator' && one.kind !== 'school' && (one.organisationId === bureauId || one.ancestorIds.includes(bureauId)),
    ),
    operators: known.filter((one) => one.kind === 'operator'),
  };
}
