/** Reads that several of the parent's pages share: one for each child, order or class at once. */
import type { Order } from '@kehou/shared/billing/order';
import type { Id } from '@kehou/shared/kernel/id';
import type { OutputOf } from '@kehou/shared/kernel/route';
import type { Home, messagingRoutes } from '@kehou/shared/messaging/routes';
import type { offeringRoutes } from '@kehou/shared/offering/routes';
import type { Enrolment } from '@kehou/shared/selection/enrolment';
import { useQueries } from '@tanstack/react-query';
import { api } from '../api.ts';
import type { Reading } from '../components/ListState.tsx';
import { untilRefused } from '../queries.ts';
import { useMe } from '../session.ts';

/** A class does not change while a parent looks at it; what does (seats) is read elsewhere. */
const CLASS_STALE_MS = 10 * 60_000;

export type PublicClass = OutputOf<typeof offeringRoutes.getOffering>;
export type HomeOf = OutputOf<typeof messagingRoutes.getHome>;

interface Many<T> {
  readonly readings: readonly Reading[];
  readonly data: T;
}

/** The home of every child, by pupil: one call each. */
export function useHomes(everyMs: number): Many<ReadonlyMap<string, Home>> {
  const children = useMe()?.children ?? [];
  const results = useQueries({
    queries: children.map(({ pupilId }) => ({
      queryKey: ['messaging', 'getHome', { pupilId }],
      queryFn: () => api.messaging.getHome({ pupilId }),
      refetchInterval: everyMs,
    })),
  });
  return {
    readings: results,
    data: gather(
      children.map(({ pupilId }) => pupilId),
      results,
    ),
  };
}

/** Every enrolment of my children, newest first a child. */
export function useFamilyEnrolments(everyMs: number | false = false): Many<readonly Enrolment[]> {
  const children = useMe()?.children ?? [];
  const results = useQueries({
    queries: children.map(({ pupilId }) => ({
      queryKey: ['selection', 'listChildEnrolments', { pupilId }],
      queryFn: () => api.selection.listChildEnrolments({ pupilId }),
      refetchInterval: everyMs,
    })),
  });
  return { readings: results, data: results.flatMap((result) => result.data?.items ?? []) };
}

/** A window's classes for several children, in their order: one call each. */
export function useClassPages(pupilIds: readonly Id<'pupil'>[], windowId: Id<'window'>, everyMs: number) {
  return useQueries({
    queries: pupilIds.map((pupilId) => ({
      queryKey: ['selection', 'getClassPage', { pupilId, windowId }],
      queryFn: () => api.selection.getClassPage({ pupilId, windowId }),
      refetchInterval: untilRefused(everyMs),
    })),
  });
}

export function useOrders(orderIds: readonly string[]): Many<ReadonlyMap<string, Order>> {
  const results = useQueries({
    queries: orderIds.map((orderId) => ({
      queryKey: ['billing', 'getOrder', { orderId }],
      queryFn: () => api.billing.getOrder({ orderId }),
    })),
  });
  const orders = new Map<string, Order>();
  for (const [index, orderId] of orderIds.entries()) {
    const order = results[index]?.data?.order;
    if (order) orders.set(orderId, order);
  }
  return { readings: results, data: orders };
}

export function useClasses(offeringIds: readonly string[]): Many<ReadonlyMap<string, PublicClass>> {
  const results = useQueries({
    queries: offeringIds.map((offeringId) => ({
      queryKey: ['offering', 'getOffering', { offeringId }],
      queryFn: () => api.offering.getOffering({ offeringId }),
      staleTime: CLASS_STALE_MS,
    })),
  });
  return { readings: results, data: gather(offeringIds, results) };
}

function gather<T>(ids: readonly string[], results: readonly { readonly data: T | undefined }[]): ReadonlyMap<string, T> {
  const found = new Map<string, T>();
  for (const [index, id] of ids.entries()) {
    const data = results[index]?.data;
    if (data !== undefined) found.set(id, data);
  }
  return found;
}
