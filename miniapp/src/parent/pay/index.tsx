/** Paying what is held, for all children: per line, packs apart and unticked, the rule before the button, the countdown. */

import { lineFen, type OrderLine } from '@kehou/shared/billing/order';
import { formatFen } from '@kehou/shared/kernel/fen';
import { type Id, newId } from '@kehou/shared/kernel/id';
import { ApiError } from '@kehou/shared/kernel/route';
import type { Enrolment } from '@kehou/shared/selection/enrolment';
import { Text, View } from '@tarojs/components';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { api } from '../../api.ts';
import { AppShell } from '../../components/AppShell.tsx';
import { Button } from '../../components/Button';
import { CheckRow } from '../../components/Choices.tsx';
import { Countdown } from '../../components/Countdown.tsx';
import { moment } from '../../components/format.ts';
import { useRequiredMe } from '../../components/Gate.tsx';
import { Icon } from '../../components/Icon.tsx';
import { ListState } from '../../components/ListState.tsx';
import { Money } from '../../components/Money.tsx';
import { failureOf } from '../../failure.ts';
import { platform } from '../../platform/current';
import { go, replace } from '../../platform/navigation.ts';
import { PlatformError } from '../../platform/platform.ts';
import { queryClient, useAction } from '../../queries.ts';
import { t } from '../../texts/parent.ts';
import { type Bill, billsOf, orderIdsOf } from '../bills.ts';
import { usePeriods } from '../periods.ts';
import { useClasses, useFamilyEnrolments, useOrders } from '../reads.ts';
import { SplitByChild } from '../SplitByChild.tsx';
import { classInTheWay } from '../wait.ts';
import { whenOf } from '../when.ts';

/** How often, and how many times, the result is asked for after the cashier closed. */
const CHECK_MS = 1500;
const CHECKS_MAX = 20;
const touched = [['selection'], ['billing'], ['messaging']] as const;

export default function ParentPay() {
  return (
    <AppShell access="parent" title={t('parent.pay.title')}>
      <Bills />
    </AppShell>
  );
}

function Bills() {
  const enrolments = useFamilyEnrolments(15_000);
  const orders = useOrders(orderIdsOf(enrolments.data));
  const now = billsOf(enrolments.data, orders.data);
  // While someone pays, the bill stays as it was, whatever is read meanwhile: neither a seat that turns confirmed nor the new order
  // that is still being read may take the page, and with it the end of paying, away.
  const [paying, setPaying] = useState<readonly Bill[]>();
  const bills = paying ?? now;
  return (
    <View className="k-stack">
      <ListState
        of={paying ? [] : [...enrolments.readings, ...orders.readings]}
        empty={bills.length === 0}
        emptyIcon="clock"
        emptyText={t('parent.pay.nothing')}
        emptyHint={t('parent.pay.nothing.hint')}
        skeletonRows={2}
        skeletonHeight={140}
      >
        {() => (
          <>
            {bills.length > 1 ? <View className="k-text-s k-muted">{t('parent.pay.bill.why')}</View> : null}
            {bills.map((bill, index) => (
              <Checkout
                key={bill.key}
                bill={bill}
                enrolments={enrolments.data}
                number={index + 1}
                count={bills.length}
                onPaying={(on) => setPaying(on ? bills : undefined)}
              />
            ))}
          </>
        )}
      </ListState>
    </View>
  );
}

interface CheckoutProps {
  readonly bill: Bill;
  readonly enrolments: readonly Enrolment[];
  readonly number: number;
  readonly count: number;
  onPaying(on: boolean): void;
}

