/** What schools stand under and are run by: this bureau, those below it, and the operators of its city. */
import type { Organisation } from '@kehou/shared/organisation/organisation';
import { useCallback, useMemo } from 'react';
import { useCall } from '../../queries.ts';
import { useBureau, useBureaus, useOperators, useSchools } from '../desk.tsx';

export type Tree = ReturnType<typeof useTree>;

export function useTree() {
  const { bureauId } = useBureau();
  const schools = useSchools();
  const below = useBureaus();
  const authorised = useOperators();
  const own = useCall('organisation', 'getOrganisation', { organisationId: bureauId }, { staleMs: 300_000 });
  const self = own.data as Organisation | undefined;
  const bureaus = useMemo(() => (self ? [self, ...below.items] : below.items), [self, below.items]);
  const operators = authorised.items;
  const nameOf = useCallback(
    (id: string): string => [...bureaus, ...operators].find((one) => one.organisationId === id)?.name ?? '',
    [bureaus, operators],
  );
  return { schools, nameOf, self, below, authorised, bureaus, operators };
}
