/** What needs doing, how the school stands, and today's classes as they happen. */
import { formatFen } from '@kehou/shared/kernel/fen';
import type { Id } from '@kehou/shared/kernel/id';
import { addDays } from '@kehou/shared/kernel/time';
import { isHeldBack } from '@kehou/shared/offering/offering';
import type { Window } from '@kehou/shared/selection/window';
import { Text, View } from '@tarojs/components';
import { serverNow } from '../../clock.ts';
import { MoneyByDay } from '../../components/charts/MoneyByDay.tsx';
import { BoardTable } from '../../components/desk/BoardTable.tsx';
import { Panel } from '../../components/desk/Panel.tsx';
import { Figures } from '../../components/Figures.tsx';
import { moment, percent, whole } from '../../components/format.ts';
import { Icon, type IconName } from '../../components/Icon.tsx';
import { Empty, ListState } from '../../components/ListState.tsx';
import { Tap } from '../../components/Tap';
import { useToday } from '../../components/today.ts';
import { go } from '../../platform/navigation.ts';
import { useCall } from '../../queries.ts';
import type { PageName } from '../../routes.ts';
import { t as desks } from '../../texts/desks.ts';
import { t } from '../../texts/school.ts';
import { SchoolDesk, useSchool } from '../desk.tsx';
import { useWaiting } from '../waiting.ts';
import '../school.scss';

const CHART_DAYS = 30;

export default function SchoolHome() {
  return (
    <SchoolDesk current="school/home" title={t('school.home.title')}>
      <Overview />
    </SchoolDesk>
  );
}

function Overview() {
  return (
    <View className="s-home">
      <View className="s-home__todo">
        <ToDo />
      </View>
      <View className="s-home__figures">
        <SchoolFigures />
      </View>
      <View className="d-stack s-home__main">
        <TodaysBoard />
        <Money />
      </View>
    </View>
  );
}

function SchoolFigures() {
  const { schoolId } = useSchool();
  const figures = useCall('supervision', 'getFigures', { organisationId: schoolId }, { everyMs: 30_000 });
  const total = figures.data?.total;
  return (
    <ListState of={figures} skeletonRows={1} skeletonHeight={92}>
      {() =>
        total ? (
          <Figures
            figures={[
              {
                key: 'participation',
                label: desks('figures.participation'),
                value: total.pupils > 0 ? percent(total.taking / total.pupils) : desks('desks.none'),
                hint: desks('figures.participation.hint', { taking: whole(total.taking), pupils: whole(total.pupils) }),
              },
              { key: 'offerings', label: desks('figures.offerings'), value: whole(total.offerings), onTap: () => go('school/classes') },
              { key: 'enrolments', label: desks('figures.enrolments'), value: whole(total.enrolments) },
              {
                key: 'paid',
                label: desks('figures.paid'),
                value: formatFen(total.paidFen),
                hint: `${desks('figures.refunded')} ${formatFen(total.refundedFen)}`,
                onTap: () => go('school/money'),
              },
              { key: 'sessions', label: desks('figures.sessions'), value: whole(total.sessionsHeld) },
            ]}
          />
        ) : null
      }
    </ListState>
  );
}

interface Task {
  readonly key: string;
  readonly icon: IconName;
  readonly tone: 'attention' | 'danger' | 'primary';
  readonly title: string;
  readonly hint?: string;
  readonly page: PageName;
  readonly query?: Readonly<Record<string, string>>;
}

/** Classes under size that wait for the school's word, the next to be decided first: asked for only while a window that asks is being settled. */
function useHeldBack(schoolId: Id<'organisation'>, windows: readonly Window[]) {
  const asking = windows.find(({ status, underSize }) => underSize !== undefined && status === 'closed');
  const input = { schoolId, termId: asking?.termId as Window['termId'], limit: 100 };
  const offerings = useCall('offering', 'listOfferings', input, { enabled: asking !== undefined, everyMs: 30_000 });
  return (offerings.data?.items ?? [])
    .flatMap(({ heldBack, status, windowId }) =>
      heldBack && isHeldBack({ heldBack, status }, serverNow()) ? [{ until: heldBack.until, windowId }] : [],
    )
    .sort((one, other) => (one.until < other.until ? -1 : 1));
}

