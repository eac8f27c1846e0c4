import { Id } from '@kehou/shared/kernel/id';
import { timeOfDay, type Weekday, Weekday as WeekdayNumber } from '@kehou/shared/kernel/time';
import { asOpenTo, hoursAt, mayShortlist, opensByHand, takingHours } from '@kehou/shared/selection/rules';
import type { ClassCard, ClassPage } from '@kehou/shared/selection/window';
import { Text, View } from '@tarojs/components';
import { useEffect, useState } from 'react';
import * as z from 'zod';
import { serverNow, useServerNow } from '../../clock.ts';
import { AppShell } from '../../components/AppShell.tsx';
import { Button } from '../../components/Button';
import { Chips } from '../../components/Choices.tsx';
import { Countdown } from '../../components/Countdown.tsx';
import { useRequiredChild } from '../../components/Gate.tsx';
import { Icon } from '../../components/Icon.tsx';
import { Empty, ListState } from '../../components/ListState.tsx';
import { hasWon, hoursNow, marksAreWishes, phaseOf } from '../../components/lottery-phase.ts';
import { Sheet } from '../../components/Sheet.tsx';
import { type WeekCell, WeekGrid } from '../../components/WeekGrid.tsx';
import { isRefusal } from '../../failure.ts';
import { platform } from '../../platform/current';
import { pageUrl, useQuery } from '../../platform/navigation.ts';
import { useCall } from '../../queries.ts';
import { useChild } from '../../session.ts';
import { t } from '../../texts/parent.ts';
import { linesOf, meetsOnList } from '../basket.ts';
import { Gone } from '../Gone.tsx';
import { LotteryBanner } from '../LotteryCard.tsx';
import { LineRule, useLines } from '../line.tsx';
import { live, openTo } from '../live.ts';
import { useGivenPeriods } from '../periods.ts';
import { useFamilyEnrolments } from '../reads.ts';
import { mayWait } from '../wait.ts';
import { Basket, Listed, Marked } from './bars.tsx';
import { ClassDetails } from './ClassDetails.tsx';
import { ClassRow } from './ClassRow.tsx';
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
  // What is on the screen of a selection that is gone leads nowhere any more.
  const shown = isRefusal(page.error) ? undefined : page.data;
  const window = shown?.window;
  const listed = shown ? linesOf(shown).length : 0;
  useServerNow(1000);
  const hours = shown && child && takingHours(openTo(shown, child.grade));
  const toWish = window !== undefined && marksAreWishes(window, serverNow());
  const isWishing = toWish && phaseOf(window, serverNow()) === 'wishing';
  const sent = useCall(
    'selection',
    'getChoices',
    { pupilId: child?.pupilId ?? ('' as never), windowId: query?.windowId ?? ('' as never) },
    { enabled: Boolean(child && query && isWishing && listed > 0) },
  );
  // Who has sent wishes needs no word of what was marked before.
  const marked = isWishing && (sent.data === undefined || sent.data.choices !== undefined) ? 0 : listed;
  return (
    <AppShell
      access="parent"
      title={t('parent.choose.title')}
      footer={
        query && held.length > 0 ? (
          <Basket held={held} listed={toWish ? 0 : listed} windowId={query.windowId} />
        ) : toWish ? (
          child && marked > 0 ? (
            <Marked name={child.name} marked={marked} window={window} />
          ) : undefined
        ) : query && child && listed > 0 ? (
          <Listed
            name={child.name}
            listed={listed}
            windowId={query.windowId}
            open={hours !== undefined && hoursAt(serverNow(), hours) === 'open'}
          />
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
  const opensAt = given && opensByHand(given.window, child.grade);
  const inRoom = opensAt !== undefined && waits(turn, opensAt);
  const everyMs = inRoom ? ROOM_MS : SEATS_MS;
  const isGone = isRefusal(page.error);
  const enabled = given !== undefined && !isGone;
  const seats = useCall('selection', 'getSeats', { windowId }, { everyMs, enabled, patient: true });
  const asOf = seats.data && given && seats.data.asOf > given.seatsAsOf ? seats.data.asOf : given?.seatsAsOf;
  const failures = Math.max(triesOf(page), triesOf(seats));
  const { refetch } = page;
  // The seats are asked for more often: what they know first the page asks for itself.
  const isNews = isRefusal(seats.error) && !isGone;
  useEffect(() => {
    if (isNews) refetch();
  }, [isNews, refetch]);
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
  const isWishing = given !== undefined && phaseOf(given.window, serverNow()) === 'wishing';
  const mayList = given !== undefined && mayShortlist(serverNow(), given.window) && !isWishing;
  const toWish = given !== undefined && marksAreWishes(given.window, serverNow());
  if (isGone) return <Gone error={page.error} wasThere={given !== undefined} />;
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
              <LotteryBanner
                window={given.window}
                drawn={hasWon(
                  given.window,
                  given.classes.flatMap((card) => card.enrolment ?? []),
                )}
              />
            ) : null}
            {inRoom ? <WaitingRoom turn={turn} opensAt={opensAt} onTurn={() => page.refetch()} /> : null}
            {turn && !inRoom && serverNow() >= turn.admitAt ? <YourTurn /> : null}
            {grades && !grades.lottery && !inRoom ? <Hours window={grades} onOpen={() => page.refetch()} /> : null}
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
                <ClassRow
                  key={card.offeringId}
                  card={card}
                  windowId={windowId}
                  turn={turn}
                  inRoom={inRoom}
                  pupilId={child.pupilId}
                  periods={periods}
                  opensAt={window ? hoursNow(window, serverNow()).opensAt : serverNow()}
                  waitingList={given?.window.waitingList && (given.window.lottery ? 'drawn' : 'wait')}
                  wait={card.enrolment ? undefined : lines.get(card.offeringId)}
                  mayJoin={window ? mayWait({ now: serverNow(), window, grade: child.grade, card }) : false}
                  wishing={isWishing}
                  toWish={toWish}
                  listed={listed.some(({ offeringId }) => offeringId === card.offeringId)}
                  mayList={mayList}
                  // Wishes may meet at one hour: who gets one passes over the other.
                  meets={toWish ? undefined : meetsOnList(card, listed)}
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
        {open ? <ClassDetails card={open} periods={periods} underSize={window?.underSize} /> : null}
      </Sheet>
    </View>
  );
}

/** Tries that brought no answer; a refusal is one. */
function triesOf({ failureCount, failureReason }: Pick<ReturnType<typeof useCall>, 'failureCount' | 'failureReason'>): number {
  return isRefusal(failureReason) ? 0 : failureCount;
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