function Checkout({ bill, enrolments, number, count, onPaying }: CheckoutProps) {
  const [packs, setPacks] = useState<readonly string[]>([]);
  const payment = usePayment(bill, packs, onPaying);
  const seats = bill.kind === 'draft' ? bill.seats : [];
  const classes = useClasses(seats.map(({ offeringId }) => offeringId));
  const packOf = (offeringId: string) => classes.data.get(offeringId)?.offering.materialPack;
  const names = useRequiredMe().children;
  const shares =
    bill.kind === 'order'
      ? bill.order.lines.map((line) => ({ pupilId: line.pupilId, name: line.pupilName, fen: lineFen(line) }))
      : seats.map(({ pupilId, enrolmentId, offeringId, feeFen }) => ({
          pupilId,
          name: names.find((child) => child.pupilId === pupilId)?.name ?? '',
          fen: feeFen + (packs.includes(enrolmentId) ? (packOf(offeringId)?.priceFen ?? 0) : 0),
        }));
  const total = shares.reduce((sum, { fen }) => sum + fen, 0);
  // A move that costs nothing more is no free class: what it costs was paid before.
  const isFree = total === 0 && (bill.kind === 'draft' || bill.order.lines.every(({ moved }) => moved === undefined));
  const offer = seats.find((seat) => (seat.offer || seat.reservedFor) && seat.holdUntil === bill.payBefore);
  const inTheWay = seats.flatMap((seat) => classInTheWay(seat, enrolments) ?? [])[0];
  const closing = bill.kind === 'order' && bill.order.status === 'closing';
  // Tests and fingers find the first bill, which is nearly always the only one, by a plain name.
  const suffix = number === 1 ? '' : `-${number}`;
  return (
    <>
      {count > 1 ? <View className="k-section-title">{t('parent.pay.bill', { number, count })}</View> : null}
      <View className="k-notice k-notice--attention">
        <Icon name="clock" />
        <View className="k-grow">
          {offer
            ? t(`parent.pay.left.${offer.reservedFor ? 'reserved' : 'offer'}${isFree ? '.free' : ''}`, { when: moment(offer.holdUntil) })
            : t(isFree ? 'parent.pay.left.free' : 'parent.pay.left')}
        </View>
        <Countdown className="k-strong" until={bill.payBefore} id={`pay-countdown${suffix}`} onOver={() => readAgain()} />
      </View>
      {inTheWay ? <InTheWay other={inTheWay} /> : null}
      {bill.kind === 'order' ? (
        <>
          <View className="k-notice">
            <Icon name="info" />
            <View>{t(closing ? 'parent.pay.closing' : 'parent.pay.placed')}</View>
          </View>
          {bill.order.lines.map((line) => (
            <Placed key={line.enrolmentId} line={line} />
          ))}
        </>
      ) : (
        seats.map((seat) => {
          const material = packOf(seat.offeringId);
          return (
            <Seat key={seat.enrolmentId} seat={seat} seats={seats}>
              {material ? (
                <CheckRow
                  id={`pack-${seat.enrolmentId}`}
                  on={packs.includes(seat.enrolmentId)}
                  disabled={payment.running}
                  label={t('parent.pay.pack', { name: material.name })}
                  hint={t('parent.pay.pack.hint')}
                  onChange={(on) => setPacks(on ? [...packs, seat.enrolmentId] : packs.filter((id) => id !== seat.enrolmentId))}
                >
                  <Money fen={material.priceFen} />
                </CheckRow>
              ) : null}
            </Seat>
          );
        })
      )}
      {number === 1 && !isFree ? (
        <View className="k-card">
          <View className="k-card__title">{t('parent.pay.rule.title')}</View>
          <View className="k-text-s k-muted">{t('parent.pay.rule')}</View>
        </View>
      ) : null}
      <View className="k-card k-column">
        <SplitByChild shares={shares} />
        <View className="k-row k-row--between">
          <Text>{t('parent.pay.total')}</Text>
          <Money fee={isFree} fen={total} size="xl" id={`pay-total${suffix}`} />
        </View>
        <Button
          kind="primary"
          block
          id={`pay-now${suffix}`}
          disabled={closing || inTheWay !== undefined}
          running={payment.running}
          onTap={payment.start}
        >
          {payment.checking ? t('parent.pay.checking') : total > 0 ? t('parent.pay.go', { sum: formatFen(total) }) : t('parent.pay.free')}
        </Button>
      </View>
    </>
  );
}