function useTasks() {
  const { schoolId } = useSchool();
  const waiting = useWaiting(schoolId);
  const windows = useCall('selection', 'listWindows', { schoolId, limit: 20 }, { everyMs: 30_000 });
  const terms = useCall('school', 'listTerms', { schoolId }, { staleMs: 60_000 });
  const heldBack = useHeldBack(schoolId, windows.data?.items ?? []);
  const tasks: Task[] = [];
  if (waiting.attention > 0) {
    tasks.push({
      key: 'attention',
      icon: 'alert',
      tone: 'danger',
      title: t('school.todo.attention', { count: waiting.attention }),
      page: 'school/money',
      query: { tab: 'refunds', queue: 'attention' },
    });
  }
  if (waiting.refunds > 0) {
    tasks.push({
      key: 'refunds',
      icon: 'receipt',
      tone: 'attention',
      title: t('school.todo.refunds', { count: waiting.refunds }),
      page: 'school/money',
      query: { tab: 'refunds', queue: 'approving' },
    });
  }
  if (waiting.payouts > 0)
    tasks.push({
      key: 'payouts',
      icon: 'wallet',
      tone: 'attention',
      title: t('school.todo.payouts', { count: waiting.payouts }),
      page: 'school/payouts',
    });
  if (waiting.exceptions > 0) {
    tasks.push({
      key: 'exceptions',
      icon: 'edit',
      tone: 'attention',
      title: t('school.todo.exceptions', { count: waiting.exceptions }),
      page: 'school/exceptions',
    });
  }
  if (waiting.links > 0) {
    tasks.push({
      key: 'links',
      icon: 'people',
      tone: 'attention',
      title: t('school.todo.links', { count: waiting.links }),
      page: 'school/rosters',
      query: { tab: 'links' },
    });
  }
  if (heldBack.length > 0) {
    const [first] = heldBack;
    tasks.push({
      key: 'held-back',
      icon: 'alert',
      tone: 'attention',
      title: t('school.todo.heldBack', { count: heldBack.length }),
      hint: t('school.todo.heldBack.hint', { when: first ? moment(first.until) : '' }),
      page: 'school/window',
      query: { windowId: first?.windowId ?? '' },
    });
  }
  for (const window of windows.data?.items ?? []) {
    const at = { page: 'school/window', query: { windowId: window.windowId } } as const;
    if (window.status === 'open') {
      tasks.push({
        key: window.windowId,
        icon: 'clock',
        tone: 'primary',
        title: t('school.todo.open', { name: window.name }),
        hint: t('school.todo.closes', { when: moment(window.closesAt) }),
        ...at,
      });
    }
    if (window.status === 'published') {
      tasks.push({
        key: window.windowId,
        icon: 'share',
        tone: 'primary',
        title: t('school.todo.share', { name: window.name }),
        hint: t('school.todo.opens', { when: moment(window.opensAt) }),
        ...at,
      });
    }
    if (window.status === 'draft')
      tasks.push({ key: window.windowId, icon: 'edit', tone: 'attention', title: t('school.todo.draft', { name: window.name }), ...at });
  }
  if (terms.data?.items.length === 0) {
    tasks.push({
      key: 'terms',
      icon: 'calendar',
      tone: 'attention',
      title: t('school.todo.term'),
      hint: t('school.todo.term.hint'),
      page: 'school/calendar',
    });
  }
  return { windows, tasks };
}

function ToDo() {
  const { windows, tasks } = useTasks();
  return (
    <Panel title={t('school.todo.title')} id="todo">
      <ListState of={windows} skeletonRows={3} skeletonHeight={56}>
        {tasks.length === 0 ? (
          <Empty icon="check" text={t('school.todo.none')} hint={t('school.todo.none.hint')} />
        ) : (
          tasks.map((task) => (
            <Tap key={task.key} id={`todo-${task.key}`} className="k-list-row k-list-row--tap" onTap={() => go(task.page, task.query)}>
              <View className={`s-todo__icon s-todo__icon--${task.tone}`}>
                <Icon name={task.icon} />
              </View>
              <View className="k-grow">
                <View>{task.title}</View>
                {task.hint ? <Text className="k-text-s k-muted">{task.hint}</Text> : null}
              </View>
              <Icon name="forward" className="k-muted" />
            </Tap>
          ))
        )}
      </ListState>
    </Panel>
  );
}

function TodaysBoard() {
  const { schoolId } = useSchool();
  const date = useToday();
  const board = useCall('attendance', 'getBoard', { schoolId, date }, { everyMs: 20_000 });
  return (
    <Panel title={t('school.home.today')} hint={board.data ? desks('desks.asOf', { when: moment(board.data.asOf) }) : undefined}>
      <BoardTable rows={board.data?.items ?? []} of={board} name={t('school.home.today')} />
    </Panel>
  );
}

function Money() {
  const { schoolId } = useSchool();
  const today = useToday();
  const money = useCall('billing', 'moneyByDay', { schoolId, from: addDays(today, 1 - CHART_DAYS), to: today });
  const days = money.data?.days;
  return (
    <Panel title={desks('money.byDay')} hint={t('school.home.days', { count: CHART_DAYS })}>
      <ListState of={money} skeletonRows={1} skeletonHeight={260}>
        <MoneyByDay days={days ?? []} />
      </ListState>
    </Panel>
  );
}
