/**
 * A payment of another sum than was asked for finds its end, by a person's word. The provider is asked once more, and what it says
 * now counts: never what the callback said that parked it. If the money is there, one transaction books it, owes it back whole
 * to who paid it, and makes the refund that sends it: under a number that follows from the payment, so there is one.
 */
import type { billingRoutes } from '@kehou/shared/billing/routes';
import { DomainError } from '@kehou/shared/kernel/errors';
import { fen } from '@kehou/shared/kernel/fen';
import type { Id } from '@kehou/shared/kernel/id';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { chinaDate, type Instant } from '@kehou/shared/kernel/time';
import { auditWrite } from '../organisation/audit.ts';
import { getOrganisation, mustGetOrganisation } from '../organisation/organisation.repository.ts';
import { derivedId } from '../platform/derived-id.ts';
import { keys } from '../platform/keys.ts';
import { type PaymentState, ProviderUnavailable } from '../platform/payment-provider.ts';
import type { Platform } from '../platform/platform.ts';
import { type Condition, ConditionFailed, set, type Write } from '../platform/table.ts';
import { applyPayment } from './apply-payment.ts';
import { ledgerWrites } from './ledger.repository.ts';
import { sees } from './list-breaks.ts';
import { type OrderPartition, readOrder, type StoredOrder, type StoredPayment, unparked } from './order.repository.ts';
import { approvedRefund, getRefund, newRefundWrites, owedEntryWrites, refundAudit } from './refund.repository.ts';
import { settleAgainWrite } from './settle.ts';

type Route = typeof billingRoutes.returnPayment;
type Input = ParsedOf<Route>;
type Deps = Pick<Platform, 'table' | 'clock' | 'log' | 'payments'>;
const TRIES_MAX = 4;

const stillParked: Condition = { expression: 'attribute_exists(#parkedAt) AND #status <> :paid', values: { paid: 'paid' } };

/** About seven round trips and a call of the provider. The refund's state machine is started by the stream. Told again, answers the same refund. */
export function returnPayment(deps: Deps) {
  return async (input: Input, actor: Actor): Promise<ReplyOf<Route>> => {
    for (let attempt = 1; attempt <= TRIES_MAX; attempt++) {
      const { order, payment } = await mustSee(deps, input);
      const refundId = derivedId('refund', payment.paymentId, 'whole');
      if (await getRefund(deps.table, refundId)) return { outcome: 'returning', refundId };
      if (payment.parkedAt === undefined) throw new DomainError('payment.not_parked');
      const state = await ask(deps, payment);
      try {
        if (state.state !== 'paid' && state.state !== 'refunded') {
          await deps.table.write(unparkWrites(payment, state, actor, deps.clock.now()));
          return { outcome: 'not-paid' };
        }
        if (state.amountFen === payment.amountFen) {
          await applyPayment(deps)(payment.paymentId, state, payment.orderId);
          return { outcome: 'applied' };
        }
        await deps.table.write(await returnWrites(deps, { order, payment, refundId, state, actor }));
        deps.log.info('payment of a wrong sum goes back', { paymentId: payment.paymentId, refundId });
        return { outcome: 'returning', refundId };
      } catch (error) {
        // A colleague was quicker, the provider called meanwhile, the day was being settled, or it is our own lost reply.
        if (!(error instanceof ConditionFailed)) throw error;
      }
    }
    throw new DomainError('request.changed');
  };
}

async function mustSee({ table }: Deps, input: Input): Promise<{ order: StoredOrder; payment: StoredPayment }> {
  const [organisation, partition] = await Promise.all([mustGetOrganisation(table, input.organisationId), readOrder(table, input.orderId)]);
  const payment = paymentOf(partition, input.paymentId);
  const school = payment && (await getOrganisation(table, payment.schoolId));
  if (!partition || !payment || !school || !sees(organisation, payment, school)) throw new DomainError('request.not_found');
  // As with breaks: a bureau reads, and acts only where no operator is there to do so.
  if (organisation.kind !== 'operator' && school.operatorId) throw new DomainError('session.forbidden');
  return { order: partition.order, payment };
}

function paymentOf(partition: OrderPartition | undefined, paymentId: string): StoredPayment | undefined {
  return partition?.payments.find((payment) => payment.paymentId === paymentId);
}

async function ask({ payments }: Deps, { paymentId }: StoredPayment): Promise<PaymentState> {
  try {
    return await payments.queryPayment(paymentId);
  } catch (error) {
    if (error instanceof ProviderUnavailable) throw new DomainError('provider.no_answer');
    throw error;
  }
}

/** There is no money: nothing to book. Should it come all the same, its callback or the day's bill parks it anew. */
function unparkWrites(payment: StoredPayment, { state }: PaymentState, actor: Actor, at: Instant): Write[] {
  const { takenFen, amountFen: askedFen, orderId, paymentId, schoolId } = payment;
  return [
    set(keys.payment(orderId, paymentId), unparked, { condition: stillParked }),
    auditWrite({
      organisationId: schoolId,
      at,
      actor,
      action: 'billing.payment-unparked',
      subject: paymentId,
      details: { orderId, askedFen, takenFen, state },
    }),
  ];
}

interface Returning {
  readonly order: StoredOrder;
  readonly payment: StoredPayment;
  readonly refundId: Id<'refund'>;
  readonly state: Extract<PaymentState, { state: 'paid' | 'refunded' }>;
  readonly actor: Actor;
}

/** From here on the payment's amount is what came; what was asked stays with its order and on the audit trail. At most 12 items. */
async function returnWrites(deps: Deps, { order, payment, refundId, state, actor }: Returning): Promise<Write[]> {
  const now = deps.clock.now();
  const { amountFen, paidAt, providerTransactionId } = state;
  const [first] = order.lines;
  if (!first) throw new Error(`${order.orderId} has no lines`);
  const refund = approvedRefund({
    refundId,
    line: {
      pupilId: first.pupilId,
      pupilName: [...new Set(order.lines.map(({ pupilName }) => pupilName))].join('、'),
      courseName: order.lines.map(({ courseName }) => courseName).join('、'),
      feeFen: amountFen,
      materialFen: fen(0),
    },
    enrolmentId: first.enrolmentId,
    payment: { ...payment, amountFen },
    cause: 'wrong-sum',
    sessionsLeft: 0,
    now,
  });
  return [
    set(
      keys.payment(payment.orderId, payment.paymentId),
      {
        status: 'paid',
        amountFen,
        owedFen: amountFen,
        paidAt,
        providerTransactionId,
        // It buys no line of its order: the whole goes back as one.
        outcomes: Object.fromEntries(order.lines.map((line) => [line.enrolmentId, 'nothing' as const])),
        ...unparked,
      },
      { condition: stillParked },
    ),
    ...ledgerWrites({
      id: `payment#${payment.paymentId}`,
      schoolId: payment.schoolId,
      at: now,
      reason: 'payment',
      subject: payment.orderId,
      entries: [
        { account: 'transit', amountFen },
        { account: 'fund', amountFen: -amountFen },
      ],
    }),
    ...newRefundWrites(refund, now),
    ...owedEntryWrites(refund, now),
    await settleAgainWrite(deps.table, chinaDate(paidAt), now),
    refundAudit(refund, now, 'billing.refund-approved', actor),
    auditWrite({
      organisationId: payment.schoolId,
      at: now,
      actor,
      action: 'billing.payment-returned',
      subject: payment.paymentId,
      details: { orderId: payment.orderId, askedFen: payment.amountFen, takenFen: amountFen, refundId, providerTransactionId },
    }),
  ];
}
