/** What teachers wrote about a child, and the leaves that were asked; newest first. */
import { Text, View } from '@tarojs/components';
import { useState } from 'react';
import { AppShell } from '../../components/AppShell.tsx';
import { Segments } from '../../components/Choices.tsx';
import { moment, nearDay } from '../../components/format.ts';
import { useRequiredChild } from '../../components/Gate.tsx';
import { ListState } from '../../components/ListState.tsx';
import { StatusChip } from '../../components/StatusChip.tsx';
import { useCallPages } from '../../queries.ts';
import { t } from '../../texts/parent.ts';

const kinds = ['comments', 'leaves'] as const;

export default function ParentRecords() {
  const [kind, setKind] = useState<(typeof kinds)[number]>('comments');
  return (
    <AppShell access="parent" title={t('parent.records.title')}>
      <View className="k-stack">
        <Segments
          id="records"
          label={t('parent.records.title')}
          value={kind}
          options={kinds.map((value) => ({ value, label: t(`parent.records.${value}`) }))}
          onChange={(next) => setKind(next)}
        />
        {kind === 'comments' ? <Comments /> : <Leaves />}
      </View>
    </AppShell>
  );
}

function Comments() {
  const { pupilId } = useRequiredChild();
  const comments = useCallPages('teaching', 'listChildComments', { pupilId, limit: 20 });
  return (
    <ListState
      of={comments}
      empty={comments.items.length === 0}
      emptyIcon="comment"
      emptyText={t('parent.records.noComments')}
      emptyHint={t('parent.records.noComments.hint')}
      hasMore={comments.hasMore}
      loadingMore={comments.isFetchingNextPage}
      onMore={comments.more}
      showEnd
    >
      {comments.items.map(({ commentId, courseName, instructorName, stars, text, writtenAt }) => (
        <View key={commentId} className="k-card k-column">
          <View className="k-row k-row--between k-row--top">
            <Text className="k-strong">{courseName}</Text>
            <Text className="k-text-s k-muted k-number">{moment(writtenAt)}</Text>
          </View>
          <Text className="k-text-s k-attention k-number">{t('parent.records.stars', { stars })}</Text>
          {text ? <View>{text}</View> : null}
          <Text className="k-text-s k-muted">{instructorName}</Text>
        </View>
      ))}
    </ListState>
  );
}

function Leaves() {
  const { pupilId } = useRequiredChild();
  const leaves = useCallPages('attendance', 'listChildLeaves', { pupilId, limit: 20 });
  return (
    <ListState
      of={leaves}
      empty={leaves.items.length === 0}
      emptyIcon="leave"
      emptyText={t('parent.records.noLeaves')}
      emptyHint={t('parent.records.noLeaves.hint')}
      hasMore={leaves.hasMore}
      loadingMore={leaves.isFetchingNextPage}
      onMore={leaves.more}
      showEnd
    >
      <View className="k-list">
        {leaves.items.map(({ leaveId, courseName, date, reason, status }) => (
          <View key={leaveId} className="k-list-row">
            <View className="k-grow">
              <View>
                {courseName} · {nearDay(date)}
              </View>
              <View className="k-text-s k-muted">{reason}</View>
            </View>
            <StatusChip tone={status === 'asked' ? 'information' : 'plain'}>{t(`parent.records.leave.${status}`)}</StatusChip>
          </View>
        ))}
      </View>
    </ListState>
  );
}
