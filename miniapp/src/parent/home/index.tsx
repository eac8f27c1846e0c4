/** A parent's home: the one thing to do now, today's classes, the latest comment; then the rest. */

import { Id } from '@kehou/shared/kernel/id';
import type { Home } from '@kehou/shared/messaging/routes';
import { asOpenTo } from '@kehou/shared/selection/rules';
import { Text, View } from '@tarojs/components';
import { useEffect } from 'react';
import * as z from 'zod';
import { serverNow, useServerNow } from '../../clock.ts';
import { AppShell } from '../../components/AppShell.tsx';
import { Button } from '../../components/Button';
import { Countdown } from '../../components/Countdown.tsx';
import { moment, nearDay } from '../../components/format.ts';
import { useRequiredChild, useRequiredMe } from '../../components/Gate.tsx';
import { Icon } from '../../components/Icon.tsx';
import { ListState } from '../../components/ListState.tsx';
import { hasWon } from '../../components/lottery-phase.ts';
import { ModeWords } from '../../components/ModeWords.tsx';
import { Tap } from '../../components/Tap';
import { go, useQuery } from '../../platform/navigation.ts';
import { useCall } from '../../queries.ts';
import { chooseChild, rolesOf, useMe } from '../../session.ts';
import { t as basket } from '../../texts/basket.ts';
import { t as common } from '../../texts/common.ts';
import { t } from '../../texts/parent.ts';
import { ChildChips } from '../ChildChips.tsx';
import { Hours, LotteryCard } from '../LotteryCard.tsx';
import { usePeriods } from '../periods.ts';
import { useFamilyEnrolments } from '../reads.ts';
import { SessionLine } from '../SessionLine.tsx';
import { ParentTabs } from '../tabs.tsx';
import { placeWords } from '../wait.ts';
import { whenOf } from '../when.ts';

const Query = z.object({ pupilId: Id('pupil').optional(), windowId: Id('window').optional(), to: z.enum(['wishes', 'draw']).optional() });

export default function ParentHome() {
  const me = useMe();
  return (
    <AppShell
      access="parent"
      title={t('parent.home')}
      root
      footer={<ParentTabs current="parent/home" />}
      action={
        me && rolesOf(me).length > 1 ? (
          <Tap className="k-titlebar__button" label={common('role.switch')} id="switch-role" onTap={() => go('entry/roles')}>
            <Icon name="swap" size={1.4} />
          </Tap>
        ) : null
      }
    >
      <Child />
    </AppShell>
  );
}

function Child() {
  const me = useRequiredMe();
  const child = useRequiredChild();
  const query = useQuery(Query);
  // A message or a share card names the child or the window that it is about.
  useEffect(() => {
    if (query?.pupilId && me.children.some(({ pupilId }) => pupilId === query.pupilId)) chooseChild(query.pupilId);
    if (query?.windowId) go(query.to ? `parent/${query.to}` : 'parent/classes', { windowId: query.windowId });
  }, [query, me]);
  const requests = useCall('identity', 'listLinkRequests', {}, { staleMs: 60_000 });
  const asking = (requests.data?.items ?? []).filter(({ status }) => status === 'pending').length;
  const held = useFamilyEnrolments(30_000).data.filter(({ status }) => status === 'held');
  // What waits for another child must not hide behind the switcher.
  const others = me.children
    .filter(({ pupilId }) => pupilId !== child.pupilId && held.some((seat) => seat.pupilId === pupilId))
    .map(({ name }) => name);
  const othersFree = held.every(({ pupilId, feeFen }) => pupilId === child.pupilId || feeFen === 0);
  const home = useCall('messaging', 'getHome', { pupilId: child.pupilId }, { everyMs: 20_000 });
  return (
    <View className="k-stack">
      <View className="k-card k-row">
        <Icon name="child" size={1.75} className="k-primary" />
        <View className="k-grow">
          <View className="k-text-l k-strong" id="child-name">
            {child.name}
          </View>
          <View className="k-text-s k-muted">
            {child.schoolName} · {t('parent.child.class', { grade: child.grade, className: child.className })}
          </View>
        </View>
      </View>
      <ChildChips among={me.children} />
      {asking > 0 ? (
        <View className="k-list">
          <Tap className="k-list-row k-list-row--tap" id="home-requests" onTap={() => go('parent/me')}>
            <Icon name="people" className="k-attention" />
            <View className="k-grow">{t('parent.todo.links', { count: asking })}</View>
            <Icon name="forward" className="k-muted" />
          </Tap>
        </View>
      ) : null}
      {others.length > 0 ? (
        <View className="k-list">
          <Tap className="k-list-row k-list-row--tap" id="home-others-pay" onTap={() => go('parent/pay')}>
            <Icon name="clock" className="k-attention" />
            <View className="k-grow">
              {t(othersFree ? 'parent.todo.others.free' : 'parent.todo.others', { names: others.join(t('parent.join')) })}
            </View>
            <Icon name="forward" className="k-muted" />
          </Tap>
        </View>
      ) : null}
      <ListState of={home} skeletonRows={3} skeletonHeight={120}>
        {() => <Now home={home.data as Home} />}
      </ListState>
    </View>
  );
}

