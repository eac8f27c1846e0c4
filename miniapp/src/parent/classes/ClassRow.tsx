/** A class on the page: what it is, whether it has seats, and the one thing that can be done about it. */
import { type Id, newId } from '@kehou/shared/kernel/id';
import { ApiError } from '@kehou/shared/kernel/route';
import type { Instant } from '@kehou/shared/kernel/time';
import type { WaitShown } from '@kehou/shared/selection/wait';
import type { ClassCard, Turn } from '@kehou/shared/selection/window';
import { Text, View } from '@tarojs/components';
import { useState } from 'react';
import { api } from '../../api.ts';
import { serverNowMs } from '../../clock.ts';
import { Button } from '../../components/Button';
import { moment } from '../../components/format.ts';
import { Money } from '../../components/Money.tsx';
import { SeatMeter } from '../../components/SeatMeter.tsx';
import { StatusChip } from '../../components/StatusChip.tsx';
import { Tap } from '../../components/Tap';
import { failureOf } from '../../failure.ts';
import { platform } from '../../platform/current';
import { go } from '../../platform/navigation.ts';
import { queryClient, useAction } from '../../queries.ts';
import { t as basket } from '../../texts/basket.ts';
import { t as lottery } from '../../texts/lottery.ts';
import { t as opening } from '../../texts/opening.ts';
import { t } from '../../texts/parent.ts';
import { useLine } from '../line.tsx';
import { takeSeat } from '../take.ts';
import { type Periods, whenOf } from '../when.ts';
import { perSessionWords, whyNotWords } from '../words.ts';
import { Mark } from './Mark.tsx';

interface ClassRowProps {
  readonly turn: Turn | undefined;
  /** The family waits for its turn. */
  readonly inRoom: boolean;
  readonly wait: WaitShown | undefined;
  readonly mayJoin: boolean;
  readonly card: ClassCard;
  readonly periods: Periods;
  readonly opensAt: Instant;
  /** Whose turn it is on the waiting lists, where there are any: who joined first, or first the drawn order. */
  readonly waitingList: 'wait' | 'drawn' | undefined;
  /** Classes are wished for now, none is taken. */
  readonly wishing: boolean;
  /** What is marked is meant for the wishes, not for the basket. */
  readonly toWish: boolean;
  /** It is on the child's list. */
  readonly listed: boolean;
  /** Classes can be marked now. */
  readonly mayList: boolean;
  /** Another of the list at the same hour. */
  readonly meets: ClassCard | undefined;
  /** Shows the others that meet at the same time. */
  onOthers(): void;
  readonly windowId: Id<'window'>;
  readonly pupilId: Id<'pupil'>;
  onDetails(): void;
}

