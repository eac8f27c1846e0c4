/** A child's wishes in a window whose places are drawn: ranked by tapping, sent as often as one likes until the close. */
import { Id } from '@kehou/shared/kernel/id';
import type { Instant } from '@kehou/shared/kernel/time';
import { findClash } from '@kehou/shared/selection/rules';
import type { ClassPage } from '@kehou/shared/selection/window';
import { Text, View } from '@tarojs/components';
import { useState } from 'react';
import * as z from 'zod';
import { api } from '../../api.ts';
import { serverNow, useServerNow } from '../../clock.ts';
import { AppShell } from '../../components/AppShell.tsx';
import { Button } from '../../components/Button';
import { Countdown } from '../../components/Countdown.tsx';
import { moment } from '../../components/format.ts';
import { useRequiredChild, useRequiredMe } from '../../components/Gate.tsx';
import { Icon } from '../../components/Icon.tsx';
import { Empty, ListState } from '../../components/ListState.tsx';
import { phaseOf } from '../../components/lottery-phase.ts';
import { platform } from '../../platform/current';
import { replace, useQuery } from '../../platform/navigation.ts';
import { queryClient, useAction, useCall } from '../../queries.ts';
import { t } from '../../texts/lottery.ts';
import { ChildChips } from '../ChildChips.tsx';
import { useLabels } from '../periods.ts';
import { whenOf } from '../when.ts';
import { add, beginning, move, remove, sameList, sameSet, type Wishes } from '../wish-list.ts';
import { Classes, isOffered } from './Classes.tsx';
import { How } from './How.tsx';
import { Overtaken } from './Overtaken.tsx';
import { RankedList, type WishRow } from './RankedList.tsx';
import { ReceiptCard } from './ReceiptCard.tsx';
import { Together } from './Together.tsx';
import './index.scss';

const Query = z.object({ windowId: Id('window'), add: Id('offering').optional() });
type WindowId = z.output<typeof Query>['windowId'];

export default function ParentWishes() {
  const query = useQuery(Query);
  return (
    <AppShell access="parent" title={t('wishes.title')}>
      {query ? <OfChild {...query} /> : <Empty icon="alert" text={t('wishes.none')} />}
    </AppShell>
  );
}

function OfChild({ windowId, add: offeringId }: z.output<typeof Query>) {
  const me = useRequiredMe();
  const child = useRequiredChild();
  // The class that was tapped on the class page is for the child that was chosen there, until its list is changed or sent.
  const [tapped, setTapped] = useState(offeringId && { pupilId: child.pupilId, offeringId });
  const siblings = me.children.filter(({ schoolId }) => schoolId === child.schoolId);
  const page = useCall('selection', 'getClassPage', { pupilId: child.pupilId, windowId }, { everyMs: 60_000 });
  const sent = useCall('selection', 'getChoices', { pupilId: child.pupilId, windowId }, { everyMs: 60_000 });
  // What is not sent yet, by child: looking at the other child's list loses nothing.
  const [drafts, setDrafts] = useState<Readonly<Record<string, Draft | undefined>>>({});
  return (
    <View className="k-stack">
      <ChildChips among={siblings} />
      <ListState of={[page, sent]} skeletonRows={4} skeletonHeight={120}>
        {() =>
          page.data?.window.lottery ? (
            <List
              key={child.pupilId}
              windowId={windowId}
              page={page.data}
              sent={sent.data ?? {}}
              draft={drafts[child.pupilId]}
              tapped={tapped?.pupilId === child.pupilId ? tapped.offeringId : undefined}
              onDraft={(draft) => {
                setDrafts((all) => ({ ...all, [child.pupilId]: draft }));
                setTapped((one) => (one?.pupilId === child.pupilId ? undefined : one));
              }}
            />
          ) : (
            <Empty
              icon="info"
              text={t('wishes.noDraw')}
              action={
                <Button kind="primary" id="to-classes" onTap={() => replace('parent/classes', { windowId })}>
                  {t('wishes.noDraw.go')}
                </Button>
              }
            />
          )
        }
      </ListState>
    </View>
  );
}

