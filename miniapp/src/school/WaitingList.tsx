/** Who waits for a class, in order: the first is offered what comes free. */
import type { Offering } from '@kehou/shared/offering/offering';
import { Text, View } from '@tarojs/components';
import { moment } from '../components/format.ts';
import { ListState } from '../components/ListState.tsx';
import { useCallPages } from '../queries.ts';
import { t as desks } from '../texts/desks.ts';
import { t } from '../texts/school.ts';
import { useSchool } from './desk.tsx';

const EVERY_MS = 15_000;

export function WaitingList({ offering: { offeringId } }: { readonly offering: Offering }) {
  const { schoolId } = useSchool();
  const waits = useCallPages('selection', 'listWaits', { schoolId, offeringId, limit: 50 }, { everyMs: EVERY_MS });
  return (
    <View id="waiting-list">
      <View className="k-strong k-card__title">{t('school.waits.title')}</View>
      <ListState
        of={waits}
        empty={waits.items.length === 0}
        emptyIcon="people"
        emptyText={t('school.waits.none')}
        emptyHint={t('school.waits.hint')}
        skeletonRows={3}
        skeletonHeight={44}
        hasMore={waits.hasMore}
        loadingMore={waits.isFetchingNextPage}
        onMore={waits.more}
        showEnd
      >
        <View className="k-list">
          {waits.items.map(({ waitId, joinedAt, pupil }, index) => (
            <View key={waitId} className="k-list-row">
              <Text className="k-muted k-number">{index + 1}</Text>
              <View className="k-grow">
                <View className="k-strong">{pupil.name}</View>
                <View className="k-text-s k-muted">
                  {desks('desks.grade', { grade: pupil.grade })} {pupil.className}
                </View>
              </View>
              <Text className="k-text-s k-muted">{t('school.waits.since', { when: moment(joinedAt) })}</Text>
            </View>
          ))}
        </View>
      </ListState>
    </View>
  );
}
