/** One child's part of the basket: its classes in order, what speaks against each, what they cost together, and "all of them, or none". */
import type { Child } from '@kehou/shared/identity/person';
import { explain, isFailureCode } from '@kehou/shared/kernel/errors';
import type { BasketRefusal } from '@kehou/shared/selection/basket';
import type { WaitShown } from '@kehou/shared/selection/wait';
import type { ClassCard, ClassPage } from '@kehou/shared/selection/window';
import { Text, View } from '@tarojs/components';
import { serverNow } from '../../clock.ts';
import { Button } from '../../components/Button';
import { CheckRow } from '../../components/Choices.tsx';
import { Icon } from '../../components/Icon.tsx';
import { Money } from '../../components/Money.tsx';
import { StatusChip } from '../../components/StatusChip.tsx';
import { go } from '../../platform/navigation.ts';
import { chooseChild } from '../../session.ts';
import { t } from '../../texts/basket.ts';
import { language } from '../../texts/catalogue.ts';
import { t as common } from '../../texts/common.ts';
import { feeOf, linesOf, meetsOnList } from '../basket.ts';
import { useLine, useLines } from '../line.tsx';
import { useGivenPeriods } from '../periods.ts';
import { useShortlist } from '../shortlist.ts';
import { Tool } from '../Tool.tsx';
import { mayWait } from '../wait.ts';
import { type Periods, whenOf } from '../when.ts';
import { move } from '../wish-list.ts';
import { whyNotWords } from '../words.ts';

export interface ChildListProps {
  readonly child: Child;
  readonly page: ClassPage;
  /** The basket is being submitted. */
  readonly busy: boolean;
  refusalOf(offeringId: string): BasketRefusal | undefined;
}

export function ChildList({ child, page, busy, refusalOf }: ChildListProps) {
  const { pupilId, name, schoolId } = child;
  const { windowId } = page.window;
  const periods = useGivenPeriods(schoolId, page.periods);
  const waits = useLines(pupilId, page.window);
  const change = useShortlist(pupilId, windowId);
  const lines = linesOf(page);
  const taken = page.classes.filter(({ enrolment }) => enrolment && (enrolment.status === 'held' || enrolment.status === 'confirmed'));
  const allOrNothing = page.shortlist?.allOrNothing ?? false;
  const off = busy || change.running;
  const ids = lines.map(({ offeringId }) => offeringId);
  return (
    <View className="k-list" id={`basket-${pupilId}`}>
      <View className="k-list-row">
        <Icon name="child" className="k-primary" size={1.5} />
        <View className="k-grow k-strong">{name}</View>
        {lines.length > 0 ? <Text className="k-text-s k-muted k-number">{t('basket.child.count', { count: lines.length })}</Text> : null}
      </View>
      {taken.map((card) => (
        <Taken key={card.offeringId} card={card} periods={periods} />
      ))}
      {lines.map((card, index) => (
        <Line
          key={card.offeringId}
          card={card}
          page={page}
          child={child}
          rank={index + 1}
          periods={periods}
          earlier={meetsOnList(card, lines.slice(0, index))}
          allOrNothing={allOrNothing}
          refusal={refusalOf(card.offeringId)}
          wait={waits.get(card.offeringId)}
        >
          <Tool
            id={`up-${pupilId}-${card.offeringId}`}
            icon="up"
            label={t('basket.up', { name: card.courseName })}
            off={off || index === 0}
            onTap={() => change.run({ order: move(ids, card.offeringId, -1) as typeof ids })}
          />
          <Tool
            id={`down-${pupilId}-${card.offeringId}`}
            icon="down"
            label={t('basket.down', { name: card.courseName })}
            off={off || index === lines.length - 1}
            onTap={() => change.run({ order: move(ids, card.offeringId, 1) as typeof ids })}
          />
          <Tool
            id={`remove-${pupilId}-${card.offeringId}`}
            icon="close"
            label={t('basket.remove', { name: card.courseName })}
            off={off}
            onTap={() => change.run({ remove: [card.offeringId] })}
          />
        </Line>
      ))}
      {lines.length === 0 && taken.length === 0 ? (
        <View className="k-list-row">
          <View className="k-grow k-muted">{t('basket.child.empty', { name })}</View>
          <Button
            kind="tint"
            small
            id={`choose-for-${pupilId}`}
            onTap={() => {
              chooseChild(pupilId);
              go('parent/classes', { windowId });
            }}
          >
            {t('basket.child.add', { name })}
          </Button>
        </View>
      ) : null}
      {lines.length > 1 ? (
        <CheckRow
          id={`all-${pupilId}`}
          on={allOrNothing}
          disabled={off}
          label={t('basket.all')}
          hint={t('basket.all.hint', { name })}
          onChange={(on) => change.run({ allOrNothing: on })}
        />
      ) : null}
      {lines.length > 0 ? (
        <View className="k-list-row">
          <View className="k-grow k-muted">{t('basket.child.sum', { name })}</View>
          <Money fee fen={feeOf(lines)} className="k-strong" id={`sum-${pupilId}`} />
        </View>
      ) : null}
    </View>
  );
}