/** The class that has the hour: what it is, and the way to be rid of it. */
function InTheWay({ other }: { readonly other: Enrolment }) {
  const { pupilId, enrolmentId, courseName, status } = other;
  return (
    <View className="k-card k-column" id="in-the-way">
      <View className="k-row k-row--top">
        <Icon name="alert" className="k-attention" />
        <View className="k-grow">{t('parent.pay.clash', { name: courseName })}</View>
      </View>
      {status === 'confirmed' ? (
        <Button kind="tint" block id="cancel-first" onTap={() => go('parent/refund', { pupilId, enrolmentId, name: courseName })}>
          {t('parent.pay.clash.cancel', { name: courseName })}
        </Button>
      ) : status === 'held' ? (
        <GiveUp seat={other} ordered={other.orderId !== undefined} id="give-up-first" />
      ) : (
        <View className="k-text-s k-muted">{t('parent.pay.clash.wait', { name: courseName })}</View>
      )}
    </View>
  );
}

function readAgain(): void {
  for (const queryKey of touched) queryClient.invalidateQueries({ queryKey: [...queryKey] }).catch(() => undefined);
}

function usePayment(bill: Bill, packs: readonly string[], onPaying: (on: boolean) => void) {
  const [checking, setChecking] = useState(false);
  const gone = useRef(false);
  useEffect(() => {
    gone.current = false;
    return () => {
      gone.current = true;
    };
  }, []);
  // The same choice is the same order: paying again after a broken try must not place a second one.
  const orderIds = useRef(new Map<string, Id<'order'>>());

  const pay = useAction(
    async () => {
      onPaying(true);
      try {
        const orderId = bill.kind === 'order' ? bill.order.orderId : await place(bill.seats, packs, orderIds.current);
        const started = await api.billing.startPayment({ orderId, provider: 'wechat' });
        // Nothing was to be paid, or it was already.
        if (started.status === 'paid') return { orderId, outcome: started.order.totalFen === 0 ? ('free' as const) : ('paid' as const) };
        const refusal = await platform.pay(started.parameters).then(
          () => undefined,
          (reason: unknown) => reason,
        );
        setChecking(true);
        // A cashier that was closed may have been paid all the same: look once before saying so.
        if (await isPaid(orderId, refusal === undefined ? CHECKS_MAX : 1, gone)) return { orderId, outcome: 'paid' as const };
        if (refusal === undefined) return { orderId, outcome: 'unsure' as const };
        if (refusal instanceof PlatformError && refusal.code === 'platform.cancelled') return { orderId, outcome: 'cancelled' as const };
        throw refusal;
      } finally {
        setChecking(false);
        // Whatever came of it (also when the other guardian had ordered these seats first): show how things stand.
        readAgain();
      }
    },
    {
      onFailed: (error) => {
        onPaying(false);
        const name = error instanceof ApiError && error.body.code === 'selection.clash' ? error.body.details?.courseName : undefined;
        if (typeof name !== 'string') return false;
        // Taken since the page was read; reading it again shows the way.
        void platform.modal({ title: failureOf(error).message, content: t('parent.pay.clash', { name }), acknowledgeOnly: true });
        return true;
      },
      onDone: ({ orderId, outcome }) => {
        if (gone.current) return;
        if (outcome === 'paid' || outcome === 'free') {
          platform.toast(t(outcome === 'free' ? 'parent.pay.free.done' : 'parent.pay.done'), 'done');
          // The bill stays until the order's page has come: nothing is left to pay in what would be read now.
          replace('parent/order', { orderId });
          return;
        }
        onPaying(false);
        if (outcome === 'cancelled') platform.toast(t('parent.pay.cancelled'));
        else void platform.modal({ title: t('parent.pay.unsure'), content: t('parent.pay.unsure.hint'), acknowledgeOnly: true });
      },
    },
  );
  return { running: pay.running, checking, start: () => void pay.run(undefined) };
}

async function place(seats: readonly Enrolment[], packs: readonly string[], orderIds: Map<string, Id<'order'>>): Promise<Id<'order'>> {
  const lines = seats.map(({ pupilId, enrolmentId }) => ({ pupilId, enrolmentId, withMaterialPack: packs.includes(enrolmentId) }));
  const choice = JSON.stringify(lines);
  const orderId = orderIds.get(choice) ?? newId('order');
  orderIds.set(choice, orderId);
  return (await api.billing.placeOrder({ orderId, lines })).orderId;
}

