/** Every class of a window for one child: what the week holds, what can be taken, how many seats are left, and why not when not. */

import { formatFen } from '@kehou/shared/kernel/fen';
import { Id, newId } from '@kehou/shared/kernel/id';
import { timeOfDay, type Weekday } from '@kehou/shared/kernel/time';
import type { Enrolment } from '@kehou/shared/selection/enrolment';
import type { ClassCard } from '@kehou/shared/selection/window';
import { Text, View } from '@tarojs/components';
import { useState } from 'react';
import * as z from 'zod';
import { api } from '../../api.ts';
import { serverNow, useServerNow } from '../../clock.ts';
import { AppShell } from '../../components/AppShell.tsx';
import { Button } from '../../components/Button';
import { Chips } from '../../components/Choices.tsx';
import { Countdown } from '../../components/Countdown.tsx';
import { day } from '../../components/format.ts';
import { useRequiredChild } from '../../components/Gate.tsx';
import { Icon } from '../../components/Icon.tsx';
import { Empty, ListState } from '../../components/ListState.tsx';
import { Money } from '../../components/Money.tsx';
import { SeatMeter } from '../../components/SeatMeter.tsx';
import { Sheet } from '../../components/Sheet.tsx';
import { StatusChip } from '../../components/StatusChip.tsx';
import { Tap } from '../../components/Tap';
import { type WeekCell, WeekGrid } from '../../components/WeekGrid.tsx';
import { platform } from '../../platform/current';
import { go, pageUrl, useQuery } from '../../platform/navigation.ts';
import { useAction, useCall } from '../../queries.ts';
import { useChild } from '../../session.ts';
import { t } from '../../texts/parent.ts';
import { slotWords, whyNotWords } from '../words.ts';
import './index.scss';

const Query = z.object({ windowId: Id('window') });
type WindowId = z.output<typeof Query>['windowId'];

export default function ParentClasses() {
  const query = useQuery(Query);
  const child = useChild();
  const page = useCall(
    'selection',
    'getClassPage',
    { pupilId: child?.pupilId ?? ('' as never), windowId: query?.windowId ?? ('' as never) },
    { enabled: Boolean(child && query), everyMs: 15_000 },
  );
  const held = (page.data?.classes ?? []).flatMap(({ enrolment }) => (enrolment?.status === 'held' ? [enrolment] : []));
  const window = page.data?.window;
  return (
    <AppShell
      access="parent"
      title={t('parent.choose.title')}
      footer={held.length > 0 ? <Basket held={held} /> : undefined}
      share={window && { title: `${window.schoolName} · ${window.name}`, path: pageUrl('entry/share', { windowId: window.windowId }) }}
    >
      {query ? <Classes windowId={query.windowId} page={page} /> : <Empty icon="alert" text={t('parent.choose.none')} />}
    </AppShell>
  );
}
ParentClasses.enableShareAppMessage = true;

function Basket({ held }: { readonly held: readonly Enrolment[] }) {
  const first = [...held].sort((a, b) => (a.holdUntil < b.holdUntil ? -1 : 1))[0];
  return (
    <View className="k-bar p-basket">
      <View className="k-grow">
        <View className="k-strong">{t('parent.choose.basket', { count: held.length })}</View>
        <View className="k-row">
          <Icon name="clock" size={1} className="k-attention" />
          {first ? <Countdown className="k-attention" until={first.holdUntil} /> : null}
        </View>
      </View>
      <Button kind="primary" id="basket-pay" onTap={() => go('parent/pay')}>
        {t('parent.hold.go')}
      </Button>
    </View>
  );
}

interface ClassesProps {
  readonly windowId: WindowId;
  readonly page: ReturnType<typeof useCall<'selection', 'getClassPage'>>;
}

