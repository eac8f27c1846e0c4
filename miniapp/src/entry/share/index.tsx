/** Where a shared selection window lands: its hours for everyone, a way in for those with a child at that school. */
import { Id } from '@kehou/shared/kernel/id';
import { asOpenTo } from '@kehou/shared/selection/rules';
import { View } from '@tarojs/components';
import * as z from 'zod';
import { serverNow, useServerNow } from '../../clock.ts';
import { AppShell } from '../../components/AppShell.tsx';
import { Button } from '../../components/Button';
import { Countdown } from '../../components/Countdown.tsx';
import { duration, fullMoment } from '../../components/format.ts';
import { Icon } from '../../components/Icon.tsx';
import { Empty, ListState } from '../../components/ListState.tsx';
import { hoursNow, phaseOf } from '../../components/lottery-phase.ts';
import { ModeWords } from '../../components/ModeWords.tsx';
import { go, pageUrl, replace, useQuery } from '../../platform/navigation.ts';
import { useCall } from '../../queries.ts';
import { homes } from '../../routes.ts';
import { chooseChild, chooseRole } from '../../session.ts';
import { t as common } from '../../texts/common.ts';
import { t } from '../../texts/entry.ts';
import { t as mode } from '../../texts/modes.ts';

const Query = z.object({ windowId: Id('window') });

export default function Share() {
  const query = useQuery(Query);
  return query ? (
    <Landing windowId={query.windowId} />
  ) : (
    <AppShell access="anyone" title={t('share.title')}>
      <Empty icon="alert" text={t('share.bad')} hint={t('share.bad.hint')} />
    </AppShell>
  );
}
Share.enableShareAppMessage = true;

function Landing({ windowId }: z.output<typeof Query>) {
  const shared = useCall('selection', 'getSharedWindow', { windowId });
  const window = shared.data?.window;
  return (
    <AppShell
      access="signed-in"
      title={t('share.title')}
      share={window && { title: `${window.schoolName} · ${window.name}`, path: pageUrl('entry/share', { windowId }) }}
    >
      <View className="k-stack">
        <ListState of={shared} skeletonRows={2} skeletonHeight={140}>
          {() => <Window data={shared.data as NonNullable<typeof shared.data>} />}
        </ListState>
      </View>
    </AppShell>
  );
}

type Shared = NonNullable<ReturnType<typeof useCall<'selection', 'getSharedWindow'>>['data']>;

function Window({ data: { window, children } }: { readonly data: Shared }) {
  useServerNow(30_000);
  const now = serverNow();
  const phase = phaseOf(window, now);
  // The reader's own children's time, the earliest where there are several; a stranger sees the school's.
  const openings = children.map(({ grade }) => asOpenTo(window, grade).opensAt).sort();
  const { opensAt, closesAt } = hoursNow({ ...window, opensAt: openings[0] ?? window.opensAt }, now);
  const state = window.status === 'withdrawn' ? 'withdrawn' : now >= closesAt ? 'over' : now >= opensAt ? 'open' : 'before';
  const to = phase === 'wishing' ? 'wishes' : phase === 'drawing' ? 'draw' : undefined;
  return (
    <>
      <View className="k-card k-column">
        <View className="k-muted">{window.schoolName}</View>
        <View className="k-text-l">{window.name}</View>
        {state === 'before' || state === 'open' ? (
          <View className="k-row">
            <Icon name="clock" className="k-primary" />
            <View>{state === 'before' ? t('share.opensIn') : t('share.closesIn')}</View>
            <Countdown className="k-strong k-primary" until={state === 'before' ? opensAt : closesAt} />
          </View>
        ) : (
          <View className="k-notice k-notice--attention">
            <Icon name="info" />
            <View>{state === 'withdrawn' ? t('share.withdrawn') : phase === 'drawing' ? mode('mode.drawing') : t('share.over')}</View>
          </View>
        )}
        <View className="k-divider" />
        <View className="k-row k-row--between">
          <View className="k-muted">{t('share.opens')}</View>
          <View className="k-number" id="share-opens">
            {fullMoment(openings[0] ?? window.opensAt)}
          </View>
        </View>
        <View className="k-row k-row--between">
          <View className="k-muted">{t('share.closes')}</View>
          <View className="k-number">{fullMoment(window.closesAt)}</View>
        </View>
        <View className="k-divider" />
        <ModeWords window={window} />
        {window.note ? <View className="k-text-s">{window.note}</View> : null}
        {window.waitingList ? (
          <View className="k-text-s k-muted" id="waiting-rule">
            {common('waiting.rule', { time: duration(window.waitingList.offerMinutes) })}
          </View>
        ) : null}
      </View>
      {children.map((child) => (
        <Button
          key={child.pupilId}
          id={`share-enter-${child.pupilId}`}
          kind="primary"
          block
          onTap={() => {
            chooseRole({ role: 'parent' });
            chooseChild(child.pupilId);
            replace(homes.parent, { windowId: window.windowId, ...(to ? { to } : {}) });
          }}
        >
          {t('share.enter', { name: child.name })}
        </Button>
      ))}
      {children.length === 0 ? (
        <View className="k-card k-column">
          <View>{t('share.noChild')}</View>
          <Button id="share-link-child" kind="tint" block onTap={() => go('entry/link-child', { schoolId: window.schoolId })}>
            {t('entry.byNumber')}
          </Button>
        </View>
      ) : null}
    </>
  );
}
