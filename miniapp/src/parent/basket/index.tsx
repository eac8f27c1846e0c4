/** A family's basket in a window: what is marked for each child, and one button that takes all of it at once. */
import { Id, newId } from '@kehou/shared/kernel/id';
import type { BasketRefusal, BasketResult } from '@kehou/shared/selection/basket';
import { hoursAt, takingHours } from '@kehou/shared/selection/rules';
import type { ClassPage } from '@kehou/shared/selection/window';
import { Text, View } from '@tarojs/components';
import { useEffect, useState } from 'react';
import * as z from 'zod';
import { api } from '../../api.ts';
import { serverNow, serverNowMs, useServerNow } from '../../clock.ts';
import { AppShell } from '../../components/AppShell.tsx';
import { Button } from '../../components/Button';
import { Countdown } from '../../components/Countdown.tsx';
import { moment } from '../../components/format.ts';
import { Icon } from '../../components/Icon.tsx';
import { Empty, ListState } from '../../components/ListState.tsx';
import { marksAreWishes } from '../../components/lottery-phase.ts';
import { Money } from '../../components/Money.tsx';
import { failureOf, isRefusal, isUnknown } from '../../failure.ts';
import { platform } from '../../platform/current';
import { go, replace, useQuery } from '../../platform/navigation.ts';
import { queryClient, useAction, useCall } from '../../queries.ts';
import { useChild, useMe } from '../../session.ts';
import { t } from '../../texts/basket.ts';
import { t as parent } from '../../texts/parent.ts';
import { feeOf, linesOf, submitBasket } from '../basket.ts';
import { Gone } from '../Gone.tsx';
import { live, openTo } from '../live.ts';
import { useClassPages } from '../reads.ts';
import { ChildList } from './ChildList.tsx';
import './index.scss';

const Query = z.object({ windowId: Id('window') });
type WindowId = z.output<typeof Query>['windowId'];

export default function ParentBasket() {
  const query = useQuery(Query);
  const basket = useBasket(query?.windowId);
  return (
    <AppShell access="parent" title={t('basket.title')} footer={<Foot {...basket} />}>
      {query ? <Basket windowId={query.windowId} {...basket} /> : <Empty icon="alert" text={t('basket.none')} />}
    </AppShell>
  );
}

const nameOf = (pupilId: string, offeringId: string): string => `${pupilId}.${offeringId}`;
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const touched = [['selection'], ['messaging']] as const;
const readAgain = () => {
  for (const queryKey of touched) queryClient.invalidateQueries({ queryKey: [...queryKey] }).catch(() => undefined);
};

/** Every child of the family at this child's school, with its classes and the seats of now. */
function useFamily(windowId: WindowId | undefined) {
  const me = useMe();
  const child = useChild();
  const children = windowId ? (me?.children ?? []).filter(({ schoolId }) => schoolId === child?.schoolId) : [];
  const given = windowId ?? ('' as never);
  const pages = useClassPages(
    children.map(({ pupilId }) => pupilId),
    given,
    15_000,
  );
  const isThere = children.length > 0 && pages.every(({ data }) => data !== undefined);
  // Between two readings of the pages the seats alone are asked for: one cheap query for everybody.
  const isGone = pages.some(({ error }) => isRefusal(error));
  const enabled = isThere && !isGone;
  const seats = useCall('selection', 'getSeats', { windowId: given }, { everyMs: 4_000, enabled, patient: true });
  const isNews = isRefusal(seats.error) && !isGone;
  useEffect(() => {
    // The seats are asked for more often: what they know first the pages ask for themselves.
    if (isNews) readAgain();
  }, [isNews]);
  useServerNow(1000);
  const family = children.flatMap((one, index) => {
    const page = pages[index]?.data;
    if (!page) return [];
    const newer = seats.data && seats.data.asOf >= page.seatsAsOf ? seats.data.seats : undefined;
    // To each child it opens with its grade, and with the family's turn.
    const opened = { ...page, window: openTo(page, one.grade) };
    const classes = page.classes.map((card) => live(card, opened, one.grade, newer?.[card.offeringId]));
    return [{ child: one, page: { ...opened, classes } }];
  });
  return { pages, family };
}
type Family = ReturnType<typeof useFamily>['family'];

