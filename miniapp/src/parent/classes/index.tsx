/** Every class of a window for one child: what the week holds, what can be taken, how many seats are left, and why not when not. */

import { formatFen } from '@kehou/shared/kernel/fen';
import { Id, newId } from '@kehou/shared/kernel/id';
import { ApiError } from '@kehou/shared/kernel/route';
import { type Instant, timeOfDay, type Weekday, Weekday as WeekdayNumber } from '@kehou/shared/kernel/time';
import { asOpenTo, mayShortlist } from '@kehou/shared/selection/rules';
import type { WaitShown } from '@kehou/shared/selection/wait';
import type { ClassCard, ClassPage, Turn } from '@kehou/shared/selection/window';
import { Text, View } from '@tarojs/components';
import { useState } from 'react';
import * as z from 'zod';
import { api } from '../../api.ts';
import { serverNow, serverNowMs, useServerNow } from '../../clock.ts';
import { AppShell } from '../../components/AppShell.tsx';
import { Button } from '../../components/Button';
import { Chips } from '../../components/Choices.tsx';
import { Countdown } from '../../components/Countdown.tsx';
import { day, moment } from '../../components/format.ts';
import { useRequiredChild } from '../../components/Gate.tsx';
import { Icon } from '../../components/Icon.tsx';
import { Empty, ListState } from '../../components/ListState.tsx';
import { hoursNow, phaseOf } from '../../components/lottery-phase.ts';
import { Money } from '../../components/Money.tsx';
import { SeatMeter } from '../../components/SeatMeter.tsx';
import { Sheet } from '../../components/Sheet.tsx';
import { StatusChip } from '../../components/StatusChip.tsx';
import { Tap } from '../../components/Tap';
import { type WeekCell, WeekGrid } from '../../components/WeekGrid.tsx';
import { failureOf } from '../../failure.ts';
import { platform } from '../../platform/current';
import { go, pageUrl, useQuery } from '../../platform/navigation.ts';
import { queryClient, useAction, useCall } from '../../queries.ts';
import { useChild } from '../../session.ts';
import { t as basket } from '../../texts/basket.ts';
import { t as lottery } from '../../texts/lottery.ts';
import { t as opening } from '../../texts/opening.ts';
import { t } from '../../texts/parent.ts';
import { linesOf, meetsOnList } from '../basket.ts';
import { LotteryBanner } from '../LotteryCard.tsx';
import { LineRule, useLine, useLines } from '../line.tsx';
import { live, openTo } from '../live.ts';
import { useGivenPeriods } from '../periods.ts';
import { useFamilyEnrolments } from '../reads.ts';
import { takeSeat } from '../take.ts';
import { mayWait } from '../wait.ts';
import { gradesOf, type Periods, whenOf } from '../when.ts';
import { whyNotWords } from '../words.ts';
import { Basket, Listed } from './bars.tsx';
import { Mark } from './Mark.tsx';
import { ageWords, OutOfReach, WaitingRoom, waits, YourTurn } from './waiting-room.tsx';
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
    { enabled: Boolean(child && query), everyMs: 15_000, patient: true },
  );
  // One basket over all children.
  const held = useFamilyEnrolments(15_000).data.filter(({ status }) => status === 'held');
  const window = page.data?.window;
  const listed = page.data ? linesOf(page.data).length : 0;
  return (
    <AppShell
      access="parent"
      title={t('parent.choose.title')}
      footer={
        query && held.length > 0 ? (
          <Basket held={held} listed={listed} windowId={query.windowId} />
        ) : query && child && listed > 0 ? (
          <Listed name={child.name} listed={listed} windowId={query.windowId} />
        ) : undefined
      }
      share={window && { title: `${window.schoolName} · ${window.name}`, path: pageUrl('entry/share', { windowId: window.windowId }) }}
    >
      {query ? <Classes windowId={query.windowId} page={page} /> : <Empty icon="alert" text={t('parent.choose.none')} />}
    </AppShell>
  );
}
ParentClasses.enableShareAppMessage = true;

/** Filters stay where they were set, also when the page is left and come back to. */
const Filters = z.object({
  windowId: z.string(),
  only: z.array(z.literal('open')),
  slot: z.object({ weekday: WeekdayNumber, period: z.int() }).optional(),
});
type Filters = z.infer<typeof Filters>;
const FILTERS_KEY = 'class-filters';