function Classes({ windowId, page }: ClassesProps) {
  const child = useRequiredChild();
  const [slot, setSlot] = useState<{ weekday: Weekday; period: number }>();
  const [only, setOnly] = useState<readonly 'open'[]>([]);
  const [shown, setShown] = useState<string>();
  // Between two readings of the page the seats alone are asked for: one cheap query for everybody.
  const seats = useCall('selection', 'getSeats', { windowId }, { everyMs: 4_000, enabled: page.data !== undefined });
  const classes = (page.data?.classes ?? []).map((card) => withSeats(card, seats.data?.seats[card.offeringId]));
  const matching = classes.filter(
    (card) =>
      (!slot || card.slots.some((one) => one.weekday === slot.weekday && one.period === slot.period)) &&
      (only.length === 0 || card.notNow === undefined || card.notNow === 'not-open' || card.enrolment !== undefined),
  );
  const open = classes.find(({ offeringId }) => offeringId === shown);
  return (
    <View className="k-stack">
      <ListState of={page} skeletonRows={5} skeletonHeight={132}>
        {() => (
          <>
            <Hours page={page} />
            <View className="k-card">
              <WeekGrid
                strip
                weekdays={weekdaysOf(classes)}
                periods={periodsOf(classes).map((period) => ({ period }))}
                cells={cellsOf(classes, page.data?.busy ?? [], (weekday, period) =>
                  setSlot(slot?.weekday === weekday && slot.period === period ? undefined : { weekday, period }),
                )}
                selected={slot}
              />
            </View>
            <View className="k-row k-row--between">
              <Chips
                id="filter"
                label={t('parent.choose.canTake')}
                values={only}
                options={[{ value: 'open', label: t('parent.choose.canTake') }]}
                onChange={setOnly}
              />
              <Text className="k-text-xs k-muted k-number">
                {t('parent.choose.asOf', { time: timeOfDay(seats.data?.asOf ?? page.data?.seatsAsOf ?? serverNow()) })}
              </Text>
            </View>
            {matching.length === 0 ? (
              <Empty icon="filter" text={t('parent.choose.none')} hint={t('parent.choose.none.hint')} />
            ) : (
              matching.map((card) => (
                <Row
                  key={card.offeringId}
                  card={card}
                  windowId={windowId}
                  pupilId={child.pupilId}
                  onDetails={() => setShown(card.offeringId)}
                />
              ))
            )}
          </>
        )}
      </ListState>
      <Sheet open={open !== undefined} title={open?.courseName ?? ''} onClose={() => setShown(undefined)} id="class-details">
        {open ? <Details card={open} /> : null}
      </Sheet>
    </View>
  );
}

function Hours({ page }: Pick<ClassesProps, 'page'>) {
  useServerNow(1000);
  const window = page.data?.window;
  if (!window) return null;
  const now = serverNow();
  if (now >= window.closesAt) {
    return (
      <View className="k-notice k-notice--attention">
        <Icon name="info" />
        <View>{t('parent.window.over')}</View>
      </View>
    );
  }
  const before = now < window.opensAt;
  return (
    <View className="k-row" id="window-hours">
      <Icon name="clock" className="k-primary" />
      <Text className="k-muted">{t(before ? 'parent.window.opensIn' : 'parent.window.closesIn')}</Text>
      <Countdown className="k-strong k-primary" until={before ? window.opensAt : window.closesAt} onOver={() => page.refetch()} />
    </View>
  );
}

/** One class, rows of one height: nobody must open it to learn whether there is a seat. */
function Row({
  card,
  windowId,
  pupilId,
  onDetails,
}: {
  readonly card: ClassCard;
  readonly windowId: WindowId;
  readonly pupilId: Id<'pupil'>;
  onDetails(): void;
}) {
  const why = whyNotWords(card);
  // Kept with the phone until there is an answer: a try whose reply was lost is the same try when it is tapped again.
  const key = `take:${pupilId}:${card.offeringId}`;
  const take = useAction(
    async () => {
      const enrolmentId = platform.storageGet(key) ?? newId('enrolment');
      platform.storageSet(key, enrolmentId);
      return api.selection.takeSeat({ pupilId, windowId, offeringId: card.offeringId, enrolmentId });
    },
    {
      done: t('parent.choose.done'),
      refresh: [['selection'], ['messaging']],
      onDone: () => platform.storageRemove(key),
      onFailed: (error) => {
        if (typeof (error as { status?: unknown }).status === 'number' && (error as { status: number }).status < 500)
          platform.storageRemove(key);
        return false;
      },
    },
  );
  const mine = card.enrolment?.status;
  return (
    <View className="k-card p-class" id={`row-${card.offeringId}`}>
      <Tap label={`${card.courseName} ${t('parent.choose.details')}`} id={`details-${card.offeringId}`} onTap={onDetails}>
        <View className="k-row k-row--between p-class__title">
          <Text className="k-strong k-clip">{card.courseName}</Text>
          <Money fen={card.feeFen} className="k-strong" />
        </View>
        <View className="k-row k-row--between k-text-s k-muted">
          <Text className="k-clip">
            {slotWords(card.slots)} · {card.instructorName}
          </Text>
          <Text className="k-number">
            {t('parent.choose.perSession', { price: formatFen(card.feePerSessionFen), count: card.sessionCount })}
          </Text>
        </View>
      </Tap>
      <View className="k-row k-row--between p-class__foot">
        <View className="p-class__meter">
          <SeatMeter taken={card.taken} capacity={card.capacity} />
        </View>
        {mine === 'held' || mine === 'taking' || mine === 'closing' ? (
          <StatusChip tone="attention">{t('parent.choose.held')}</StatusChip>
        ) : mine === 'confirmed' ? (
          <StatusChip tone="primary">{t('parent.choose.confirmed')}</StatusChip>
        ) : why ? (
          <StatusChip tone="plain" icon="info">
            {why}
          </StatusChip>
        ) : (
          <Button kind="primary" small id={`take-${card.offeringId}`} running={take.running} onTap={() => take.run(undefined)}>
            {t('parent.choose.take')}
          </Button>
        )}
      </View>
    </View>
  );
}

