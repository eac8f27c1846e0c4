/** Weekday × period: what is taken, free and clashing, at a glance. Rows are periods, columns are days. */
import type { Weekday } from '@kehou/shared/kernel/time';
import { Text, View } from '@tarojs/components';
import { t } from '../texts/common.ts';
import { weekdayName } from './format.ts';
import { Icon } from './Icon.tsx';
import { Tap } from './Tap';
import './WeekGrid.scss';

export interface WeekCell {
  readonly weekday: Weekday;
  readonly period: number;
  /** `taken`: ours. `held`: ours until paid. `clash`: two at once. `offered`: something can be chosen here. `blocked`: not possible. */
  readonly state: 'taken' | 'held' | 'clash' | 'offered' | 'blocked';
  readonly title?: string;
  readonly note?: string;
  readonly onTap?: () => void;
}
export interface WeekPeriod {
  readonly period: number;
  /** `16:30`. */
  readonly startsAt?: string;
  readonly endsAt?: string;
}
export interface WeekGridProps {
  readonly weekdays: readonly Weekday[];
  readonly periods: readonly WeekPeriod[];
  readonly cells: readonly WeekCell[];
  /** Today's column stands out. */
  readonly today?: Weekday | undefined;
  /** Low cells with a mark only, for a strip above a list. */
  readonly strip?: boolean;
  /** The cell that a filter is set to. */
  readonly selected?: { readonly weekday: Weekday; readonly period: number } | undefined;
}

const words = { taken: 'grid.taken', held: 'grid.taken', clash: 'grid.clash', offered: 'grid.free', blocked: 'common.none' } as const;

export function WeekGrid({ weekdays, periods, cells, today, strip, selected }: WeekGridProps) {
  const at = new Map(cells.map((cell) => [`${cell.weekday}.${cell.period}`, cell]));
  const columns = { gridTemplateColumns: `${strip ? '44px' : '52px'} repeat(${weekdays.length}, minmax(0, 1fr))` };
  return (
    <View className={`k-week${strip ? ' k-week--strip' : ''}`}>
      <View className="k-week__row" style={columns}>
        <View className="k-week__corner" />
        {weekdays.map((weekday) => (
          <View key={weekday} className={`k-week__day${weekday === today ? ' k-week__day--today' : ''}`}>
            {weekdayName(weekday)}
          </View>
        ))}
      </View>
      {periods.map((period) => (
        <View key={period.period} className="k-week__row" style={columns}>
          <View className="k-week__period k-number">
            {period.startsAt ? <Text>{period.startsAt}</Text> : <Text>{t('grid.period', { period: period.period })}</Text>}
            {period.endsAt && !strip ? <Text className="k-week__until">{period.endsAt}</Text> : null}
          </View>
          {weekdays.map((weekday) => {
            const cell = at.get(`${weekday}.${period.period}`);
            const chosen = selected?.weekday === weekday && selected.period === period.period;
            const state = cell?.state ?? 'free';
            const what = `${weekdayName(weekday)} ${period.startsAt ?? period.period} ${cell?.title ?? ''} ${cell ? t(words[cell.state]) : t('grid.free')}`;
            return (
              <Tap
                key={weekday}
                className={`k-week__cell k-week__cell--${state}${chosen ? ' k-week__cell--chosen' : ''}`}
                label={what}
                {...(cell?.onTap ? { onTap: cell.onTap, selected: chosen } : {})}
              >
                {state === 'clash' ? <Icon name="alert" size={1.1} /> : null}
                {strip && (state === 'taken' || state === 'held') ? <Icon name={state === 'held' ? 'clock' : 'check'} size={1.1} /> : null}
                {strip ? (
                  cell?.note && state !== 'taken' && state !== 'held' && state !== 'clash' ? (
                    <Text className="k-number">{cell.note}</Text>
                  ) : null
                ) : (
                  <>
                    {cell?.title ? <Text className="k-week__title">{cell.title}</Text> : null}
                    {cell?.note ? <Text className="k-week__note">{cell.note}</Text> : null}
                  </>
                )}
              </Tap>
            );
          })}
        </View>
      ))}
    </View>
  );
}
