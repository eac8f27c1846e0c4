import { View } from '@tarojs/components';
import { AppShell } from '../../components/AppShell.tsx';
import { Button } from '../../components/Button';
import { Empty, ListState } from '../../components/ListState.tsx';
import { replace, useQuery } from '../../platform/navigation.ts';
import { t } from '../../texts/teacher.ts';
import { SessionCard } from '../SessionCard.tsx';
import { SessionQuery, useSession } from '../session-query.ts';

export default function TeacherSessionPage() {
  const query = useQuery(SessionQuery);
  return (
    <AppShell access="teacher" title={t('teacher.session.title')}>
      {query ? <One query={query} /> : <Gone />}
    </AppShell>
  );
}

function One({ query }: { readonly query: SessionQuery }) {
  const { reading, session } = useSession(query);
  return (
    <View className="k-stack">
      <ListState of={reading} skeletonRows={1} skeletonHeight={360}>
        {session ? <SessionCard session={session} heading={t('teacher.session.title')} /> : <Gone />}
      </ListState>
    </View>
  );
}

function Gone() {
  return (
    <Empty
      icon="calendar"
      text={t('teacher.session.gone')}
      hint={t('teacher.session.gone.hint')}
      action={
        <Button kind="tint" onTap={() => replace('teacher/week')}>
          {t('teacher.week.title')}
        </Button>
      }
    />
  );
}
