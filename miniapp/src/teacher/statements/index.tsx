/** What each month pays, line by line, and where the money is. */
import { formatFen } from '@kehou/shared/kernel/fen';
import type { Statement } from '@kehou/shared/payout/payout';
import { Text, View } from '@tarojs/components';
import { useState } from 'react';
import { AppShell } from '../../components/AppShell.tsx';
import { Button } from '../../components/Button';
import { fullMoment, month, weekdayAndDay } from '../../components/format.ts';
import { Icon } from '../../components/Icon.tsx';
import { ListState } from '../../components/ListState.tsx';
import { Money } from '../../components/Money.tsx';
import { StatusChip, type Tone } from '../../components/StatusChip.tsx';
import { useCallPages } from '../../queries.ts';
import { t } from '../../texts/teacher.ts';
import { TeacherTabs } from '../tabs.tsx';
import './index.scss';

export default function TeacherStatements() {
  return (
    <AppShell access="teacher" title={t('teacher.statements.title')} root footer={<TeacherTabs current="teacher/statements" />}>
      <List />
    </AppShell>
  );
}

function List() {
  const statements = useCallPages('payout', 'listMyStatements', { limit: 12 });
  const [open, setOpen] = useState<string>();
  return (
    <View className="k-stack">
      <View className="k-notice">
        <Icon name="info" />
        <Text>{t('teacher.statements.rule')}</Text>
      </View>
      <ListState
        of={statements}
        empty={statements.items.length === 0}
        emptyIcon="wallet"
        emptyText={t('teacher.statements.none')}
        emptyHint={t('teacher.statements.none.hint')}
        hasMore={statements.hasMore}
        loadingMore={statements.isFetchingNextPage}
        onMore={statements.more}
        skeletonRows={3}
        skeletonHeight={132}
        showEnd
      >
        {statements.items.map((statement, index) => (
          <One
            key={statement.statementId}
            statement={statement}
            open={open === undefined ? index === 0 : open === statement.statementId}
            onToggle={(on) => setOpen(on ? statement.statementId : '')}
          />
        ))}
      </ListState>
    </View>
  );
}

const tones: Record<Statement['status'], Tone> = {
  counting: 'information',
  frozen: 'attention',
  approved: 'information',
  sent: 'information',
  paid: 'primary',
  rejected: 'danger',
};

function One({ statement, open, onToggle }: { readonly statement: Statement; readonly open: boolean; onToggle(open: boolean): void }) {
  const { lines, carriedFen, status, rejectReason, paidAt, accountEnding } = statement;
  return (
    <View className="k-card" id={`statement-${statement.month}`}>
      <View className="k-row k-row--between">
        <Text className="k-strong">{month(statement.month)}</Text>
        <StatusChip tone={tones[status]}>{t(`teacher.statements.status.${status}`)}</StatusChip>
      </View>
      <View className="k-row k-row--between t-statement__sum">
        <Money fen={statement.totalFen} size="xl" />
        <Text className="k-text-s k-muted">{t('teacher.statements.sessions', { count: lines.length })}</Text>
      </View>
      <View className="k-text-s k-muted">{statement.schoolName}</View>
      {status === 'rejected' ? (
        <View className="k-notice k-notice--danger t-statement__note">
          <Icon name="alert" />
          <Text>{t('teacher.statements.rejected', { reason: rejectReason ?? '' })}</Text>
        </View>
      ) : (
        <View className="k-text-s k-muted">
          {paidAt ? `${t('teacher.statements.paidAt', { when: fullMoment(paidAt) })} · ` : ''}
          {accountEnding
            ? t('teacher.statements.account', { ending: accountEnding })
            : // Which account it goes to is settled when the month is closed.
              status === 'counting'
              ? ''
              : t('teacher.statements.noAccount')}
        </View>
      )}
      {open ? (
        <View className="t-statement__lines">
          {lines.map((line) => (
            <View key={line.sessionId} className="k-row k-row--between t-statement__line">
              <View className="k-grow">
                <View className="k-clip">{line.courseName}</View>
                <View className="k-text-s k-muted">{weekdayAndDay(line.date)}</View>
              </View>
              <Text className="k-number">{formatFen(line.payFen)}</Text>
            </View>
          ))}
          {carriedFen > 0 ? (
            <View className="k-row k-row--between t-statement__line">
              <Text className="k-grow">{t('teacher.statements.carried')}</Text>
              <Text className="k-number">{formatFen(carriedFen)}</Text>
            </View>
          ) : null}
        </View>
      ) : null}
      {lines.length > 0 ? (
        <Button kind="text" small icon={open ? 'up' : 'down'} id={`statement-toggle-${statement.month}`} onTap={() => onToggle(!open)}>
          {open ? t('teacher.statements.hide') : t('teacher.statements.details')}
        </Button>
      ) : null}
    </View>
  );
}