type Sent = NonNullable<ReturnType<typeof useCall<'selection', 'getChoices'>>['data']>;
interface Draft {
  readonly wishes: Wishes;
  readonly together: readonly string[];
  /** The list that was there when it was begun: another one that comes meanwhile is shown, not overwritten. */
  readonly replaces?: Instant | undefined;
}

interface ListProps {
  readonly windowId: WindowId;
  readonly page: ClassPage;
  readonly sent: Sent;
  /** Undefined: as it was sent. What the other guardian changes shows too, then. */
  readonly draft: Draft | undefined;
  readonly tapped: string | undefined;
  onDraft(draft: Draft | undefined): void;
}

function List({ windowId, page, sent, draft, tapped, onDraft }: ListProps) {
  const { window, classes, busy, shortlist } = page;
  const me = useRequiredMe();
  const child = useRequiredChild();
  useServerNow(1000);
  const open = phaseOf(window, serverNow()) === 'wishing';
  const before: Draft = { wishes: sent.choices?.offeringIds ?? [], together: sent.choices?.together ?? [] };
  const mayWish = (offeringId: string) =>
    open && classes.some((card) => card.offeringId === offeringId && isOffered(card, child.grade) && !findClash(card.slots, busy));
  const marked = (shortlist?.offeringIds ?? []).filter(mayWish);
  const begun = beginning({
    sent: sent.choices?.offeringIds,
    marked,
    tapped: tapped && mayWish(tapped) ? tapped : undefined,
  });
  const { wishes, together } = draft ?? { wishes: begun, together: before.together };
  const there = sent.choices?.at;
  const change = (next: Partial<Draft>) => onDraft({ wishes, together, replaces: draft ? draft.replaces : there, ...next });
  const changed = !sameList(wishes, before.wishes) || !sameSet(together, before.together);
  const overtaken = changed && draft !== undefined && draft.replaces !== there;
  const siblings = me.children.filter(({ schoolId, pupilId }) => schoolId === child.schoolId && pupilId !== child.pupilId);
  const labels = useLabels(child.schoolId, page);
  const nameOf = (offeringId: string) => labels.nameOf(offeringId, t('wishes.gone'));
  const rowOf = (offeringId: string): WishRow => {
    const card = classes.find((one) => one.offeringId === offeringId);
    if (!card) return { name: t('wishes.gone') };
    return { name: card.courseName, detail: `${whenOf(card.slots, labels.periods, { brief: true })} · ${card.instructorName}` };
  };
  const submit = useAction(
    (replaces: Instant | undefined) =>
      api.selection.submitChoices({
        pupilId: child.pupilId,
        windowId,
        offeringIds: [...wishes],
        together: siblings.map(({ pupilId }) => pupilId).filter((pupilId) => together.includes(pupilId)),
        replaces,
      }),
    {
      done: ({ choices }) => t(choices.offeringIds.length > 0 ? 'wishes.received' : 'wishes.withdrawn'),
      refresh: [['selection', 'getChoices']],
      onDone: (result) => {
        queryClient.setQueryData(['selection', 'getChoices', { pupilId: child.pupilId, windowId }], result);
        onDraft(undefined);
      },
      // Somebody was there before, or the reply was lost: what is there now decides what the page says.
      onFailed: () => {
        queryClient.invalidateQueries({ queryKey: ['selection', 'getChoices'] }).catch(() => undefined);
        return false;
      },
    },
  );
  const listWords = (list: Draft) => {
    const names = siblings.filter(({ pupilId }) => list.together.includes(pupilId)).map(({ name }) => name);
    const ranked = list.wishes.length > 0 ? list.wishes.map(nameOf).join(t('wishes.join')) : t('wishes.list.empty');
    return [ranked, ...names.map((name) => t('wishes.together.one', { name }))].join(t('lottery.label.join'));
  };
  // Nothing is listed any more of what was sent: that is a withdrawal, and asked about.
  const withdraws = wishes.length === 0 && before.wishes.length > 0;
  const send = async (replaces: Instant | undefined) => {
    const sure =
      !withdraws ||
      (await platform.modal({
        title: t('wishes.withdraw.ask', { name: child.name }),
        content: t('wishes.withdraw.hint', { when: moment(window.closesAt) }),
        confirmText: t('wishes.withdraw'),
        danger: true,
      }));
    if (sure) await submit.run(replaces);
  };
  return (
    <>
      <Deadline window={window} childName={child.name} />
      {!sent.choices && marked.length > 0 ? (
        <View className="k-notice k-notice--attention" id="wishes-marked">
          <Icon name="info" />
          <View>{t('wishes.marked')}</View>
        </View>
      ) : null}
      <RankedList
        wishes={wishes}
        open={open}
        nameOf={nameOf}
        rowOf={rowOf}
        onMove={(offeringId, by) => change({ wishes: move(wishes, offeringId, by) })}
        onRemove={(offeringId) => change({ wishes: remove(wishes, offeringId) })}
      />
      {open && overtaken && there ? (
        <Overtaken
          at={there}
          theirs={listWords(before)}
          mine={listWords({ wishes, together })}
          running={submit.running}
          onKeep={() => onDraft(undefined)}
          onSend={() => send(there)}
        />
      ) : null}
      {open && !overtaken ? (
        <>
          <View className="k-text-s k-muted k-center">
            {changed && sent.choices ? `${t('wishes.unsent')} · ` : ''}
            {t('wishes.until', { when: moment(window.closesAt) })}
          </View>
          <Button
            kind={withdraws ? 'danger' : 'primary'}
            block
            id="wishes-submit"
            disabled={!changed || (wishes.length === 0 && !withdraws)}
            running={submit.running}
            onTap={() => send(draft ? draft.replaces : there)}
          >
            {t(
              withdraws
                ? 'wishes.withdraw'
                : wishes.length === 0
                  ? 'wishes.nothing'
                  : before.wishes.length > 0
                    ? 'wishes.submit.again'
                    : 'wishes.submit',
            )}
          </Button>
        </>
      ) : null}
      {sent.receipt ? <ReceiptCard receipt={sent.receipt} childName={child.name} nameOf={nameOf} /> : null}
      {siblings.length > 0 ? (
        <Together
          windowId={windowId}
          siblings={siblings}
          chosen={together}
          open={open}
          onChange={(pupilId, on) => change({ together: on ? [...together, pupilId] : together.filter((one) => one !== pupilId) })}
        />
      ) : null}
      {open ? (
        <Classes
          classes={classes}
          busy={busy}
          periods={labels.periods}
          wishes={wishes}
          onAdd={(offeringId) => change({ wishes: add(wishes, offeringId) })}
        />
      ) : null}
      {window.lottery ? <How terms={window.lottery} /> : null}
    </>
  );
}

function Deadline({ window, childName }: { readonly window: ClassPage['window']; readonly childName: string }) {
  const now = serverNow();
  const phase = phaseOf(window, now) ?? 'drawing';
  const over = phase !== 'before' && phase !== 'wishing';
  return (
    <View className="k-card k-column">
      <View className="k-strong">{t('wishes.child', { name: childName })}</View>
      <View className="k-row">
        <Icon name="clock" className="k-primary" />
        <Text className="k-muted">{t(`lottery.phase.${over ? 'drawing' : phase}`)}</Text>
        {over ? null : <Countdown className="k-strong k-primary" until={phase === 'before' ? window.opensAt : window.closesAt} />}
      </View>
      {over ? (
        <Button kind="primary" block id="to-draw" onTap={() => replace('parent/draw', { windowId: window.windowId })}>
          {t('lottery.result')}
        </Button>
      ) : (
        <View className="k-text-s k-muted">{t('wishes.noHurry')}</View>
      )}
      {phase === 'before' ? (
        <Button kind="tint" block id="to-classes" onTap={() => replace('parent/classes', { windowId: window.windowId })}>
          {t('lottery.look')}
        </Button>
      ) : null}
    </View>
  );
}
