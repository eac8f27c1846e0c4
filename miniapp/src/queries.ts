/**
 * Server state in screens. `useCall('school', 'listTerms', { schoolId })` reads, `useCallPages` reads page by page,
 * `useAction` does something and says how it went.
 */
import { ApiError, type InputOf, type OutputOf, type Route } from '@kehou/shared/kernel/route';
import {
  focusManager,
  keepPreviousData,
  QueryClient,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { useDidShow } from '@tarojs/taro';
import { useCallback, useRef } from 'react';
import { type Areas, api } from './api.ts';
import { failureOf, isRefusal, isUnknown } from './failure.ts';
import { platform } from './platform/current';
import { t } from './texts/common.ts';

type AreaName = keyof Areas & string;
type RouteName<A extends AreaName> = keyof Areas[A] & string;
type In<A extends AreaName, N extends RouteName<A>> = InputOf<Areas[A][N]>;
type Out<A extends AreaName, N extends RouteName<A>> = OutputOf<Areas[A][N]>;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      gcTime: 10 * 60_000,
      // Refusals stay refusals; a lost connection or a busy server is asked again, with growing pauses.
      retry: (count, error) => count < 2 && !(error instanceof ApiError && error.status < 500 && error.status !== 429),
      refetchOnReconnect: true,
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
});

/** Tells the queries when the app comes to the front. Once, at boot. */
export function followFocus(): void {
  focusManager.setEventListener((setFocused) =>
    platform.onHostMessage((message) => {
      if (message.name === 'show') setFocused(true);
      if (message.name === 'hide') setFocused(false);
    }),
  );
}

function call<A extends AreaName, N extends RouteName<A>>(area: A, name: N, input: In<A, N>): Promise<Out<A, N>> {
  const calls = api[area] as unknown as Record<string, (input: unknown) => Promise<Out<A, N>>>;
  const one = calls[name];
  if (!one) throw new Error(`no route ${area}.${name}`);
  return one(input);
}

export interface CallOptions {
  /** False: wait (the input is not known yet). */
  readonly enabled?: boolean;
  /** Ask again this often while the page is shown, in milliseconds. */
  readonly everyMs?: number | false;
  readonly staleMs?: number;
  /** Keep showing the last answer while one for another input loads (filters, months). */
  readonly keepLast?: boolean;
  /**
   * Out of reach, busy or broken: asks again by itself for as long as the page is open, with growing pauses half of which are left to
   * chance; `failureCount` says how often. Refusals stay refusals, and are not asked for again every `everyMs`.
   */
  readonly patient?: boolean;
}

const PATIENT_MS_FIRST = 1000;
const PATIENT_MS_MAX = 16_000;

/** Milliseconds before the next try, after `failures` of them. */
export function patientPause(failures: number, chance: number = Math.random()): number {
  const whole = Math.min(PATIENT_MS_MAX, PATIENT_MS_FIRST * 2 ** failures);
  return whole / 2 + (whole / 2) * chance;
}

/** Asks again so often, until the answer is a refusal. */
export const untilRefused =
  (everyMs: number | false) =>
  ({ state: { error } }: { readonly state: { readonly error: unknown } }): number | false =>
    isRefusal(error) ? false : everyMs;

/** One read. The key is `[area, name, input]`: `invalidate(['selection'])` after an action reads the whole area again. */
export function useCall<A extends AreaName, N extends RouteName<A>>(area: A, name: N, input: In<A, N>, options: CallOptions = {}) {
  return useQuery<Out<A, N>>({
    queryKey: [area, name, input],
    queryFn: () => call(area, name, input),
    enabled: options.enabled ?? true,
    refetchInterval: options.patient ? untilRefused(options.everyMs ?? false) : (options.everyMs ?? false),
    ...(options.staleMs === undefined ? {} : { staleTime: options.staleMs }),
    ...(options.keepLast ? { placeholderData: keepPreviousData } : {}),
    ...(options.patient
      ? { retry: (_: number, error: Error) => isUnknown(error), retryDelay: (count: number) => patientPause(count) }
      : {}),
  });
}