/** What a held seat waits for: a free one is confirmed, there is nothing to pay. */
const verbOf = ({ feeFen }: Home['holds'][number]) => (feeFen === 0 ? 'confirm' : 'pay');

function Now({ home }: { readonly home: Home }) {
  const periods = usePeriods(useRequiredChild().schoolId, home.classes);
  return (
    <>
      <View className="k-section-title">{t('parent.todo')}</View>
      {home.holds.map((hold) => (
        <View key={hold.enrolmentId} className="k-card k-column">
          <View className="k-strong">
            {hold.reservedFor
              ? t(`parent.reserved.${verbOf(hold)}`, { name: hold.courseName, purpose: hold.reservedFor, when: moment(hold.holdUntil) })
              : hold.offer
                ? t(`parent.offer.${verbOf(hold)}`, { name: hold.courseName, when: moment(hold.holdUntil) })
                : t(`parent.hold.${verbOf(hold)}`, { name: hold.courseName })}
          </View>
          {hold.slotsPending ? <View className="k-text-s">{t('parent.offer.clash')}</View> : null}
          <View className="k-row">
            <Icon name="clock" className="k-attention" />
            <Text className="k-text-s k-muted">{t(hold.feeFen === 0 ? 'parent.confirm.left' : 'parent.hold.left')}</Text>
            <Countdown className="k-strong k-attention" until={hold.holdUntil} />
          </View>
          <Button kind="primary" block id={`pay-${hold.enrolmentId}`} onTap={() => go('parent/pay')}>
            {t(hold.slotsPending ? 'parent.offer.sort' : hold.feeFen === 0 ? 'parent.confirm.go' : 'parent.hold.go')}
          </Button>
        </View>
      ))}
      {home.windows.map((window) =>
        window.lottery ? (
          <LotteryCard key={window.windowId} window={window} drawn={hasWon(window, [...home.holds, ...home.classes])} />
        ) : (
          <WindowCard key={window.windowId} window={window} />
        ),
      )}
      {home.holds.length + home.windows.length === 0 ? (
        <View className="k-card">
          <View>{t('parent.todo.none')}</View>
          <View className="k-text-s k-muted">{t('parent.todo.none.hint')}</View>
        </View>
      ) : null}
      <InLine />
      <View className="k-section-title">{t('parent.today')}</View>
      {home.today.length > 0 ? (
        <View className="k-list">
          {home.today.map((session) => (
            <SessionLine key={session.sessionId} session={session} />
          ))}
        </View>
      ) : (
        <View className="k-card k-muted">{t('parent.today.none')}</View>
      )}
      {home.latestComment ? (
        <>
          <View className="k-section-title">{t('parent.comment')}</View>
          <View className="k-card k-column">
            {home.latestComment.stars ? (
              <View className="k-text-s k-attention">{t('parent.records.stars', { stars: home.latestComment.stars })}</View>
            ) : null}
            {home.latestComment.comment ? <View>{home.latestComment.comment}</View> : null}
            <View className="k-text-s k-muted">
              {home.latestComment.courseName} · {home.latestComment.instructorName} · {nearDay(home.latestComment.date)}
            </View>
          </View>
        </>
      ) : null}
      <View className="k-section-title">{t('parent.classes.mine')}</View>
      {home.classes.length > 0 ? (
        <View className="k-list">
          {home.classes.map((one) => (
            <Tap
              key={one.enrolmentId}
              className="k-list-row k-list-row--tap"
              id={`class-${one.enrolmentId}`}
              onTap={() => (one.orderId ? go('parent/order', { orderId: one.orderId }) : go('parent/week'))}
            >
              <View className="k-grow">
                <View className="k-strong">{one.courseName}</View>
                <View className="k-text-s k-muted">
                  {whenOf(one.slots, periods, { brief: true })} · {one.roomName}
                </View>
              </View>
              <Icon name="forward" className="k-muted" />
            </Tap>
          ))}
        </View>
      ) : (
        <View className="k-card">
          <View>{t('parent.classes.none')}</View>
          <View className="k-text-s k-muted">{t('parent.classes.none.hint')}</View>
        </View>
      )}
    </>
  );
}

