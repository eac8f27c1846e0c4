/** A week of sessions at a glance and day by day underneath, with the way to the weeks around it. */
import { addDays, type ChinaDate, type Instant, timeOfDay, type Weekday, weekdayOf } from '@kehou/shared/kernel/time';
import { Text, View } from '@tarojs/components';
import { Fragment } from 'react';
import { t } from '../texts/week.ts';
import { day, nearDay } from './format.ts';
import { Icon } from './Icon.tsx';
import { ListState, type ListStateProps } from './ListState.tsx';
import { Tap } from './Tap';
import { type WeekCell, WeekGrid } from './WeekGrid.tsx';
import './WeekView.scss';

export const mondayOf = (date: ChinaDate): ChinaDate => addDays(date, 1 - weekdayOf(date));

interface SessionOfWeek {
  readonly sessionId: string;
  readonly date: ChinaDate;
  readonly period: number;
  readonly startsAt: Instant;
  readonly endsAt: Instant;
  readonly status: string;
  readonly courseName: string;
  readonly roomName: string;
}

export interface WeekViewProps<S extends SessionOfWeek> extends Pick<ListStateProps, 'of'> {
  readonly monday: ChinaDate;
  readonly today: ChinaDate;
  readonly items: readonly S[];
  /** Undefined: back to the week of today. */
  onTurn(monday: ChinaDate | undefined): void;
  onTap?(session: S): void;
  row(session: S): React.ReactNode;
}

export function WeekView<S extends SessionOfWeek>({ of, monday, today, items, onTurn, onTap, row }: WeekViewProps<S>) {
  const thisWeek = monday === mondayOf(today);
  const days = [...new Set(items.map(({ date }) => date))].sort();
  return (
    <>
      <View className="k-row k-row--between">
        <Tap className="k-week-view__turn" id="week-previous" label={t('week.previous')} onTap={() => onTurn(addDays(monday, -7))}>
          <Icon name="back" size={1.4} />
        </Tap>
        <Tap className="k-week-view__range" id="week-this" label={t('week.this')} onTap={() => onTurn(undefined)}>
          <Text className="k-strong">{t('week.range', { from: day(monday), to: day(addDays(monday, 6)) })}</Text>
          <Text className="k-text-xs k-primary">{thisWeek ? t('week.this') : `↩ ${t('week.this')}`}</Text>
        </Tap>
        <Tap className="k-week-view__turn" id="week-next" label={t('week.next')} onTap={() => onTurn(addDays(monday, 7))}>
          <Icon name="forward" size={1.4} />
        </Tap>
      </View>
      <ListState
        of={of}
        empty={items.length === 0}
        emptyIcon="calendar"
        emptyText={t('week.none')}
        emptyHint={t('week.none.hint')}
        skeletonRows={3}
        skeletonHeight={96}
      >
        {() => (
          <>
            <View className="k-card k-week-view__grid">
              <WeekGrid
                weekdays={weekdaysOf(items)}
                periods={periodsOf(items)}
                cells={items.map((one) => cellOf(one, onTap))}
                today={thisWeek ? weekdayOf(today) : undefined}
              />
            </View>
            {days.map((date) => (
              <View key={date}>
                <View className="k-section-title k-week-view__day">{nearDay(date)}</View>
                <View className="k-list">
                  {items
                    .filter((one) => one.date === date)
                    .map((one) => (
                      <Fragment key={one.sessionId}>{row(one)}</Fragment>
                    ))}
                </View>
              </View>
            ))}
          </>
        )}
      </ListState>
    </>
  );
}

// Saturday and Sunday only where there is something on them: five columns are wider than seven.
function weekdaysOf(items: readonly SessionOfWeek[]): readonly Weekday[] {
  const used = new Set(items.map(({ date }) => weekdayOf(date)));
  return ([1, 2, 3, 4, 5, 6, 7] as Weekday[]).filter((weekday) => weekday <= 5 || used.has(weekday));
}

function periodsOf(items: readonly SessionOfWeek[]) {
  const periods = new Map(
    items.map((one) => [one.period, { period: one.period, startsAt: timeOfDay(one.startsAt), endsAt: timeOfDay(one.endsAt) }]),
  );
  return [...periods.values()].sort((a, b) => a.startsAt.localeCompare(b.startsAt));
}

function cellOf<S extends SessionOfWeek>(one: S, onTap: ((session: S) => void) | undefined): WeekCell {
  const cancelled = one.status === 'cancelled';
  return {
    weekday: weekdayOf(one.date),
    period: one.period,
    state: cancelled ? 'blocked' : 'taken',
    title: one.courseName,
    note: cancelled ? t('week.cancelled') : one.roomName,
    ...(onTap ? { onTap: () => onTap(one) } : {}),
  };
}