/** One class, rows of one height: nobody must open it to learn whether there is a seat. */
export function ClassRow(props: ClassRowProps) {
  const { card, turn, inRoom, windowId, pupilId, periods, opensAt, waitingList, wait, mayJoin, wishing, onDetails, onOthers } = props;
  const why = inRoom && card.notNow === 'not-open' ? opening('turn.chip') : whyNotWords(card);
  const [tries, setTries] = useState(0);
  const line = useLine({ card, windowId, pupilId, wait, mayJoin });
  const take = useAction(
    () =>
      takeSeat(
        { pupilId, windowId, offeringId: card.offeringId, ...(turn ? { turn: turn.token } : {}) },
        {
          storage: platform,
          take: api.selection.takeSeat,
          newId: () => newId('enrolment'),
          pause,
          again: setTries,
          nowMs: serverNowMs,
        },
      ),
    {
      done: t(card.feeFen === 0 ? 'parent.choose.free.done' : 'parent.choose.done'),
      refresh: [['selection'], ['messaging']],
      onDone: () => {
        setTries(0);
        platform.vibrate();
      },
      onFailed: (error) => {
        setTries(0);
        queryClient.invalidateQueries({ queryKey: ['selection'] }).catch(() => undefined);
        void refused(error, { opensAt, waitingList }, onOthers);
        return true;
      },
    },
  );
  const mine = card.enrolment?.status;
  // Clashes may be sorted out until it opens; another grade or a class that is called off never will be.
  const mayMark =
    props.mayList && mine === undefined && (card.notNow === undefined || card.notNow === 'not-open' || card.notNow === 'clash');
  // In a line of its own: with a long name beside a button it would leave neither room.
  const clash = card.notNow === 'clash' && mine === undefined && !line.action ? why : undefined;
  const small = [clash, keptWords(card)].filter((words) => words !== undefined);
  return (
    <View className="k-card p-class" id={`row-${card.offeringId}`}>
      <Tap label={`${card.courseName} ${t('parent.choose.details')}`} id={`details-${card.offeringId}`} onTap={onDetails}>
        <View className="k-row k-row--between p-class__title">
          <Text className="k-strong k-clip">{card.courseName}</Text>
          <Money fee fen={card.feeFen} className="k-strong" />
        </View>
        <View className="k-row k-row--between k-text-s k-muted">
          <Text className="k-clip">
            {whenOf(card.slots, periods, { brief: true })} · {card.instructorName}
          </Text>
          <Text className="k-number">{perSessionWords(card)}</Text>
        </View>
      </Tap>
      <View className="k-row k-row--between p-class__foot">
        {line.note || (props.listed && props.meets) ? (
          <View className="p-class__note k-text-xs k-muted">
            {line.note ?? basket('shortlist.meets', { name: props.meets?.courseName ?? '' })}
          </View>
        ) : (
          <View className="p-class__seats">
            <View className="p-class__meter">
              <SeatMeter taken={card.capacity - card.seatsLeft} capacity={card.capacity} />
            </View>
            {small.length > 0 ? <View className="p-class__small k-text-xs k-muted">{small.join(' · ')}</View> : null}
          </View>
        )}
        {mine === 'held' && card.enrolment?.offer ? (
          <StatusChip tone="attention" id={`kept-${card.offeringId}`}>
            {t('parent.wait.kept', { when: moment(card.enrolment.holdUntil) })}
          </StatusChip>
        ) : mine === 'held' || mine === 'taking' || mine === 'closing' ? (
          <StatusChip tone="attention">{t(card.enrolment?.feeFen === 0 ? 'parent.choose.held.free' : 'parent.choose.held')}</StatusChip>
        ) : mine === 'confirmed' ? (
          <StatusChip tone="primary">{t('parent.choose.confirmed')}</StatusChip>
        ) : line.action ? (
          line.action
        ) : mayMark && card.notNow === 'not-open' ? (
          <Mark {...props} />
        ) : clash ? (
          mayMark ? (
            <Mark {...props} brief />
          ) : null
        ) : why ? (
          <StatusChip tone="plain" icon="info">
            {why}
          </StatusChip>
        ) : wishing ? (
          <Button kind="tint" small id={`wish-${card.offeringId}`} onTap={() => go('parent/wishes', { windowId, add: card.offeringId })}>
            {lottery('lottery.wish')}
          </Button>
        ) : (
          <View className="k-row k-gap-1">
            {mayMark ? <Mark {...props} brief /> : null}
            <Button kind="primary" small id={`take-${card.offeringId}`} running={take.running} onTap={() => take.run(undefined)}>
              {take.running && tries > 0 ? opening('take.again', { count: tries }) : t('parent.choose.take')}
            </Button>
          </View>
        )}
      </View>
    </View>
  );
}

/** Places that the school still keeps, beside those that are left for all. */
function keptWords({ reserved = [] }: ClassCard): string | undefined {
  const kept = reserved.filter(({ left }) => left > 0);
  const count = kept.reduce((sum, { left }) => sum + left, 0);
  const purpose = kept[0]?.purpose;
  return purpose && t(kept.length > 1 ? 'parent.choose.kept.several' : 'parent.choose.kept', { count, purpose });
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Why it was refused, and what to do now. */
async function refused(
  error: unknown,
  { opensAt, waitingList }: Pick<ClassRowProps, 'opensAt' | 'waitingList'>,
  onOthers: () => void,
): Promise<void> {
  const failure = failureOf(error);
  if (failure.silent) return;
  const title = failure.message;
  if (failure.code === 'selection.full') {
    const content = t(waitingList ? `parent.choose.full.${waitingList}` : 'parent.choose.full.hint');
    const look = await platform.modal({ title, content, confirmText: t('parent.choose.full.others') });
    if (look) onOthers();
    return;
  }
  const clash = error instanceof ApiError ? error.body.details?.courseName : undefined;
  const content =
    failure.code === 'selection.clash' && typeof clash === 'string'
      ? t('parent.choose.clash.hint', { name: clash })
      : failure.code === 'selection.not_open'
        ? t('parent.choose.notOpen.hint', { when: moment(opensAt) })
        : failure.retryable
          ? t('parent.choose.retry.hint')
          : undefined;
  await platform.modal({ title, ...(content ? { content } : {}), acknowledgeOnly: true });
}