/** Where the child waits in line: also after the window has closed, when no card leads to its classes any more. */
function InLine() {
  const child = useRequiredChild();
  const waits = useCall('selection', 'listChildWaits', { pupilId: child.pupilId }, { everyMs: 20_000 });
  const items = waits.data?.items ?? [];
  if (items.length === 0) return null;
  return (
    <>
      <View className="k-section-title">{t('parent.wait.mine')}</View>
      <View className="k-list">
        {items.map((wait) => (
          <Tap
            key={wait.waitId}
            className="k-list-row k-list-row--tap"
            id={`in-line-${wait.offeringId}`}
            onTap={() => go('parent/classes', { windowId: wait.windowId })}
          >
            <View className="k-grow k-strong">{wait.courseName}</View>
            <Text className="k-number k-muted">{placeWords(wait)}</Text>
            <Icon name="forward" className="k-muted" />
          </Tap>
        ))}
      </View>
    </>
  );
}

function WindowCard({ window: given }: { readonly window: Home['windows'][number] }) {
  useServerNow(1000);
  const window = asOpenTo(given, useRequiredChild().grade);
  const now = serverNow();
  const state = now < window.opensAt ? 'before' : now < window.closesAt ? 'open' : 'over';
  return (
    <View className="k-card k-column" id={`window-${window.windowId}`}>
      <View className="k-strong">{window.name}</View>
      <Hours of={window} />
      {state === 'over' ? (
        <View className="k-text-s k-muted">{t('parent.window.over')}</View>
      ) : (
        <View className="k-row">
          <Icon name="clock" className="k-primary" />
          <Text className="k-text-s k-muted">{t(state === 'before' ? 'parent.window.opensIn' : 'parent.window.closesIn')}</Text>
          <Countdown className="k-text-l k-strong k-primary" until={state === 'before' ? window.opensAt : window.closesAt} />
        </View>
      )}
      {state === 'before' ? <ModeWords window={window} /> : null}
      {window.note ? <View className="k-text-s">{window.note}</View> : null}
      <Button
        kind={state === 'open' ? 'primary' : 'tint'}
        block
        id={`choose-${window.windowId}`}
        onTap={() => go('parent/classes', { windowId: window.windowId })}
      >
        {t(state === 'before' ? 'parent.window.look' : state === 'open' ? 'parent.window.choose' : 'parent.window.result')}
      </Button>
      {state === 'over' ? null : (
        <Button kind="text" block id={`basket-${window.windowId}`} onTap={() => go('parent/basket', { windowId: window.windowId })}>
          {basket('shortlist.home')}
        </Button>
      )}
    </View>
  );
}
