/** A month as a calendar sheet, Monday first: days off and make-up days stand out by colour and by word. */
import { type ChinaDate, daysBetween, weekdayOf } from '@kehou/shared/kernel/time';
import { Text, View } from '@tarojs/components';
import { weekdayAndDay, weekdayName } from '../format.ts';
import { Icon } from '../Icon.tsx';
import { Tap } from '../Tap';
import './MonthGrid.scss';

export interface MonthGridProps {
  readonly first: ChinaDate;
  readonly last: ChinaDate;
  readonly today: ChinaDate;
  dayOf(date: ChinaDate): { readonly kind: 'off' | 'school'; readonly words: string; readonly own?: boolean } | undefined;
  onOpen?(date: ChinaDate): void;
}

export function MonthGrid({ first, last, today, dayOf, onOpen }: MonthGridProps) {
  const blanks = weekdayOf(first) - 1;
  return (
    <View className="d-month">
      {([1, 2, 3, 4, 5, 6, 7] as const).map((weekday) => (
        <View key={weekday} className="d-month__weekday">
          {weekdayName(weekday)}
        </View>
      ))}
      {Array.from({ length: blanks }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: blanks have nothing else
        <View key={`blank-${index}`} />
      ))}
      {[...daysBetween(first, last)].map((date) => {
        const day = dayOf(date);
        const weekend = weekdayOf(date) >= 6;
        const kind = day?.kind ?? (weekend ? 'weekend' : 'plain');
        return (
          <Tap
            key={date}
            id={`day-${date}`}
            className={`d-month__day d-month__day--${kind}${date === today ? ' d-month__day--today' : ''}${onOpen ? ' d-month__day--tap' : ''}`}
            label={`${weekdayAndDay(date)} ${day?.words ?? ''}`}
            onTap={onOpen ? () => onOpen(date) : undefined}
          >
            <View className="k-row k-row--between">
              <Text className="d-month__number k-number">{Number(date.slice(8))}</Text>
              {day?.own ? <Icon name="edit" size={0.8} /> : null}
            </View>
            {day ? <Text className="d-month__words">{day.words}</Text> : null}
          </Tap>
        );
      })}
    </View>
  );
}
