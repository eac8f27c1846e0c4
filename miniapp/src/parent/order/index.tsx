/** One order: what was bought, where each class can be cancelled, and where the money of its refunds is. */
import { lineFen, type Order, type OrderLine } from '@kehou/shared/billing/order';
import type { Refund } from '@kehou/shared/billing/refund';
import { formatFen } from '@kehou/shared/kernel/fen';
import { Id } from '@kehou/shared/kernel/id';
import type { Instant } from '@kehou/shared/kernel/time';
import type { HeldBack } from '@kehou/shared/offering/offering';
import type { Enrolment } from '@kehou/shared/selection/enrolment';
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
import { heldBackWords, orderState, refundState } from '../words.ts';

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
  readonly moves: readonly { readonly enrolmentId: string; readonly places: readonly Enrolment[] }[];
  readonly hasTrial: boolean;
  readonly heldBack: readonly (HeldBack & { readonly offeringId: string })[];
  readonly handedOut: readonly { readonly enrolmentId: string; readonly handedOutAt: Instant }[];
}

function Body({ order, refunds, handedOut, moves, hasTrial, heldBack }: Shown) {
  const asked = new Set(refunds.filter(({ status }) => status !== 'refused').map(({ enrolmentId }) => enrolmentId));
  const state = orderState(order);
  const placesOf = (line: OrderLine) => moves.find(({ enrolmentId }) => enrolmentId === line.enrolmentId)?.places ?? [];
  return (
    <>
      <View className="k-card k-column">
        <View className="k-row k-row--between">
          <Money
            fee={order.lines.every(({ moved }) => moved === undefined)}
            fen={order.totalFen}
            size="xl"
            className="k-strong"
            id="order-total"
          />
          <StatusChip tone={state.tone} id="order-status">
            {state.words}
          </StatusChip>
        </View>
        <SplitByChild shares={order.lines.map((line) => ({ pupilId: line.pupilId, name: line.pupilName, fen: lineFen(line) }))} />
        <Fact name={t('parent.order.at')} value={moment(order.placedAt)} />
        {order.paidAt ? <Fact name={t('parent.order.paidAt')} value={moment(order.paidAt)} /> : null}
        {order.status === 'pending' ? (
          <Button kind="primary" block id="order-pay" onTap={() => go('parent/pay')}>
            {t(order.totalFen === 0 ? 'parent.confirm.go' : 'parent.hold.go')}
          </Button>
        ) : null}
      </View>
      {order.lines.map((line) => (
        <View key={line.enrolmentId} className="k-card k-column">
          <View className="k-row k-row--between">
            <Text className="k-strong">
              {line.courseName} · {line.pupilName}
            </Text>
            {asked.has(line.enrolmentId) ? <StatusChip tone="plain">{t('parent.order.lineCancelled')}</StatusChip> : null}
            <Money fee={line.moved === undefined} fen={line.feeFen} />
          </View>
          {line.materialFen > 0 ? (
            <View className="k-row k-row--between">
              <Text className="k-muted">{line.materialName}</Text>
              <Money fen={line.materialFen} />
            </View>
          ) : null}
          <HandedOut at={handedOut.find(({ enrolmentId }) => enrolmentId === line.enrolmentId)?.handedOutAt} />
          {line.moved ? (
            <Text className="k-text-s k-muted">
              {t('parent.order.movedFrom', { name: line.moved.fromCourseName, sum: formatFen(line.moved.creditFen) })}
            </Text>
          ) : null}
          <Place line={line} paid={order.status === 'paid'} places={placesOf(line)} asked={asked} hasTrial={hasTrial} heldBack={heldBack} />
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

interface PlaceProps {
  readonly line: OrderLine;
  readonly paid: boolean;
  /** Where it was moved to, one after the other; the last may still have to be paid for. */
  readonly places: readonly Enrolment[];
  readonly asked: ReadonlySet<string>;
  readonly hasTrial: boolean;
  readonly heldBack: Shown['heldBack'];
}

/** The place behind a line as it is now, where it was moved to, and what can be done with it. */
function Place({ line, paid, places, asked, hasTrial, heldBack }: PlaceProps) {
  const done = places.filter(({ status }) => status === 'confirmed' || status === 'cancelled');
  const moving = places.find(({ status }) => status === 'taking' || status === 'held' || status === 'closing');
  const last = done.at(-1);
  const { pupilId } = line;
  const { enrolmentId, courseName, offeringId } = last ?? line;
  const unsure = asked.has(enrolmentId) ? undefined : heldBack.find((one) => one.offeringId === offeringId);
  const isOver = last?.status === 'cancelled';
  return (
    <>
      {done.map((place) => (
        <Moved key={place.enrolmentId} place={place} />
      ))}
      {unsure && !moving && !isOver ? (
        <View className="k-notice k-notice--attention" id={`held-back-${enrolmentId}`}>
          <Icon name="alert" />
          <View className="k-grow">{heldBackWords(unsure)}</View>
        </View>
      ) : null}
      {moving ? (
        <View className="k-notice k-notice--attention" id={`moving-${enrolmentId}`}>
          <Icon name="clock" />
          <View className="k-grow">{t('parent.order.moving', { name: moving.courseName })}</View>
          <Button kind="text" small id={`pay-move-${enrolmentId}`} onTap={() => go('parent/pay')}>
            {t('parent.order.moving.pay')}
          </Button>
        </View>
      ) : paid && !isOver && !asked.has(enrolmentId) ? (
        <View className="k-row">
          {hasTrial ? (
            <Button
              kind="text"
              small
              id={`move-${enrolmentId}`}
              onTap={() => go('parent/move', { pupilId, enrolmentId, name: courseName })}
            >
              {t('parent.order.move')}
            </Button>
          ) : null}
          <Button
            kind="text"
            small
            id={`cancel-${enrolmentId}`}
            onTap={() => go('parent/refund', { pupilId, enrolmentId, name: courseName })}
          >
            {t('parent.order.cancelClass')}
          </Button>
        </View>
      ) : null}
    </>
  );
}

function Moved({ place: { courseName, movedFrom } }: { readonly place: Enrolment }) {
  if (!movedFrom) return null;
  const { at, dueFen, backFen } = movedFrom;
  const sum = formatFen(dueFen + backFen);
  return (
    <View className="k-row k-row--top" id="moved-to">
      <Icon name="check-circle" className="k-success" />
      <View className="k-grow">
        <View>{t('parent.order.movedTo', { name: courseName, when: moment(at) })}</View>
        <View className="k-text-s k-muted">{t(`parent.order.movedTo.${dueFen > 0 ? 'due' : backFen > 0 ? 'back' : 'even'}`, { sum })}</View>
      </View>
    </View>
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
