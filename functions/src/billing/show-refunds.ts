/** What families and schools see of refunds. */
import { refundFor } from '@kehou/shared/billing/refund';
import type { billingRoutes } from '@kehou/shared/billing/routes';
import { DomainError } from '@kehou/shared/kernel/errors';
import { Id } from '@kehou/shared/kernel/id';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import * as z from 'zod';
import { mustGetSchool } from '../organisation/organisation.repository.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { getRefund, StoredRefund } from './refund.repository.ts';

type Routes = typeof billingRoutes;
type Deps = Pick<Platform, 'table'>;
const RefundPointer = z.object({ refundId: Id('refund') });

/** A child's refunds, newest first. Two round trips. */
export function listChildRefunds({ table }: Deps) {
  return async (input: ParsedOf<Routes['listChildRefunds']>, _actor: Actor): Promise<ReplyOf<Routes['listChildRefunds']>> => {
    const page = await table.query(
      { ...keys.refundsOfPupil(input.pupilId), limit: input.limit, cursor: input.cursor, newestFirst: true, consistent: true },
      RefundPointer,
    );
    const refunds = await table.getMany(
      page.items.map(({ refundId }) => keys.refund(refundId)),
      StoredRefund,
    );
    return { items: refunds.filter((refund) => refund !== undefined), cursor: page.cursor };
  };
}

/** One refund of this child. One read. */
export function showRefund({ table }: Deps) {
  return async (input: ParsedOf<Routes['getRefund']>, _actor: Actor): Promise<ReplyOf<Routes['getRefund']>> => {
    const refund = await getRefund(table, input.refundId);
    if (!refund || refund.pupilId !== input.pupilId) throw new DomainError('request.not_found');
    return refund;
  };
}

/** A school's refunds, newest first, or one of the queues that people work, longest waiting first; whose turn it is, for the school as it is now. A query and a read, side by side. */
export function listRefunds({ table }: Deps) {
  return async (input: ParsedOf<Routes['listRefunds']>, _actor: Actor): Promise<ReplyOf<Routes['listRefunds']>> => {
    const { schoolId, queue, limit, cursor } = input;
    const wanted =
      queue === 'all'
        ? ({ index: 'GSI1', pk: keys.refundsOfSchool(schoolId, START, '').GSI1PK, newestFirst: true } as const)
        : ({ index: 'GSI2', pk: keys.refundQueue(schoolId, queue, START, '').GSI2PK } as const);
    const [page, school] = await Promise.all([table.query({ ...wanted, limit, cursor }, StoredRefund), mustGetSchool(table, schoolId)]);
    return { ...page, items: page.items.map((refund) => refundFor(refund, school)) };
  };
}

/** Only the partition's key is wanted: any instant makes it. */
const START = '1970-01-01T00:00:00.000Z' as Parameters<typeof keys.refundsOfSchool>[1];
