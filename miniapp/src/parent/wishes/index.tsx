/** A child's wishes in a window whose places are drawn: ranked by tapping, sent as often as one likes until the close. */
import { Id } from '@kehou/shared/kernel/id';
import { CHOICES_MAX } from '@kehou/shared/selection/lottery';
import { findClash } from '@kehou/shared/selection/rules';
import type { ClassCard, ClassPage } from '@kehou/shared/selection/window';
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
import { feeWords } from '../../components/Money.tsx';
import { StatusChip } from '../../components/StatusChip.tsx';
import { replace, useQuery } from '../../platform/navigation.ts';
import { queryClient, useAction, useCall } from '../../queries.ts';
import { t } from '../../texts/lottery.ts';
import { ChildChips } from '../ChildChips.tsx';
import { useLabels } from '../periods.ts';
import { type Periods, whenOf } from '../when.ts';
import { add, beginning, move, remove, sameList, sameSet, type Wishes } from '../wish-list.ts';
import { How } from './How.tsx';
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
  const sent = useCall('selection', 'getChoices', { pupilId: child.pupilId, windowId });
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
  const change = (next: Partial<Draft>) => onDraft({ wishes, together, ...next });
  const changed = !sameList(wishes, before.wishes) || !sameSet(together, before.together);
  const siblings = me.children.filter(({ schoolId, pupilId }) => schoolId === child.schoolId && pupilId !== child.pupilId);
  const labels = useLabels(child.schoolId, page);
  const nameOf = (offeringId: string) => labels.nameOf(offeringId, t('wishes.gone'));
  const rowOf = (offeringId: string): WishRow => {
    const card = classes.find((one) => one.offeringId === offeringId);
    if (!card) return { name: t('wishes.gone') };
    return { name: card.courseName, detail: `${whenOf(card.slots, labels.periods, { brief: true })} · ${card.instructorName}` };
  };
  const submit = useAction(
    () =>
      api.selection.submitChoices({
        pupilId: child.pupilId,
        windowId,
        offeringIds: [...wishes],
        together: siblings.map(({ pupilId }) => pupilId).filter((pupilId) => together.includes(pupilId)),
      }),
    {
      done: t('wishes.received'),
      refresh: [['selection', 'getChoices']],
      onDone: (result) => {
        queryClient.setQueryData(['selection', 'getChoices', { pupilId: child.pupilId, windowId }], result);
        onDraft(undefined);
      },
    },
  );
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
      {open ? (
        <>
          <View className="k-text-s k-muted k-center">
            {changed && sent.choices ? `${t('wishes.unsent')} · ` : ''}
            {t('wishes.until', { when: moment(window.closesAt) })}
          </View>
          <Button
            kind="primary"
            block
            id="wishes-submit"
            disabled={wishes.length === 0 || !changed}
            running={submit.running}
            onTap={() => submit.run(undefined)}
          >
            {wishes.length === 0 ? t('wishes.nothing') : sent.choices ? t('wishes.submit.again') : t('wishes.submit')}
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

const isOffered = ({ status, grades }: ClassCard, grade: number): boolean => status !== 'cancelled' && grades.includes(grade);

interface ClassesProps extends Pick<ClassPage, 'classes' | 'busy'> {
  readonly periods: Periods;
  readonly wishes: Wishes;
  onAdd(offeringId: string): void;
}

/** What the child may wish for: of its grade, not called off. What its week already holds is shown, and cannot be added. */
function Classes({ classes, busy, periods, wishes, onAdd }: ClassesProps) {
  const child = useRequiredChild();
  const running = classes.filter(({ status }) => status !== 'cancelled');
  const fitting = running.filter((card) => isOffered(card, child.grade));
  const others = running.length - fitting.length;
  return (
    <>
      <View className="k-section-title">{t('wishes.classes', { name: child.name })}</View>
      {wishes.length >= CHOICES_MAX ? (
        <View className="k-notice k-notice--attention">
          <Icon name="info" />
          <View>{t('wishes.full', { max: CHOICES_MAX })}</View>
        </View>
      ) : null}
      {fitting.length === 0 ? (
        <Empty icon="empty" text={t('wishes.classes.none')} />
      ) : (
        <View className="k-list">
          {fitting.map((card) => (
            <ClassRow
              key={card.offeringId}
              card={card}
              when={whenOf(card.slots, periods, { brief: true })}
              rank={wishes.indexOf(card.offeringId) + 1}
              full={wishes.length >= CHOICES_MAX}
              clash={findClash(card.slots, busy)?.courseName}
              onAdd={() => onAdd(card.offeringId)}
            />
          ))}
        </View>
      )}
      <View className="k-text-s k-muted">{t('wishes.same')}</View>
      {others > 0 ? <View className="k-text-s k-muted">{t('wishes.classes.others', { count: others })}</View> : null}
    </>
  );
}

interface ClassRowProps {
  readonly card: ClassCard;
  readonly when: string;
  /** Its place in the list, from 1; 0: not on it. */
  readonly rank: number;
  readonly full: boolean;
  readonly clash: string | undefined;
  onAdd(): void;
}

function ClassRow({ card, when, rank, full, clash, onAdd }: ClassRowProps) {
  return (
    <View className="k-list-row" id={`class-${card.offeringId}`}>
      <View className="k-grow">
        <View className="k-strong">{card.courseName}</View>
        <View className="k-text-s k-muted">
          {when} · {card.instructorName}
        </View>
        <View className="k-text-s k-muted k-number">
          {feeWords(card.feeFen)} · {t('wishes.places', { count: Math.max(0, card.capacity - card.taken) })}
        </View>
        {clash ? <View className="k-text-s k-attention">{t('wishes.clash', { name: clash })}</View> : null}
      </View>
      {rank > 0 ? (
        <StatusChip tone="primary">{t('wishes.added', { rank })}</StatusChip>
      ) : (
        <Button
          kind="tint"
          small
          icon="plus"
          id={`add-${card.offeringId}`}
          label={t('wishes.add.label', { name: card.courseName })}
          disabled={full || clash !== undefined}
          onTap={onAdd}
        >
          {t('wishes.add')}
        </Button>
      )}
    </View>
  );
}