function useFilters(windowId: string) {
  const [filters, set] = useState((): Filters => {
    const none: Filters = { windowId, only: [] };
    try {
      const kept = Filters.parse(JSON.parse(platform.storageGet(FILTERS_KEY) ?? 'null'));
      return kept.windowId === windowId ? kept : none;
    } catch {
      return none;
    }
  });
  return {
    ...filters,
    change: (next: Partial<Omit<Filters, 'windowId'>>) => {
      const changed = { ...filters, ...next };
      set(changed);
      platform.storageSet(FILTERS_KEY, JSON.stringify(changed));
    },
  };
}

/** Between two readings of the page the seats alone are asked for: one cheap query for everybody. */
const SEATS_MS = 4_000;
/** Who waits for a turn cannot take any yet. */
const ROOM_MS = 15_000;

interface ClassesProps {
  readonly windowId: WindowId;
  readonly page: ReturnType<typeof useCall<'selection', 'getClassPage'>>;
}

function Classes({ windowId, page }: ClassesProps) {
  const child = useRequiredChild();
  const { slot, only, change } = useFilters(windowId);
  const [shown, setShown] = useState<string>();
  useServerNow(1000);
  const given = page.data;
  const turn = given?.turn;
  const window = given && openTo(given, child.grade);
  // When its grade is let in; its own turn comes then or a little later.
  const grades = given && asOpenTo(given.window, child.grade);
  const inRoom = grades !== undefined && waits(turn, grades.opensAt);
  const everyMs = inRoom ? ROOM_MS : SEATS_MS;
  const seats = useCall('selection', 'getSeats', { windowId }, { everyMs, enabled: given !== undefined, patient: true });
  const asOf = seats.data && given && seats.data.asOf > given.seatsAsOf ? seats.data.asOf : given?.seatsAsOf;
  const failures = Math.max(page.failureCount, seats.failureCount);
  const tryNow = () => {
    page.refetch();
    if (given) seats.refetch();
  };
  const newer = given && seats.data && seats.data.asOf >= given.seatsAsOf ? seats.data.seats : undefined;
  const classes = given
    ? given.classes.map((card) => live(card, { ...given, window: window ?? given.window }, child.grade, newer?.[card.offeringId]))
    : [];
  const periods = useGivenPeriods(child.schoolId, given?.periods);
  const lines = useLines(child.pupilId, given?.window);
  const matching = classes.filter(
    (card) =>
      (!slot || card.slots.some((one) => one.weekday === slot.weekday && one.period === slot.period)) &&
      (only.length === 0 ||
        card.notNow === undefined ||
        card.notNow === 'not-open' ||
        card.enrolment !== undefined ||
        lines.has(card.offeringId)),
  );
  const open = classes.find(({ offeringId }) => offeringId === shown);
  const listed = given ? linesOf({ classes, shortlist: given.shortlist }) : [];
  const mayList = given !== undefined && mayShortlist(serverNow(), given.window) && phaseOf(given.window, serverNow()) !== 'wishing';
  return (
    <View className="k-stack">
      <OutOfReach failures={failures} asOf={asOf} onAgain={tryNow} />
      <ListState
        of={page}
        empty={classes.length === 0}
        emptyText={t('parent.choose.empty')}
        emptyHint={t('parent.choose.empty.hint')}
        skeletonRows={5}
        skeletonHeight={132}
      >
        {() => (
          <>
            {given?.window.lottery ? (
              <LotteryBanner window={given.window} />
            ) : inRoom ? (
              <WaitingRoom turn={turn} onTurn={() => page.refetch()} />
            ) : grades ? (
              <>
                {turn && serverNow() >= turn.admitAt ? <YourTurn /> : null}
                <Hours window={grades} onOpen={() => page.refetch()} />
              </>
            ) : null}
            {given ? <LineRule window={given.window} /> : null}
            <View className="k-card">
              <WeekGrid
                strip
                weekdays={weekdaysOf(classes)}
                periods={periodsOf(classes).map((period) => ({ period, ...periods.get(period) }))}
                cells={cellsOf(classes, page.data?.busy ?? [], (weekday, period) =>
                  change({ slot: slot?.weekday === weekday && slot.period === period ? undefined : { weekday, period } }),
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
                onChange={(values) => change({ only: [...values] })}
              />
              <Text className="k-text-xs k-muted k-number">
                {ageWords(asOf ?? serverNow()) ?? t('parent.choose.asOf', { time: timeOfDay(asOf ?? serverNow()) })}
              </Text>
            </View>
            {matching.length === 0 ? (
              <Empty
                icon="filter"
                text={t('parent.choose.none')}
                hint={t('parent.choose.none.hint')}
                action={
                  <Button kind="tint" id="filters-clear" onTap={() => change({ only: [], slot: undefined })}>
                    {t('parent.choose.clear')}
                  </Button>
                }
              />
            ) : (
              matching.map((card) => (
                <Row
                  key={card.offeringId}
                  card={card}
                  windowId={windowId}
                  turn={turn}
                  inRoom={inRoom}
                  pupilId={child.pupilId}
                  periods={periods}
                  opensAt={window ? hoursNow(window, serverNow()).opensAt : serverNow()}
                  waitingList={given?.window.waitingList !== undefined}
                  wait={card.enrolment ? undefined : lines.get(card.offeringId)}
                  mayJoin={window ? mayWait({ now: serverNow(), window, grade: child.grade, card }) : false}
                  wishing={given !== undefined && phaseOf(given.window, serverNow()) === 'wishing'}
                  listed={listed.some(({ offeringId }) => offeringId === card.offeringId)}
                  mayList={mayList}
                  meets={meetsOnList(card, listed)}
                  onDetails={() => setShown(card.offeringId)}
                  onOthers={() => change({ only: ['open'], slot: card.slots[0] })}
                />
              ))
            )}
            {matching.length > 0 ? <View className="k-list-end">{t('parent.choose.end', { count: matching.length })}</View> : null}
          </>
        )}
      </ListState>
      <Sheet open={open !== undefined} title={open?.courseName ?? ''} onClose={() => setShown(undefined)} id="class-details">
        {open ? <Details card={open} periods={periods} /> : null}
      </Sheet>
    </View>
  );
}

function Hours({ window, onOpen }: { readonly window: Pick<ClassPage['window'], 'opensAt' | 'closesAt'>; onOpen(): void }) {
  useServerNow(1000);
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
      <Countdown className="k-strong k-primary" until={before ? window.opensAt : window.closesAt} onOver={onOpen} />
    </View>
  );
}

interface RowProps {
  readonly turn: Turn | undefined;
  /** The family waits for its turn. */
  readonly inRoom: boolean;
  readonly wait: WaitShown | undefined;
  readonly mayJoin: boolean;
  readonly card: ClassCard;
  readonly periods: Periods;
  readonly opensAt: Instant;
  readonly waitingList: boolean;
  /** Classes are wished for now, none is taken. */
  readonly wishing: boolean;
  /** It is on the child's list. */
  readonly listed: boolean;
  /** Classes can be marked now. */
  readonly mayList: boolean;
  /** Another of the list at the same hour. */
  readonly meets: ClassCard | undefined;
  /** Shows the others that meet at the same time. */
  onOthers(): void;
  readonly windowId: WindowId;
  readonly pupilId: Id<'pupil'>;
  onDetails(): void;
}

/** One class, rows of one height: nobody must open it to learn whether there is a seat. */
function Row(props: RowProps) {
  const { card, turn, inRoom, windowId, pupilId, periods, opensAt, waitingList, wait, mayJoin, wishing, onDetails, onOthers } = props;
  const why = inRoom && card.notNow === 'not-open' ? opening('turn.chip') : whyNotWords(card);
  const [tries, setTries] = useState(0);
  const line = useLine({ card, windowId, pupilId, wait, mayJoin });
  const take = useAction(
    () =>
      takeSeat(
        { pupilId, windowId, offeringId: card.offeringId, ...(turn ? { turn: turn.token } : {}) },
        {
          storage: platform,
          take: api.selection.takeSeat,
          newId: () => newId('enrolment'),
          pause,
          again: setTries,
          nowMs: serverNowMs,
        },
      ),
    {
      done: t('parent.choose.done'),
      refresh: [['selection'], ['messaging']],
      onDone: () => {
        setTries(0);
        platform.vibrate();
      },
      onFailed: (error) => {
        setTries(0);
        queryClient.invalidateQueries({ queryKey: ['selection'] }).catch(() => undefined);
        void refused(error, { opensAt, waitingList }, onOthers);
        return true;
      },
    },
  );
  const mine = card.enrolment?.status;
  // Clashes may be sorted out until it opens; another grade or a class that is called off never will be.
  const mayMark =
    props.mayList && mine === undefined && (card.notNow === undefined || card.notNow === 'not-open' || card.notNow === 'clash');
  return (
    <View className="k-card p-class" id={`row-${card.offeringId}`}>
      <Tap label={`${card.courseName} ${t('parent.choose.details')}`} id={`details-${card.offeringId}`} onTap={onDetails}>
        <View className="k-row k-row--between p-class__title">
          <Text className="k-strong k-clip">{card.courseName}</Text>
          <Money fen={card.feeFen} className="k-strong" />
        </View>
        <View className="k-row k-row--between k-text-s k-muted">
          <Text className="k-clip">
            {whenOf(card.slots, periods, { brief: true })} · {card.instructorName}
          </Text>
          <Text className="k-number">
            {t('parent.choose.perSession', { price: formatFen(card.feePerSessionFen), count: card.sessionCount })}
          </Text>
        </View>
      </Tap>
      <View className="k-row k-row--between p-class__foot">
        {line.note || (props.listed && props.meets) ? (
          <View className="p-class__note k-text-xs k-muted">
            {line.note ?? basket('shortlist.meets', { name: props.meets?.courseName ?? '' })}
          </View>
        ) : (
          <View className="p-class__meter">
            <SeatMeter taken={card.capacity - card.seatsLeft} capacity={card.capacity} />
          </View>
        )}
        {mine === 'held' && card.enrolment?.offer ? (
          <StatusChip tone="attention" id={`kept-${card.offeringId}`}>
            {t('parent.wait.kept', { when: moment(card.enrolment.holdUntil) })}
          </StatusChip>
        ) : mine === 'held' || mine === 'taking' || mine === 'closing' ? (
          <StatusChip tone="attention">{t('parent.choose.held')}</StatusChip>
        ) : mine === 'confirmed' ? (
          <StatusChip tone="primary">{t('parent.choose.confirmed')}</StatusChip>
        ) : line.action ? (
          line.action
        ) : mayMark && card.notNow === 'not-open' ? (
          <Mark {...props} />
        ) : why ? (
          <StatusChip tone="plain" icon="info">
            {why}
          </StatusChip>
        ) : wishing ? (
          <Button kind="tint" small id={`wish-${card.offeringId}`} onTap={() => go('parent/wishes', { windowId })}>
            {lottery('lottery.wish')}
          </Button>
        ) : (
          <View className="k-row k-gap-1">
            {mayMark ? <Mark {...props} brief /> : null}
            <Button kind="primary" small id={`take-${card.offeringId}`} running={take.running} onTap={() => take.run(undefined)}>
              {take.running && tries > 0 ? opening('take.again', { count: tries }) : t('parent.choose.take')}
            </Button>
          </View>
        )}
        {mayMark && card.notNow === 'clash' && !line.action ? <Mark {...props} brief /> : null}
      </View>
    </View>
  );
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Why it was refused, and what to do now. */
async function refused(
  error: unknown,
  { opensAt, waitingList }: Pick<RowProps, 'opensAt' | 'waitingList'>,
  onOthers: () => void,
): Promise<void> {
  const failure = failureOf(error);
  if (failure.silent) return;
  const title = failure.message;
  if (failure.code === 'selection.full') {
    const content = t(waitingList ? 'parent.choose.full.wait' : 'parent.choose.full.hint');
    const look = await platform.modal({ title, content, confirmText: t('parent.choose.full.others') });
    if (look) onOthers();
    return;
  }
  const clash = error instanceof ApiError ? error.body.details?.courseName : undefined;
  const content =
    failure.code === 'selection.clash' && typeof clash === 'string'
      ? t('parent.choose.clash.hint', { name: clash })
      : failure.code === 'selection.not_open'
        ? t('parent.choose.notOpen.hint', { when: moment(opensAt) })
        : failure.retryable
          ? t('parent.choose.retry.hint')
          : undefined;
  await platform.modal({ title, ...(content ? { content } : {}), acknowledgeOnly: true });
}

function Details({ card, periods }: { readonly card: ClassCard; readonly periods: Periods }) {
  const offering = useCall('offering', 'getOffering', { offeringId: card.offeringId });
  const facts: readonly (readonly [string, string])[] = [
    [t('parent.detail.when'), whenOf(card.slots, periods)],
    [t('parent.detail.teacher'), card.instructorName],
    [t('parent.detail.room'), card.roomName],
    [t('parent.detail.grades'), gradesOf(card.grades)],
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
