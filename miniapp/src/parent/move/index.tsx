/** Moving to another class in the trial period: what is left of the old one, the classes that fit with the difference, and the rule before the button. */
import { countMove, type MoveOption, type MoveStart } from '@kehou/shared/billing/move';
import { formatFen } from '@kehou/shared/kernel/fen';
import { Id, newId } from '@kehou/shared/kernel/id';
import { Text, View } from '@tarojs/components';
import { useRef, useState } from 'react';
import * as z from 'zod';
import { api } from '../../api.ts';
import { AppShell } from '../../components/AppShell.tsx';
import { Button } from '../../components/Button';
import { CheckRow } from '../../components/Choices.tsx';
import { day, moment, nearDay } from '../../components/format.ts';
import { useRequiredMe } from '../../components/Gate.tsx';
import { Icon } from '../../components/Icon.tsx';
import { Empty, ListState } from '../../components/ListState.tsx';
import { Money } from '../../components/Money.tsx';
import { Sheet } from '../../components/Sheet.tsx';
import { StatusChip } from '../../components/StatusChip.tsx';
import { Tap } from '../../components/Tap';
import { failureOf } from '../../failure.ts';
import { platform } from '../../platform/current';
import { replace, useQuery } from '../../platform/navigation.ts';
import { useAction, useCallPages } from '../../queries.ts';
import { t } from '../../texts/parent.ts';
import { usePeriods } from '../periods.ts';
import { type Periods, whenOf } from '../when.ts';
import { heldBackWords } from '../words.ts';

const Query = z.object({ pupilId: Id('pupil'), enrolmentId: Id('enrolment'), name: z.string().max(60).optional() });
type Asked = z.output<typeof Query>;

export default function ParentMove() {
  const query = useQuery(Query);
  return (
    <AppShell access="parent" title={t('parent.move.title')}>
      <View className="k-stack">{query ? <Options {...query} /> : <Empty icon="alert" text={t('parent.orders.none')} />}</View>
    </AppShell>
  );
}

function Options({ pupilId, enrolmentId, name }: Asked) {
  const pages = useCallPages('billing', 'listMoves', { pupilId, enrolmentId, limit: 100 });
  const schoolId = useRequiredMe().children.find((child) => child.pupilId === pupilId)?.schoolId ?? '';
  const periods = usePeriods(schoolId, pages.items);
  const [chosen, setChosen] = useState<MoveOption>();
  const from = pages.data?.pages[0]?.from as MoveStart | undefined;
  return (
    <ListState
      of={pages}
      skeletonRows={3}
      skeletonHeight={120}
      hasMore={pages.hasMore}
      loadingMore={pages.isFetchingNextPage}
      onMore={pages.more}
    >
      {from ? (
        <>
          <View className="k-card k-column" id="move-from">
            <Text className="k-muted">{t('parent.move.from', { name: from.courseName || (name ?? '') })}</Text>
            <Money fen={from.creditFen} size="xl" className="k-strong" id="move-credit" />
            <Text className="k-text-s k-muted">
              {t(from.materialFen > 0 ? 'parent.move.credit.pack' : 'parent.move.credit', {
                left: from.sessionsLeft,
                all: from.sessionCount,
                fee: formatFen(from.feeFen),
                pack: formatFen(from.materialFen),
              })}
            </Text>
          </View>
          <View className={`k-notice${from.heldBack ? ' k-notice--attention' : ''}`} id="move-rule">
            <Icon name={from.heldBack ? 'alert' : 'info'} />
            <View>
              {from.heldBack
                ? heldBackWords(from.heldBack)
                : from.endsOn
                  ? t('parent.move.until', { day: nearDay(from.endsOn) })
                  : t('parent.move.untilDated')}
              <View className="k-text-s">{t('parent.move.rule')}</View>
            </View>
          </View>
          <View className="k-section-title">{t('parent.move.options')}</View>
          {pages.items.length === 0 && !pages.hasMore ? (
            <Empty icon="book" text={t('parent.move.none')} hint={t('parent.move.none.hint')} />
          ) : (
            suggestedFirst(pages.items, from).map((option) => (
              <Option key={option.offeringId} option={option} from={from} periods={periods} onTap={() => setChosen(option)} />
            ))
          )}
          {chosen ? (
            <Confirm
              key={chosen.offeringId}
              asked={{ pupilId, enrolmentId }}
              from={from}
              option={chosen}
              onChanged={() => void pages.refetch()}
              onClose={() => setChosen(undefined)}
            />
          ) : null}
        </>
      ) : null}
    </ListState>
  );
}

/** What the school suggests comes first, and last what may not run itself. */
function suggestedFirst(options: readonly MoveOption[], { heldBack }: MoveStart): readonly MoveOption[] {
  const rank = ({ offeringId, heldBackUntil }: MoveOption) =>
    offeringId === heldBack?.into?.offeringId ? 0 : heldBackUntil === undefined ? 1 : 2;
  return [...options].sort((one, other) => rank(one) - rank(other));
}

interface OptionProps {
  readonly option: MoveOption;
  readonly from: MoveStart;
  readonly periods: Periods;
  onTap(): void;
}

