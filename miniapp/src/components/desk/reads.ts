/** The same read for several schools at once. */
import type { Id } from '@kehou/shared/kernel/id';
import { useQueries } from '@tanstack/react-query';

export interface SchoolReading<T> {
  readonly schoolId: Id<'organisation'>;
  readonly data: T | undefined;
  readonly isPending: boolean;
  readonly error: unknown;
  refetch(): unknown;
}

export interface PerSchool<T> {
  /** `['attendance', 'getBoard']`: what an action's `refresh` names. */
  readonly key: readonly [area: string, name: string];
  input(schoolId: Id<'organisation'>): Readonly<Record<string, unknown>>;
  read(schoolId: Id<'organisation'>): Promise<T>;
  readonly everyMs?: number;
}

export function usePerSchool<T>(
  schoolIds: readonly Id<'organisation'>[],
  { key, input, read, everyMs }: PerSchool<T>,
): readonly SchoolReading<T>[] {
  const results = useQueries({
    queries: schoolIds.map((schoolId) => ({
      queryKey: [...key, input(schoolId)],
      queryFn: () => read(schoolId),
      refetchInterval: everyMs ?? (false as const),
    })),
  });
  return schoolIds.map((schoolId, index) => {
    const result = results[index];
    return {
      schoolId,
      data: result?.data as T | undefined,
      isPending: result?.isPending ?? true,
      error: result?.error,
      refetch: () => result?.refetch(),
    };
  });
}
