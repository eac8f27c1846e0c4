/** All that a parent may want to know of a class. */
import { formatFen } from '@kehou/shared/kernel/fen';
import type { ClassCard, Window } from '@kehou/shared/selection/window';
import { Text, View } from '@tarojs/components';
import { day, duration } from '../../components/format.ts';
import { ListState } from '../../components/ListState.tsx';
import { feeWords } from '../../components/Money.tsx';
import { useCall } from '../../queries.ts';
import { t } from '../../texts/parent.ts';
import { gradesOf, type Periods, whenOf } from '../when.ts';
import { perSessionWords } from '../words.ts';

interface ClassDetailsProps {
  readonly card: ClassCard;
  readonly periods: Periods;
  /** Of its window: what becomes of a class that has too few at the close. */
  readonly underSize: Window['underSize'];
}

export function ClassDetails({ card, periods, underSize }: ClassDetailsProps) {
  const offering = useCall('offering', 'getOffering', { offeringId: card.offeringId });
  const kept = (card.reserved ?? []).reduce((sum, { left }) => sum + left, 0);
  const facts: readonly (readonly [string, string])[] = [
    [t('parent.detail.when'), whenOf(card.slots, periods)],
    [t('parent.detail.teacher'), card.instructorName],
    [t('parent.detail.room'), card.roomName],
    [t('parent.detail.grades'), gradesOf(card.grades)],
    [
      t('parent.detail.size'),
      t(underSize ? 'parent.detail.size.asks' : 'parent.detail.size.words', {
        least: card.smallestSize,
        most: card.capacity + kept,
        time: duration((underSize?.askHours ?? 0) * 60),
      }),
    ],
    ...(card.reserved ?? []).map(
      ({ purpose, places, left }) =>
        [t('parent.detail.reserved'), t('parent.detail.reserved.words', { purpose, places, given: places - left })] as const,
    ),
    [t('parent.detail.fee'), `${feeWords(card.feeFen)}（${perSessionWords(card)}）`],
    ...(card.materialPack
      ? [[t('parent.detail.pack'), `${card.materialPack.name} ${formatFen(card.materialPack.priceFen)}`] as const]
      : []),
  ];
  return (
    <View className="k-column k-column--wide">
      <View className="k-list">
        {facts.map(([name, value]) => (
          <View key={`${name} ${value}`} className="k-list-row">
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
              <View className="k-row k-row--wrap k-text-s k-muted">
                {(offering.data?.sessions ?? []).map(({ sessionId, date }) => (
                  <Text key={sessionId} className="k-number">
                    {day(date)}
                  </Text>
                ))}
              </View>
            </View>
          </>
        )}
      </ListState>
    </View>
  );
}
