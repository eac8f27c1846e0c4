/** Paying what is held: per line, packs apart and unticked, the rule before the button, the countdown. */

import { formatFen } from '@kehou/shared/kernel/fen';
import { type Id, newId } from '@kehou/shared/kernel/id';
import type { Enrolment } from '@kehou/shared/selection/enrolment';
import { Text, View } from '@tarojs/components';
import { useEffect, useRef, useState } from 'react';
import { api } from '../../api.ts';
import { AppShell } from '../../components/AppShell.tsx';
import { Button } from '../../components/Button';
import { CheckRow } from '../../components/Choices.tsx';
import { Countdown } from '../../components/Countdown.tsx';
import { useRequiredChild } from '../../components/Gate.tsx';
import { Icon } from '../../components/Icon.tsx';
import { ListState } from '../../components/ListState.tsx';
import { Money } from '../../components/Money.tsx';
import { platform } from '../../platform/current';
import { replace } from '../../platform/navigation.ts';
import { useAction, useCall } from '../../queries.ts';
import { t } from '../../texts/parent.ts';
import { slotWords } from '../words.ts';

/** How often, and how many times, the result is asked for after the cashier closed. */
const CHECK_MS = 1500;
const CHECKS_MAX = 20;

export default function ParentPay() {
  return (
    <AppShell access="parent" title={t('parent.pay.title')}>
      <Held />
    </AppShell>
  );
}

function Held() {
  const child = useRequiredChild();
  const enrolments = useCall('selection', 'listChildEnrolments', { pupilId: child.pupilId }, { everyMs: 15_000 });
  const held = (enrolments.data?.items ?? []).filter(({ status }) => status === 'held');
  return (
    <View className="k-stack">
      <ListState
        of={enrolments}
        empty={held.length === 0}
        emptyIcon="clock"
        emptyText={t('parent.pay.nothing')}
        emptyHint={t('parent.pay.nothing.hint')}
        skeletonRows={2}
        skeletonHeight={140}
      >
        {() => <Checkout held={held} name={child.name} />}
      </ListState>
    </View>
  );
}