type Paged = { readonly items: readonly unknown[]; readonly cursor?: string | undefined };
type PagedRoute<A extends AreaName> = {
  [N in RouteName<A>]: Areas[A][N] extends Route ? (Out<A, N> extends Paged ? N : never) : never;
}[RouteName<A>];
type ItemOf<T> = T extends { readonly items: readonly (infer I)[] } ? I : never;

/** A list that comes in pages: `items` so far, `more()` for the next, `hasMore`. */
export function useCallPages<A extends AreaName, N extends PagedRoute<A>>(
  area: A,
  name: N,
  input: Omit<In<A, N>, 'cursor'>,
  options: CallOptions = {},
) {
  const query = useInfiniteQuery({
    queryKey: [area, name, input, 'pages'],
    queryFn: ({ pageParam }) =>
      call(area, name, { ...input, ...(pageParam === undefined ? {} : { cursor: pageParam }) } as unknown as In<A, N>),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => (last as Paged).cursor,
    enabled: options.enabled ?? true,
    refetchInterval: options.everyMs ?? false,
    ...(options.keepLast ? { placeholderData: keepPreviousData } : {}),
  });
  const items = (query.data?.pages ?? []).flatMap((page) => (page as Paged).items) as ItemOf<Out<A, N>>[];
  return {
    ...query,
    items,
    hasMore: query.hasNextPage,
    more: () => {
      if (query.hasNextPage && !query.isFetchingNextPage) query.fetchNextPage().catch(() => undefined);
    },
  };
}

export interface ActionOptions<R> {
  /** Said when it worked. */
  readonly done?: string | ((result: R) => string);
  /** Key prefixes to read again: `[['selection'], ['billing', 'listOrders']]`. */
  readonly refresh?: readonly (readonly unknown[])[];
  onDone?(result: R): void;
  /** Shown by the page itself (fields, a dialog) when this returns true. */
  onFailed?(error: unknown): boolean | undefined;
}

/**
 * One thing that a person does. While it runs `running` is true and a second tap does nothing; then its result is said,
 * or why it failed. Make the ids of what it creates outside, once, so that doing it again is the same thing.
 */
export function useAction<I, R>(perform: (input: I) => Promise<R>, options: ActionOptions<R> = {}) {
  const client = useQueryClient();
  const busy = useRef(false);
  const latest = useRef(options);
  latest.current = options;
  const { mutateAsync, isPending, error, reset } = useMutation<R, unknown, I>({ mutationFn: perform });
  const run = useCallback(
    async (input: I): Promise<R | undefined> => {
      // State comes with the next drawing: two taps within one frame would both get through without this.
      if (busy.current) return undefined;
      busy.current = true;
      try {
        const result = await mutateAsync(input);
        const { refresh = [], done, onDone } = latest.current;
        for (const queryKey of refresh) client.invalidateQueries({ queryKey: [...queryKey] }).catch(() => undefined);
        const words = typeof done === 'function' ? done(result) : done;
        if (words) platform.toast(words, 'done');
        onDone?.(result);
        return result;
      } catch (reason) {
        const failure = failureOf(reason);
        if (latest.current.onFailed?.(reason) !== true && !failure.silent) {
          await platform.modal({
            title: failure.message,
            ...(failure.reference ? { content: t('error.request', { id: failure.reference }) } : {}),
            acknowledgeOnly: true,
          });
        }
        return undefined;
      } finally {
        busy.current = false;
      }
    },
    [client, mutateAsync],
  );
  return { run, running: isPending, error, reset };
}

/** Reads stale things again when a page is come back to. In `AppShell` and `Desk`: pages need not do it. */
export function useRefreshOnShow(): void {
  const client = useQueryClient();
  const first = useRef(true);
  useDidShow(() => {
    if (first.current) first.current = false;
    else client.refetchQueries({ type: 'active', stale: true }).catch(() => undefined);
  });
}