function Details({ card }: { readonly card: ClassCard }) {
  const offering = useCall('offering', 'getOffering', { offeringId: card.offeringId });
  const facts: readonly (readonly [string, string])[] = [
    [t('parent.detail.when'), slotWords(card.slots)],
    [t('parent.detail.teacher'), card.instructorName],
    [t('parent.detail.room'), card.roomName],
    [t('parent.detail.grades'), card.grades.join('、')],
    [t('parent.detail.size'), t('parent.detail.size.words', { least: card.smallestSize, most: card.capacity })],
    [
      t('parent.detail.fee'),
      `${formatFen(card.feeFen)}（${t('parent.choose.perSession', { price: formatFen(card.feePerSessionFen), count: card.sessionCount })}）`,
    ],
    ...(card.materialPack
      ? [[t('parent.detail.pack'), `${card.materialPack.name} ${formatFen(card.materialPack.priceFen)}`] as const]
      : []),
  ];
  return (
    <View className="k-column k-column--wide">
      <View className="k-list">
        {facts.map(([name, value]) => (
          <View key={name} className="k-list-row">
            <Text className="k-muted">{name}</Text>
            <View className="k-grow" style={{ textAlign: 'right' }}>
              {value}
            </View>
          </View>
        ))}
      </View>
      <ListState of={offering} skeletonRows={2} skeletonHeight={60}>
        {() => (
          <>
            <View>
              <View className="k-card__title">{t('parent.detail.about')}</View>
              <View>{offering.data?.offering.introduction}</View>
            </View>
            <View>
              <View className="k-card__title">{t('parent.detail.sessions')}</View>
              <View className="k-text-s k-muted k-number">{(offering.data?.sessions ?? []).map(({ date }) => day(date)).join('、')}</View>
            </View>
          </>
        )}
      </ListState>
    </View>
  );
}

function withSeats(card: ClassCard, seats: { readonly taken: number; readonly capacity: number } | undefined): ClassCard {
  if (!seats) return card;
  const full = seats.taken >= seats.capacity;
  const notNow = card.notNow === 'full' && !full ? undefined : card.notNow === undefined && full ? 'full' : card.notNow;
  return { ...card, ...seats, seatsLeft: Math.max(0, seats.capacity - seats.taken), notNow };
}

function weekdaysOf(classes: readonly ClassCard[]): readonly Weekday[] {
  const used = new Set(classes.flatMap(({ slots }) => slots.map(({ weekday }) => weekday)));
  return ([1, 2, 3, 4, 5, 6, 7] as Weekday[]).filter((weekday) => weekday <= 5 || used.has(weekday));
}

function periodsOf(classes: readonly ClassCard[]): number[] {
  return [...new Set(classes.flatMap(({ slots }) => slots.map(({ period }) => period)))].sort((a, b) => a - b);
}

interface Busy {
  readonly weekday: Weekday;
  readonly period: number;
  readonly courseName: string;
  readonly status: string;
}

/** What is taken shows as taken; elsewhere the number of classes that meet then. */
function cellsOf(classes: readonly ClassCard[], busy: readonly Busy[], onTap: (weekday: Weekday, period: number) => void): WeekCell[] {
  const cells = new Map<string, WeekCell>();
  for (const { slots } of classes) {
    for (const { weekday, period } of slots) {
      const count = Number(cells.get(`${weekday}.${period}`)?.note ?? 0) + 1;
      cells.set(`${weekday}.${period}`, { weekday, period, state: 'offered', note: String(count), onTap: () => onTap(weekday, period) });
    }
  }
  for (const { weekday, period, courseName, status } of busy) {
    cells.set(`${weekday}.${period}`, {
      weekday,
      period,
      state: status === 'confirmed' ? 'taken' : 'held',
      title: courseName,
      onTap: () => onTap(weekday, period),
    });
  }
  return [...cells.values()];
}
