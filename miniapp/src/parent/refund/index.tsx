/** Cancelling a class: the sum first, then how it is made up, then the rule; afterwards the way of the money, step by step. */
import { noteForFamily, type Refund, type RefundQuote, type RefundStatus } from '@kehou/shared/billing/refund';
import { formatFen } from '@kehou/shared/kernel/fen';
import { Id, newId } from '@kehou/shared/kernel/id';
import { ApiError } from '@kehou/shared/kernel/route';
import { Text, View } from '@tarojs/components';
import { useState } from 'react';
import * as z from 'zod';
import { api } from '../../api.ts';
import { AppShell } from '../../components/AppShell.tsx';
import { Button } from '../../components/Button';
import { moment } from '../../components/format.ts';
import { Icon } from '../../components/Icon.tsx';
import { Empty, ListState } from '../../components/ListState.tsx';
import { Money } from '../../components/Money.tsx';
import { StatusChip } from '../../components/StatusChip.tsx';
import { Timeline, type TimelineStep } from '../../components/Timeline.tsx';
import { failureOf } from '../../failure.ts';
import { platform } from '../../platform/current';
import { replace, useQuery } from '../../platform/navigation.ts';
import { useAction, useCall } from '../../queries.ts';
import { t } from '../../texts/parent.ts';
import { refundState } from '../words.ts';

const Query = z.object({
  pupilId: Id('pupil'),
  enrolmentId: Id('enrolment'),
  refundId: Id('refund').optional(),
  name: z.string().max(60).optional(),
});
type Asked = z.output<typeof Query>;
const Refunded = z.object({ refundId: Id('refund') });

export default function ParentRefund() {
  const query = useQuery(Query);
  return (
    <AppShell access="parent" title={t('parent.refund.title')}>
      <View className="k-stack">
        {!query ? (
          <Empty icon="alert" text={t('parent.orders.none')} />
        ) : query.refundId ? (
          <Progress {...query} refundId={query.refundId} />
        ) : (
          <Quote {...query} />
        )}
      </View>
    </AppShell>
  );
}

function Quote({ pupilId, enrolmentId, name = '' }: Asked) {
  const quote = useCall('billing', 'quoteRefund', { pupilId, enrolmentId }, { staleMs: 0 });
  const [refundId] = useState(() => newId('refund'));
  const request = useAction((quoteToken: string) => api.billing.requestRefund({ pupilId, enrolmentId, refundId, quoteToken }), {
    done: t('parent.refund.done'),
    // Not the quote: what is cancelled has none any more.
    refresh: [['billing', 'getOrder'], ['billing', 'listChildOrders'], ['selection'], ['messaging']],
    onDone: () => replace('parent/refund', { pupilId, enrolmentId, refundId }),
    onFailed: (error) => {
      const { code } = failureOf(error);
      const other = error instanceof ApiError ? Refunded.safeParse(error.body.details) : undefined;
      // The other guardian was first: their refund is what there is to see.
      if (code === 'refund.already_asked' && other?.success) replace('parent/refund', { pupilId, enrolmentId, ...other.data });
      void quote.refetch();
      if (code !== 'refund.quote_changed') return false;
      void platform.modal({ title: t('parent.refund.changed'), acknowledgeOnly: true });
      return true;
    },
  });
  return (
    <ListState of={quote} skeletonRows={2} skeletonHeight={160}>
      {() => {
        const given = quote.data as RefundQuote;
        return (
          <>
            <View className="k-card k-column">
              <Text className="k-muted">{t('parent.refund.sum')}</Text>
              <Money fen={given.totalFen} size="xl" className="k-strong" id="refund-sum" />
              <View className="k-divider" />
              <View className="k-row k-row--between">
                <Text className="k-text-s k-muted">
                  {t('parent.refund.tuition', { paid: formatFen(given.paidFeeFen), left: given.sessionsLeft, all: given.sessionCount })}
                </Text>
                <Money fen={given.feeFen} />
              </View>
              {given.paidMaterialFen > 0 ? (
                <View className="k-row k-row--between">
                  <Text className="k-text-s k-muted">{t('parent.refund.pack', { paid: formatFen(given.paidMaterialFen) })}</Text>
                  <Money fen={given.materialFen} />
                </View>
              ) : null}
              {given.materialHandedOutAt ? (
                <View className="k-text-s k-muted">{t('parent.refund.handedOut', { when: moment(given.materialHandedOutAt) })}</View>
              ) : null}
            </View>
            <View className="k-notice">
              <Icon name="info" />
              <View>
                {t(`parent.refund.rule.${given.rule}`)}
                <View className="k-text-s">{t(given.approval === 'automatic' ? 'parent.refund.automatic' : 'parent.refund.needed')}</View>
              </View>
            </View>
            <Button
              kind="danger"
              block
              id="refund-submit"
              running={request.running}
              onTap={async () => {
                const sure = await platform.modal({ title: t('parent.refund.ask', { name }), content: t('parent.refund.askHint') });
                if (sure) await request.run(given.quoteToken);
              }}
            >
              {t('parent.refund.submit')}
            </Button>
          </>
        );
      }}
    </ListState>
  );
}

function Progress({ pupilId, refundId }: Asked & { readonly refundId: Id<'refund'> }) {
  const read = useCall('billing', 'getRefund', { pupilId, refundId }, { everyMs: 1_500 });
  return (
    <ListState of={read} skeletonRows={2} skeletonHeight={160}>
      {() => {
        const refund = read.data as Refund;
        const state = refundState(refund);
        return (
          <>
            <View className="k-card k-column">
              <View className="k-row k-row--between">
                <Text className="k-strong">{refund.courseName}</Text>
                <StatusChip tone={state.tone} id="refund-status">
                  {state.words}
                </StatusChip>
              </View>
              <Money fen={refund.amountFen} size="xl" className="k-strong" id="refund-sum" />
              <Text className="k-text-s k-muted">{t(`parent.refund.cause.${refund.cause}`)}</Text>
              {refund.togetherFen ? (
                <Text className="k-text-s k-muted">{t('parent.refund.together', { sum: formatFen(refund.togetherFen) })}</Text>
              ) : null}
            </View>
            <View className="k-card">
              <View className="k-card__title">{t('parent.refund.where')}</View>
              <Timeline steps={stepsOf(refund)} />
            </View>
          </>
        );
      }}
    </ListState>
  );
}

/** What lies ahead of each state, so that a parent sees how far it still is. */
const ahead: Readonly<Record<RefundStatus, readonly RefundStatus[]>> = {
  requested: ['approved', 'sending', 'succeeded'],
  approving: ['approved', 'sending', 'succeeded'],
  approved: ['sending', 'succeeded'],
  sending: ['succeeded'],
  attention: ['succeeded'],
  succeeded: [],
  refused: [],
};

function stepsOf(refund: Refund): TimelineStep[] {
  const last = refund.timeline.length - 1;
  const done = refund.timeline.map((step, index): TimelineStep => {
    const over = step.status === 'refused' ? 'failed' : index < last || step.status === 'succeeded' ? 'done' : 'now';
    return {
      key: `${step.at}-${step.status}`,
      title: t(`parent.refund.is.${step.status}`),
      time: moment(step.at),
      detail: step.reminded ? t('parent.refund.reminded') : noteForFamily(step),
      state: over,
    };
  });
  const next = ahead[refund.status].map(
    (status): TimelineStep => ({ key: `next-${status}`, title: t(`parent.refund.is.${status}`), state: 'next' }),
  );
  return [...done, ...next];
}