/** What the child has already of this window. */
function Taken({ card, periods }: { readonly card: ClassCard; readonly periods: Periods }) {
  const held = card.enrolment?.status === 'held';
  return (
    <View className="k-list-row" id={`taken-${card.enrolment?.enrolmentId}`}>
      <View className="k-grow">
        <View className="k-strong">{card.courseName}</View>
        <View className="k-text-s k-muted">
          {whenOf(card.slots, periods, { brief: true })} · {card.instructorName}
        </View>
      </View>
      <StatusChip tone={held ? 'attention' : 'primary'}>{t(held ? 'basket.held' : 'basket.confirmed')}</StatusChip>
    </View>
  );
}

interface LineProps {
  readonly card: ClassCard;
  readonly page: ClassPage;
  readonly child: Child;
  readonly rank: number;
  readonly periods: Periods;
  /** What stands before it at the same hour. */
  readonly earlier: ClassCard | undefined;
  readonly allOrNothing: boolean;
  readonly refusal: BasketRefusal | undefined;
  readonly wait: WaitShown | undefined;
  /** Up, down, away. */
  readonly children: React.ReactNode;
}

function Line({ card, page, child, rank, periods, earlier, allOrNothing, refusal, wait, children }: LineProps) {
  const { offeringId } = card;
  const mayJoin = mayWait({ now: serverNow(), window: page.window, grade: child.grade, card });
  const line = useLine({ card, windowId: page.window.windowId, pupilId: child.pupilId, wait, mayJoin });
  const problem = refusal ? refusalWords(refusal) : problemWords(card, earlier, allOrNothing);
  return (
    <View className="k-list-row p-basket-line" id={`line-${child.pupilId}-${offeringId}`}>
      <View className="k-row">
        <Text className="k-rank k-number">{rank}</Text>
        <View className="k-grow">
          <View className="k-row k-row--between">
            <Text className="k-strong k-clip">{card.courseName}</Text>
            <Money fee fen={card.feeFen} />
          </View>
          <View className="k-text-s k-muted k-clip">
            {whenOf(card.slots, periods, { brief: true })} · {card.instructorName}
          </View>
        </View>
      </View>
      {problem ? (
        <View className={`k-row k-row--top k-text-s ${refusal ? 'k-danger' : 'k-attention'}`} id={`why-${child.pupilId}-${offeringId}`}>
          <Icon name="alert" size={1.1} />
          <View className="k-grow">{problem}</View>
        </View>
      ) : null}
      <View className="k-row k-row--between">
        <View className="k-row k-row--wrap">
          <Text className="k-text-s k-muted k-number">
            {card.seatsLeft > 0 ? t('basket.seats', { count: card.seatsLeft }) : t('basket.full')}
          </Text>
          {line.action}
        </View>
        <View className="p-tools">{children}</View>
      </View>
    </View>
  );
}

/** What speaks against a line beforehand. */
function problemWords(card: ClassCard, earlier: ClassCard | undefined, allOrNothing: boolean): string | undefined {
  if (card.clashesWith) return t('basket.clash', { name: card.clashesWith });
  if (earlier) return t(allOrNothing ? 'basket.meets.all' : 'basket.meets', { name: earlier.courseName });
  if (card.notNow === 'full' && allOrNothing) return t('basket.full.all');
  return card.notNow === 'not-open' || card.notNow === 'full' ? undefined : whyNotWords(card);
}

/** Why a line was not taken. */
function refusalWords({ code, details }: BasketRefusal): string {
  const name = typeof details?.courseName === 'string' ? details.courseName : undefined;
  if (name && code === 'selection.not_all') return t('basket.why.not_all', { name });
  if (name && code === 'selection.clash') return t('basket.why.clash', { name });
  return t('basket.why', { why: isFailureCode(code) ? explain(code, language()) : common('error.unexpected') });
}
