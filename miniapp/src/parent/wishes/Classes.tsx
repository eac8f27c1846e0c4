/** What a child may wish for, each class with its button. */
import { CHOICES_MAX } from '@kehou/shared/selection/lottery';
import { findClash } from '@kehou/shared/selection/rules';
import type { ClassCard, ClassPage } from '@kehou/shared/selection/window';
import { View } from '@tarojs/components';
import { Button } from '../../components/Button';
import { useRequiredChild } from '../../components/Gate.tsx';
import { Icon } from '../../components/Icon.tsx';
import { Empty } from '../../components/ListState.tsx';
import { feeWords } from '../../components/Money.tsx';
import { StatusChip } from '../../components/StatusChip.tsx';
import { t } from '../../texts/lottery.ts';
import { type Periods, whenOf } from '../when.ts';
import type { Wishes } from '../wish-list.ts';

/** Of the child's grade, and not called off. */
export const isOffered = ({ status, grades }: ClassCard, grade: number): boolean => status !== 'cancelled' && grades.includes(grade);

interface ClassesProps extends Pick<ClassPage, 'classes' | 'busy'> {
  readonly periods: Periods;
  readonly wishes: Wishes;
  onAdd(offeringId: string): void;
}

/** What the child may wish for: of its grade, not called off. What its week already holds is shown, and cannot be added. */
export function Classes({ classes, busy, periods, wishes, onAdd }: ClassesProps) {
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
