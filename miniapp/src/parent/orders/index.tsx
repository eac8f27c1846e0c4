/** A child's orders, newest first, whichever guardian placed them. */
import type { Order } from '@kehou/shared/billing/order';
import { formatFen } from '@kehou/shared/kernel/fen';
import { Text, View } from '@tarojs/components';
import { AppShell } from '../../components/AppShell.tsx';
import { moment } from '../../components/format.ts';
import { useRequiredChild } from '../../components/Gate.tsx';
import { ListState } from '../../components/ListState.tsx';
import { Money } from '../../components/Money.tsx';
import { StatusChip } from '../../components/StatusChip.tsx';
import { Tap } from '../../components/Tap';
import { go } from '../../platform/navigation.ts';
import { useCallPages } from '../../queries.ts';
import { t } from '../../texts/parent.ts';
import { ParentTabs } from '../tabs.tsx';
import { orderState } from '../words.ts';

export default function ParentOrders() {
  return (
    <AppShell access="parent" title={t('parent.orders.title')} root footer={<ParentTabs current="parent/orders" />}>
      <Orders />
    </AppShell>
  );
}

function Orders() {
  const child = useRequiredChild();
  const orders = useCallPages('billing', 'listChildOrders', { pupilId: child.pupilId, limit: 20 });
  return (
    <View className="k-stack">
      <ListState
        of={orders}
        empty={orders.items.length === 0}
        emptyIcon="receipt"
        emptyText={t('parent.orders.none')}
        emptyHint={t('parent.orders.none.hint')}
        hasMore={orders.hasMore}
        loadingMore={orders.isFetchingNextPage}
        onMore={orders.more}
        showEnd
      >
        {() => orders.items.map((order) => <One key={order.orderId} order={order} />)}
      </ListState>
    </View>
  );
}

function One({ order }: { readonly order: Order }) {
  const state = orderState(order);
  return (
    <Tap className="k-card k-card--tap k-column" id={`order-${order.orderId}`} onTap={() => go('parent/order', { orderId: order.orderId })}>
      <View className="k-row k-row--between">
        <Text className="k-text-s k-muted k-number">{moment(order.placedAt)}</Text>
        <StatusChip tone={state.tone}>{state.words}</StatusChip>
      </View>
      {order.lines.map((line) => (
        <View key={line.enrolmentId} className="k-row k-row--between">
          <Text>
            {line.courseName} · {line.pupilName}
          </Text>
          <Money fee={line.moved === undefined} fen={line.feeFen + line.materialFen} />
        </View>
      ))}
      <View className="k-row k-row--between">
        <Text className="k-text-s k-attention">
          {order.refundedFen > 0 ? t('parent.order.refunded', { sum: formatFen(order.refundedFen) }) : ''}
        </Text>
        <Money fee={order.lines.every(({ moved }) => moved === undefined)} fen={order.totalFen} className="k-strong" />
      </View>
    </Tap>
  );
}