function Checkout({ held, name }: { readonly held: readonly Enrolment[]; readonly name: string }) {
  const [packs, setPacks] = useState<readonly string[]>([]);
  const [checking, setChecking] = useState(false);
  const gone = useRef(false);
  useEffect(
    () => () => {
      gone.current = true;
    },
    [],
  );
  const pack = useCall('selection', 'getClassPage', {
    pupilId: held[0]?.pupilId as Id<'pupil'>,
    windowId: held[0]?.windowId as Id<'window'>,
  });
  const packOf = (offeringId: string) => pack.data?.classes.find((card) => card.offeringId === offeringId)?.materialPack;
  const total = held.reduce(
    (sum, one) => sum + one.feeFen + (packs.includes(one.enrolmentId) ? (packOf(one.offeringId)?.priceFen ?? 0) : 0),
    0,
  );
  // The same choice is the same order: paying again after a broken try must not place a second one.
  const choice = held.map(({ enrolmentId }) => `${enrolmentId}${packs.includes(enrolmentId) ? '+' : ''}`).join();
  const orderIds = useRef(new Map<string, Id<'order'>>());
  const until = [...held].sort((a, b) => (a.holdUntil < b.holdUntil ? -1 : 1))[0]?.holdUntil;
  const standing = held.every(({ orderId }) => orderId !== undefined && orderId === held[0]?.orderId) ? held[0]?.orderId : undefined;

  const pay = useAction(
    async () => {
      const orderId = standing ?? orderIds.current.get(choice) ?? newId('order');
      orderIds.current.set(choice, orderId);
      if (!standing) {
        await api.billing.placeOrder({
          orderId,
          lines: held.map(({ pupilId, enrolmentId }) => ({ pupilId, enrolmentId, withMaterialPack: packs.includes(enrolmentId) })),
        });
      }
      const started = await api.billing.startPayment({ orderId, provider: 'wechat' });
      if (started.status === 'paid') return { orderId, paid: true };
      const tapped = await platform.pay(started.parameters).then(
        () => true,
        () => false,
      );
      setChecking(true);
      const paid = await isPaid(orderId, tapped ? CHECKS_MAX : 1, gone);
      setChecking(false);
      return { orderId, paid };
    },
    {
      refresh: [['selection'], ['billing'], ['messaging']],
      onDone: ({ orderId, paid }) => {
        platform.toast(t(paid ? 'parent.pay.done' : 'parent.pay.cancelled'), paid ? 'done' : 'plain');
        if (paid) replace('parent/order', { orderId });
      },
    },
  );
  return (
    <>
      <View className="k-notice k-notice--attention">
        <Icon name="clock" />
        <View className="k-grow">{t('parent.pay.left')}</View>
        {until ? <Countdown className="k-strong" until={until} id="pay-countdown" /> : null}
      </View>
      {held.map((one) => {
        const material = packOf(one.offeringId);
        return (
          <View key={one.enrolmentId} className="k-list">
            <View className="k-list-row">
              <View className="k-grow">
                <View className="k-strong">
                  {one.courseName} · {name}
                </View>
                <View className="k-text-s k-muted">
                  {slotWords(one.slots)} · {one.roomName}
                </View>
              </View>
              <Money fen={one.feeFen} />
            </View>
            {material ? (
              <CheckRow
                id={`pack-${one.enrolmentId}`}
                on={packs.includes(one.enrolmentId)}
                disabled={standing !== undefined}
                label={t('parent.pay.pack', { name: material.name })}
                hint={t('parent.pay.pack.hint')}
                onChange={(on) => setPacks(on ? [...packs, one.enrolmentId] : packs.filter((id) => id !== one.enrolmentId))}
              >
                <Money fen={material.priceFen} />
              </CheckRow>
            ) : null}
            <GiveUp enrolment={one} />
          </View>
        );
      })}
      <View className="k-card k-column">
        <View className="k-card__title">{t('parent.pay.rule.title')}</View>
        <View className="k-text-s k-muted">{t('parent.pay.rule')}</View>
      </View>
      <View className="k-card k-column">
        <View className="k-row k-row--between">
          <Text>{t('parent.pay.total')}</Text>
          <Money fen={total} size="xl" className="k-strong" id="pay-total" />
        </View>
        <Button kind="primary" block id="pay-now" running={pay.running} onTap={() => pay.run(undefined)}>
          {checking ? t('parent.pay.checking') : total > 0 ? t('parent.pay.go', { sum: formatFen(total) }) : t('parent.pay.free')}
        </Button>
      </View>
    </>
  );
}

/** The server asks the provider when no callback has come. */
async function isPaid(orderId: Id<'order'>, checks: number, gone: { readonly current: boolean }): Promise<boolean> {
  for (let check = 0; check < checks && !gone.current; check++) {
    if (check > 0) await new Promise((resolve) => setTimeout(resolve, CHECK_MS));
    const { order } = await api.billing.getOrder({ orderId, refresh: 'true' });
    if (order.status === 'paid') return true;
    if (order.status === 'closed') return false;
  }
  return false;
}

function GiveUp({ enrolment }: { readonly enrolment: Enrolment }) {
  const { pupilId, enrolmentId, courseName } = enrolment;
  const action = useAction(() => api.billing.giveUpSeat({ pupilId, enrolmentId }), {
    done: t('parent.pay.giveUp.done'),
    refresh: [['selection'], ['billing'], ['messaging']],
  });
  return (
    <View className="k-list-row">
      <Button
        kind="text"
        small
        id={`give-up-${enrolmentId}`}
        running={action.running}
        onTap={async () => {
          const sure = await platform.modal({
            title: t('parent.pay.giveUp.ask', { name: courseName }),
            content: t('parent.pay.giveUp.hint'),
          });
          if (sure) await action.run(undefined);
        }}
      >
        {t('parent.pay.giveUp')}
      </Button>
    </View>
  );
}