function Option({ option, from, periods, onTap }: OptionProps) {
  const { differenceFen } = countMove({ creditFen: from.creditFen, feeFen: option.feeFen, packFen: 0 });
  return (
    <Tap className="k-card k-card--tap k-column" id={`move-to-${option.offeringId}`} onTap={onTap}>
      <View className="k-row k-row--between k-row--top">
        <View className="k-grow">
          <View className="k-row k-row--wrap">
            <Text className="k-strong">{option.courseName}</Text>
            {option.offeringId === from.heldBack?.into?.offeringId ? (
              <StatusChip tone="attention">{t('parent.move.suggested')}</StatusChip>
            ) : null}
          </View>
          <View className="k-text-s k-muted">
            {whenOf(option.slots, periods)} · {option.roomName} · {option.instructorName}
          </View>
        </View>
        <Text className="k-strong k-number">{differenceWords(differenceFen)}</Text>
      </View>
      {option.heldBackUntil ? (
        <View className="k-text-s k-attention">{t('parent.move.unsure', { when: moment(option.heldBackUntil) })}</View>
      ) : null}
      <View className="k-text-s k-muted k-number">
        {t('parent.move.option', { count: option.sessionsToCome, day: day(option.firstSessionDate), seats: option.seatsLeft })}
      </View>
    </Tap>
  );
}

function differenceWords(differenceFen: number): string {
  if (differenceFen === 0) return t('parent.move.even');
  return differenceFen > 0
    ? t('parent.move.due', { sum: formatFen(differenceFen) })
    : t('parent.move.back', { sum: formatFen(-differenceFen) });
}

interface ConfirmProps {
  readonly asked: Pick<Asked, 'pupilId' | 'enrolmentId'>;
  readonly from: MoveStart;
  readonly option: MoveOption;
  onChanged(): void;
  onClose(): void;
}

function Confirm({ asked, from, option, onChanged, onClose }: ConfirmProps) {
  const [withMaterialPack, setWithPack] = useState(false);
  const pack = option.materialPack;
  const packFen = withMaterialPack ? (pack?.priceFen ?? 0) : 0;
  const sums = countMove({ creditFen: from.creditFen, feeFen: option.feeFen, packFen });
  // The same choice is the same move: a try that broke off is gone on with, not begun again.
  const ids = useRef(new Map<string, Id<'enrolment'>>());
  const start = useAction(
    () => {
      const choice = `${withMaterialPack} ${sums.differenceFen}`;
      const newEnrolmentId = ids.current.get(choice) ?? newId('enrolment');
      ids.current.set(choice, newEnrolmentId);
      const { offeringId } = option;
      return api.billing.startMove({ ...asked, newEnrolmentId, offeringId, withMaterialPack, differenceFen: sums.differenceFen });
    },
    {
      done: ({ status }) => t(status === 'confirmed' ? 'parent.move.done' : 'parent.move.held'),
      // Not the list itself: there is nothing to be moved from here any more, and the page goes on to another.
      refresh: [
        ['billing', 'getOrder'],
        ['billing', 'listChildOrders'],
        ['billing', 'listChildRefunds'],
        ['selection'],
        ['messaging'],
        ['attendance'],
      ],
      onDone: ({ status, orderId }) => {
        if (status === 'held') replace('parent/pay');
        else if (orderId) replace('parent/order', { orderId });
      },
      onFailed: (error) => {
        ids.current.clear();
        onChanged();
        if (failureOf(error).code !== 'move.difference_changed') return false;
        void platform.modal({ title: failureOf(error).message, acknowledgeOnly: true });
        onClose();
        return true;
      },
    },
  );
  return (
    <Sheet
      open
      id="move-sheet"
      title={t('parent.move.ask', { from: from.courseName, to: option.courseName })}
      onClose={onClose}
      footer={
        <Button kind="primary" block id="move-confirm" running={start.running} onTap={() => void start.run(undefined)}>
          {sums.dueFen > 0 ? t('parent.move.confirm.due', { sum: formatFen(sums.dueFen) }) : t('parent.move.confirm')}
        </Button>
      }
    >
      <View className="k-column">
        <View className="k-row k-row--between">
          <Text className="k-text-s k-muted">
            {t('parent.move.price', { count: option.sessionsToCome, price: formatFen(option.feePerSessionFen) })}
          </Text>
          <Money fen={option.feeFen} />
        </View>
        {pack ? (
          <CheckRow
            id="move-pack"
            on={withMaterialPack}
            disabled={start.running}
            label={t('parent.pay.pack', { name: pack.name })}
            hint={t('parent.pay.pack.hint')}
            onChange={setWithPack}
          >
            <Money fen={pack.priceFen} />
          </CheckRow>
        ) : null}
        <View className="k-row k-row--between">
          <Text className="k-text-s k-muted">{t('parent.move.left', { name: from.courseName })}</Text>
          <Money fen={-from.creditFen} />
        </View>
        <View className="k-divider" />
        <View className="k-row k-row--between">
          <Text className="k-strong">
            {t(sums.dueFen > 0 ? 'parent.move.sum.due' : sums.backFen > 0 ? 'parent.move.sum.back' : 'parent.move.sum.even')}
          </Text>
          <Money fen={sums.dueFen + sums.backFen} size="l" className="k-strong" id="move-difference" />
        </View>
        <View className="k-notice">
          <Icon name="info" />
          <View>{t(sums.dueFen > 0 ? 'parent.move.then.due' : sums.backFen > 0 ? 'parent.move.then.back' : 'parent.move.then.even')}</View>
        </View>
      </View>
    </Sheet>
  );
}
