/** One order: what was bought, where each class can be cancelled, and where the money of its refunds is. */
import { lineFen, type Order } from '@kehou/shared/billing/order';
import type { Refund } from '@kehou/shared/billing/refund';
import { Id } from '@kehou/shared/kernel/id';
import type { Instant } from '@kehou/shared/kernel/time';
import { Text, View } from '@tarojs/components';
import * as z from 'zod';
import { AppShell } from '../../components/AppShell.tsx';
import { Button } from '../../components/Button';
import { moment } from '../../components/format.ts';
import { Icon } from '../../components/Icon.tsx';
import { Empty, ListState } from '../../components/ListState.tsx';
import { Money } from '../../components/Money.tsx';
import { StatusChip } from '../../components/StatusChip.tsx';
import { Tap } from '../../components/Tap';
import { go, useQuery } from '../../platform/navigation.ts';
import { useCall } from '../../queries.ts';
import { t } from '../../texts/parent.ts';
import { SplitByChild } from '../SplitByChild.tsx';
import { orderTones, refundState } from '../words.ts';

const Query = z.object({ orderId: Id('order') });

export default function ParentOrder() {
  const query = useQuery(Query);
  return (
    <AppShell access="parent" title={t('parent.order.title')}>
      {query ? <One orderId={query.orderId} /> : <Empty icon="alert" text={t('parent.orders.none')} />}
    </AppShell>
  );
}

function One({ orderId }: z.output<typeof Query>) {
  const read = useCall('billing', 'getOrder', { orderId }, { everyMs: 10_000 });
  return (
    <View className="k-stack">
      <ListState of={read} skeletonRows={2} skeletonHeight={160}>
        {() => (read.data ? <Body {...read.data} /> : null)}
      </ListState>
    </View>
  );
}

interface Shown {
  readonly order: Order;
  readonly refunds: readonly Refund[];
  readonly handedOut: readonly { readonly enrolmentId: string; readonly handedOutAt: Instant }[];
}

function Body({ order, refunds, handedOut }: Shown) {
  const asked = new Set(refunds.filter(({ status }) => status !== 'refused').map(({ enrolmentId }) => enrolmentId));
  return (
    <>
      <View className="k-card k-column">
        <View className="k-row k-row--between">
          <Money fen={order.totalFen} size="xl" className="k-strong" id="order-total" />
          <StatusChip tone={orderTones[order.status]} id="order-status">
            {t(`parent.order.${order.status}`)}
          </StatusChip>
        </View>
        <SplitByChild shares={order.lines.map((line) => ({ pupilId: line.pupilId, name: line.pupilName, fen: lineFen(line) }))} />
        <Fact name={t('parent.order.at')} value={moment(order.placedAt)} />
        {order.paidAt ? <Fact name={t('parent.order.paidAt')} value={moment(order.paidAt)} /> : null}
        {order.status === 'pending' ? (
          <Button kind="primary" block id="order-pay" onTap={() => go('parent/pay')}>
            {t('parent.hold.go')}
          </Button>
        ) : null}
      </View>
      {order.lines.map((line) => (
        <View key={line.enrolmentId} className="k-card k-column">
          <View className="k-row k-row--between">
            <Text className="k-strong">
              {line.courseName} · {line.pupilName}
            </Text>
            <Money fen={line.feeFen} />
          </View>
          {line.materialFen > 0 ? (
            <View className="k-row k-row--between">
              <Text className="k-muted">{line.materialName}</Text>
              <Money fen={line.materialFen} />
            </View>
          ) : null}
          <HandedOut at={handedOut.find(({ enrolmentId }) => enrolmentId === line.enrolmentId)?.handedOutAt} />
          {order.status === 'paid' && !asked.has(line.enrolmentId) ? (
            <Button
              kind="text"
              small
              id={`cancel-${line.enrolmentId}`}
              onTap={() => go('parent/refund', { pupilId: line.pupilId, enrolmentId: line.enrolmentId, name: line.courseName })}
            >
              {t('parent.order.cancelClass')}
            </Button>
          ) : null}
        </View>
      ))}
      {refunds.length > 0 ? <View className="k-section-title">{t('parent.order.refunds')}</View> : null}
      {refunds.map((refund) => (
        <Tap
          key={refund.refundId}
          className="k-card k-card--tap k-row k-row--between"
          id={`refund-${refund.refundId}`}
          onTap={() => go('parent/refund', { pupilId: refund.pupilId, enrolmentId: refund.enrolmentId, refundId: refund.refundId })}
        >
          <View>
            <Money fen={refund.amountFen} className="k-strong" />
            <View className="k-text-s k-muted">{refund.courseName}</View>
          </View>
          <StatusChip tone={refundState(refund).tone}>{refundState(refund).words}</StatusChip>
        </Tap>
      ))}
    </>
  );
}

function HandedOut({ at }: { readonly at: Instant | undefined }) {
  if (!at) return null;
  return (
    <View className="k-row k-text-s k-muted">
      <Icon name="check-circle" />
      <Text>{t('parent.order.handedOut', { when: moment(at) })}</Text>
    </View>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <View className="k-row k-row--between">
      <Text className="k-muted">{name}</Text>
      <Text className="k-number">{value}</Text>
    </View>
  );
}
