/** A full class's waiting list on its row: joining and leaving with one tap, and the place in line. */
import { type Id, newId } from '@kehou/shared/kernel/id';
import type { WaitShown } from '@kehou/shared/selection/wait';
import type { ClassCard, ClassPage } from '@kehou/shared/selection/window';
import { View } from '@tarojs/components';
import { useEffect, useRef, useState } from 'react';
import { api } from '../api.ts';
import { Button } from '../components/Button';
import { Icon } from '../components/Icon.tsx';
import { StatusChip } from '../components/StatusChip.tsx';
import { waitingRule } from '../components/waiting-rule.ts';
import { platform } from '../platform/current';
import { queryClient, useAction, useCall } from '../queries.ts';
import { t } from '../texts/parent.ts';
import { joinList, placeWords } from './wait.ts';

/** As often as the seats while the child is in line; otherwise only the other guardian can change it. */
const IN_LINE_MS = 4_000;
const CALM_MS = 15_000;

/** The child's places in line, by class. */
export function useLines(pupilId: Id<'pupil'>, window: ClassPage['window'] | undefined): ReadonlyMap<string, WaitShown> {
  const count = useRef(0);
  const [inLine, setInLine] = useState(false);
  const waits = useCall(
    'selection',
    'listChildWaits',
    { pupilId },
    { everyMs: inLine ? IN_LINE_MS : CALM_MS, enabled: window?.waitingList !== undefined },
  );
  const items = waits.data?.items;
  useEffect(() => {
    const now = items?.length ?? 0;
    // It was the child's turn, or the other guardian left: the classes and the seats to pay for have something new.
    if (now < count.current) readAgain();
    count.current = now;
    setInLine(now > 0);
  }, [items]);
  return new Map((items ?? []).map((wait) => [wait.offeringId, wait]));
}

export interface LineProps {
  readonly card: ClassCard;
  readonly windowId: Id<'window'>;
  readonly pupilId: Id<'pupil'>;
  readonly wait: WaitShown | undefined;
  readonly mayJoin: boolean;
}

const touched = [['selection'], ['messaging']] as const;

function readAgain(): void {
  for (const queryKey of touched) queryClient.invalidateQueries({ queryKey: [...queryKey] }).catch(() => undefined);
}

/** What the row says of the list, at its left where the seats stand otherwise, and at its right what can be done. */
export function useLine({ card, windowId, pupilId, wait, mayJoin }: LineProps) {
  const { offeringId } = card;
  const id = useRef(newId('wait'));
  const [left, setLeft] = useState(false);
  const again = () => {
    readAgain();
    return false;
  };
  const join = useAction(
    () => joinList({ pupilId, offeringId, windowId }, { join: api.selection.joinWaitingList, newId: () => newId('wait'), id }),
    {
      done: (result) => (result.status === 'waiting' ? t('parent.wait.joined', { place: placeWords(result) }) : t('parent.wait.turn')),
      refresh: touched,
      onDone: () => {
        setLeft(false);
        platform.vibrate();
      },
      onFailed: again,
    },
  );
  const leave = useAction(() => api.selection.leaveWaitingList({ pupilId, offeringId }), {
    done: ({ status }) => t(status === 'offered' ? 'parent.wait.turn' : 'parent.wait.left'),
    refresh: touched,
    onDone: ({ status }) => setLeft(status === 'left'),
    onFailed: again,
  });
  const note =
    wait === undefined && !mayJoin
      ? undefined
      : wait === undefined && left
        ? t('parent.wait.left')
        : card.clashesWith
          ? t('parent.wait.clash', { name: card.clashesWith })
          : undefined;
  const action = wait ? (
    <View className="k-row k-gap-1">
      <StatusChip tone="information" id={`place-${offeringId}`}>
        {placeWords(wait)}
      </StatusChip>
      <Button kind="text" small id={`leave-${offeringId}`} running={leave.running} onTap={() => leave.run(undefined)}>
        {t('parent.wait.leave')}
      </Button>
    </View>
  ) : mayJoin ? (
    <Button kind="tint" small id={`wait-${offeringId}`} running={join.running} onTap={() => join.run(undefined)}>
      {t('parent.wait.join')}
    </Button>
  ) : undefined;
  return { note, action };
}

export function LineRule({ window }: { readonly window: ClassPage['window'] }) {
  const rule = waitingRule(window);
  if (!rule) return null;
  return (
    <View className="k-row k-row--top k-text-s k-muted" id="waiting-rule">
      <Icon name="info" size={1.1} />
      <View className="k-grow">{rule}</View>
    </View>
  );
}