function useBasket(windowId: WindowId | undefined) {
  const { pages, family: known } = useFamily(windowId);
  // What is on the screen of a selection that is gone leads nowhere any more.
  const family = pages.some(({ error }) => isRefusal(error)) ? [] : known;
  const [refusals, setRefusals] = useState<ReadonlyMap<string, BasketRefusal>>(new Map());
  const lines = family.flatMap(({ child: { pupilId }, page }) =>
    linesOf(page).map((card) => ({ card, name: nameOf(pupilId, card.offeringId) })),
  );
  const submit = useSubmit(windowId, family, (result) => setRefusals(refusalsOf(result)));
  return { pages, family, window: firstToOpen(family), lines, refusals, submit };
}
/** The window as it opens to the first of the children that have something on their lists. */
function firstToOpen(family: Family): ClassPage['window'] | undefined {
  const wanting = family.filter(({ page }) => linesOf(page).length > 0);
  const windows = (wanting.length > 0 ? wanting : family).map(({ page }) => page.window);
  return windows.sort((a, b) => (a.opensAt < b.opensAt ? -1 : 1))[0];
}

/** Whether seats can be taken for a child now. */
function isOpen({ window }: ClassPage): boolean {
  const hours = takingHours(window);
  return hours !== undefined && hoursAt(serverNow(), hours) === 'open';
}

type BasketProps = ReturnType<typeof useBasket>;

function Basket({ windowId, pages, family, window, lines, refusals, submit }: BasketProps & { readonly windowId: WindowId }) {
  const gone = pages.find(({ error }) => isRefusal(error));
  if (gone) return <Gone error={gone.error} wasThere={gone.data !== undefined} />;
  const isEmpty = lines.length === 0 && family.every(({ page }) => heldOf(page).length === 0);
  return (
    <View className="k-stack">
      <ListState of={pages} skeletonRows={3} skeletonHeight={150}>
        {() =>
          window && (!takingHours(window) || marksAreWishes(window, serverNow())) ? (
            <Empty
              icon="info"
              text={t(takingHours(window) ? 'basket.wishing' : 'basket.drawn')}
              action={
                <Button kind="primary" id="to-wishes" onTap={() => replace('parent/wishes', { windowId })}>
                  {t('basket.drawn.go')}
                </Button>
              }
            />
          ) : isEmpty ? (
            <Empty
              icon="list"
              text={t('basket.empty')}
              hint={t('basket.empty.hint')}
              action={
                <Button kind="primary" id="to-classes" onTap={() => go('parent/classes', { windowId })}>
                  {t('basket.empty.go')}
                </Button>
              }
            />
          ) : (
            <>
              {window ? <Hours window={window} /> : null}
              <Lost count={lines.filter(({ name }) => refusals.has(name)).length} />
              {family.map(({ child, page }) => (
                <ChildList
                  key={child.pupilId}
                  child={child}
                  page={page}
                  busy={submit.running}
                  refusalOf={(offeringId) => refusals.get(nameOf(child.pupilId, offeringId))}
                />
              ))}
            </>
          )
        }
      </ListState>
    </View>
  );
}

const heldOf = (page: ClassPage) => page.classes.flatMap(({ enrolment }) => (enrolment?.status === 'held' ? [enrolment] : []));

function refusalsOf({ children }: BasketResult): ReadonlyMap<string, BasketRefusal> {
  return new Map(
    children.flatMap(({ pupilId, lines }) =>
      lines.flatMap(({ offeringId, refusal }) => (refusal ? [[nameOf(pupilId, offeringId), refusal] as const] : [])),
    ),
  );
}

function useSubmit(windowId: WindowId | undefined, family: Family, onResult: (result: BasketResult) => void) {
  return useAction(
    async () => {
      if (!windowId) throw new Error('there is no window to submit to');
      const open = family.filter(({ page }) => isOpen(page));
      const wanted = open.map(({ child: { pupilId }, page }) => ({
        pupilId,
        allOrNothing: page.shortlist?.allOrNothing ?? false,
        offeringIds: linesOf(page).map(({ offeringId }) => offeringId),
        turn: page.turn?.token,
      }));
      const result = await submitBasket(windowId, wanted, {
        storage: platform,
        submit: api.selection.submitBasket,
        newId: () => newId('enrolment'),
        pause,
        nowMs: serverNowMs,
      });
      await takeOff(windowId, result);
      return result;
    },
    {
      refresh: touched,
      onDone: (result) => {
        platform.vibrate();
        onResult(result);
      },
      onFailed: (error) => {
        readAgain();
        const failure = failureOf(error);
        // A refusal is an answer; anything else leaves open what was taken.
        if (!isUnknown(error)) return false;
        void platform.modal({ title: failure.message, content: t('basket.failed'), acknowledgeOnly: true });
        return true;
      },
    },
  );
}