/** The server asks the provider when no callback has come. A connection that is lost meanwhile says nothing about the money. */
async function isPaid(orderId: Id<'order'>, checks: number, gone: { readonly current: boolean }): Promise<boolean> {
  for (let check = 0; check < checks && !gone.current; check++) {
    if (check > 0) await new Promise((resolve) => setTimeout(resolve, CHECK_MS));
    const status = await api.billing.getOrder({ orderId, refresh: 'true' }).then(
      ({ order }) => order.status,
      () => undefined,
    );
    if (status === 'paid') return true;
    if (status === 'closed') return false;
  }
  return false;
}

function useChildName(pupilId: string): string {
  return useRequiredMe().children.find((child) => child.pupilId === pupilId)?.name ?? '';
}

function Seat({ seat, seats, children }: { readonly seat: Enrolment; readonly seats: readonly Enrolment[]; readonly children: ReactNode }) {
  const name = useChildName(seat.pupilId);
  const periods = usePeriods(seat.schoolId, seats);
  const price = seat.sessionCount > 0 ? seat.feeFen / seat.sessionCount : 0;
  return (
    <View className="k-list">
      <View className="k-list-row k-row--top">
        <View className="k-grow">
          <View className="k-strong">{name ? `${seat.courseName} · ${name}` : seat.courseName}</View>
          <View className="k-text-s k-muted">
            {whenOf(seat.slots, periods)} · {seat.roomName}
          </View>
          {Number.isInteger(price) && price > 0 ? (
            <View className="k-text-s k-muted k-number">{t('parent.pay.fee', { count: seat.sessionCount, price: formatFen(price) })}</View>
          ) : null}
        </View>
        <Money fee fen={seat.feeFen} />
      </View>
      {children}
      <GiveUp seat={seat} />
    </View>
  );
}

/** A line of an order that is placed: nothing can be changed in it, but a seat can be given back. */
function Placed({ line }: { readonly line: OrderLine }) {
  const mine = useChildName(line.pupilId) !== '';
  return (
    <View className="k-list">
      <View className="k-list-row">
        <View className="k-grow k-strong">
          {line.courseName} · {line.pupilName}
        </View>
        <Money fee={line.moved === undefined} fen={line.feeFen} />
      </View>
      {line.materialFen > 0 ? (
        <View className="k-list-row">
          <View className="k-grow">{t('parent.pay.packIn', { name: line.materialName ?? '' })}</View>
          <Money fen={line.materialFen} />
        </View>
      ) : null}
      {line.moved ? (
        <View className="k-list-row k-text-s k-muted">
          {t('parent.order.movedFrom', { name: line.moved.fromCourseName, sum: formatFen(line.moved.creditFen) })}
        </View>
      ) : null}
      {mine ? <GiveUp seat={line} ordered /> : null}
    </View>
  );
}

interface GiveUpProps {
  readonly seat: Pick<Enrolment, 'pupilId' | 'enrolmentId' | 'courseName' | 'offer' | 'reservedFor'> & Pick<OrderLine, 'moved'>;
  readonly ordered?: boolean;
  readonly id?: string;
}

function GiveUp({
  seat: { pupilId, enrolmentId, courseName, offer, reservedFor, moved },
  ordered,
  id = `give-up-${enrolmentId}`,
}: GiveUpProps) {
  const words = moved ? 'stay' : offer ? 'decline' : reservedFor ? 'giveBack' : 'giveUp';
  const action = useAction(() => api.billing.giveUpSeat({ pupilId, enrolmentId }), {
    done: ({ status }) => t(status === 'confirmed' ? 'parent.pay.done' : `parent.pay.${words}.done`),
    refresh: touched,
  });
  return (
    <View className="k-list-row">
      <Button
        kind="text"
        small
        id={id}
        running={action.running}
        onTap={async () => {
          const sure = await platform.modal({
            title: t(`parent.pay.${words}.ask`, { name: courseName }),
            content: t(ordered && !moved ? 'parent.pay.giveUp.order' : `parent.pay.${words}.hint`),
            danger: true,
          });
          if (sure) await action.run(undefined);
        }}
      >
        {t(`parent.pay.${words}`)}
      </Button>
    </View>
  );
}