/** What is taken needs no mark any more, so that there is room for others. Where this fails the page leaves it out all the same. */
async function takeOff(windowId: WindowId, { children }: BasketResult): Promise<void> {
  await Promise.allSettled(
    children.map(async ({ pupilId, lines }) => {
      const remove = lines.flatMap(({ offeringId, enrolment }) => (enrolment ? [offeringId] : []));
      if (remove.length > 0) await api.selection.changeShortlist({ pupilId, windowId, remove });
    }),
  );
}

function Hours({ window }: { readonly window: ClassPage['window'] }) {
  const hours = takingHours(window);
  if (!hours) return null;
  const state = hoursAt(serverNow(), hours);
  return (
    <View className="k-card k-column">
      <View className="k-row">
        <Icon name="clock" className="k-primary" />
        {state === 'after' ? (
          <Text className="k-muted">{t('basket.over')}</Text>
        ) : (
          <>
            <Text className="k-muted">{t(state === 'before' ? 'basket.opensIn' : 'basket.closesIn')}</Text>
            <Countdown
              className="k-text-l k-primary"
              id="basket-countdown"
              until={state === 'before' ? hours.opensAt : hours.closesAt}
              onOver={readAgain}
            />
          </>
        )}
      </View>
      {state === 'before' ? (
        <View className="k-text-s k-muted">
          {t('basket.opensAt', { when: moment(hours.opensAt) })}。{t('basket.how')}
        </View>
      ) : null}
    </View>
  );
}

/** What is won waits to be paid for, over all children at once; what is left can be submitted. In sight wherever the page is scrolled to. */
function Foot(basket: BasketProps) {
  const held = basket.family.flatMap(({ page }) => heldOf(page));
  const isFree = held.every(({ feeFen }) => feeFen === 0);
  const first = held.map(({ holdUntil }) => holdUntil).sort()[0];
  return (
    <>
      {first ? (
        <View className="k-bar" id="basket-won">
          <View className="k-grow">
            <View className="k-strong">{t(isFree ? 'basket.won.free' : 'basket.won', { count: held.length })}</View>
            <View className="k-row">
              <Icon name="clock" size={1} className="k-attention" />
              <Countdown className="k-attention" until={first} onOver={readAgain} />
            </View>
          </View>
          <Button kind="primary" id="basket-pay" onTap={() => go('parent/pay')}>
            {parent(isFree ? 'parent.confirm.go' : 'parent.hold.go')}
          </Button>
        </View>
      ) : null}
      {basket.lines.length > 0 ? <Submit {...basket} calm={first !== undefined} /> : null}
    </>
  );
}

function Lost({ count }: { readonly count: number }) {
  if (count === 0) return null;
  return (
    <View className="k-notice k-notice--attention" id="basket-lost">
      <Icon name="info" />
      <View>{t('basket.lost', { count })}</View>
    </View>
  );
}

/** At the opening second the finger is already there. */
function Submit({ window, lines, submit, calm }: BasketProps & { readonly calm: boolean }) {
  const hours = window && takingHours(window);
  const state = hours && hoursAt(serverNow(), hours);
  if (!hours || state === 'after' || marksAreWishes(window, serverNow())) return null;
  return (
    <View className="k-bar">
      <View className="k-grow">
        <View className="k-text-s k-muted">{t('basket.total', { count: lines.length })}</View>
        <Money fee fen={feeOf(lines.map(({ card }) => card))} className="k-strong" id="basket-total" />
      </View>
      <Button
        kind={calm ? 'tint' : 'primary'}
        id="basket-submit"
        disabled={state === 'before'}
        running={submit.running}
        onTap={() => submit.run(undefined)}
      >
        {state === 'before' ? (
          <>
            {t('basket.submit.wait')} <Countdown until={hours.opensAt} />
          </>
        ) : (
          t('basket.submit')
        )}
      </Button>
    </View>
  );
}
