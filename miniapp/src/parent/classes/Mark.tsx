import type { Id } from '@kehou/shared/kernel/id';
import type { ClassCard } from '@kehou/shared/selection/window';
import { Button } from '../../components/Button';
import { t as basket } from '../../texts/basket.ts';
import { t as lottery } from '../../texts/lottery.ts';
import { useShortlist } from '../shortlist.ts';

export interface MarkProps {
  readonly card: Pick<ClassCard, 'offeringId' | 'courseName'>;
  readonly pupilId: Id<'pupil'>;
  readonly windowId: Id<'window'>;
  /** It is on the child's list. */
  readonly listed: boolean;
  /** Beside the button that takes a seat at once: smaller than that. */
  readonly brief?: boolean;
  /** For the wishes that are to be ranked later, rather than for the basket. */
  readonly toWish?: boolean;
}

/** Onto the child's list and off it, with one tap. */
export function Mark({ card: { offeringId, courseName }, pupilId, windowId, listed, brief, toWish = false }: MarkProps) {
  const change = useShortlist(pupilId, windowId);
  return (
    <Button
      kind={listed || brief ? 'text' : 'tint'}
      small
      icon={listed ? 'check' : 'plus'}
      id={`mark-${offeringId}`}
      label={
        toWish
          ? lottery(listed ? 'mark.remove.label' : 'mark.add.label', { name: courseName })
          : basket(listed ? 'shortlist.remove.label' : 'shortlist.add.label', { name: courseName })
      }
      running={change.running}
      onTap={() => change.run(listed ? { remove: [offeringId] } : { add: offeringId })}
    >
      {toWish ? lottery(listed ? 'mark.in' : 'mark.add') : basket(listed ? 'shortlist.in' : brief ? 'shortlist.brief' : 'shortlist.add')}
    </Button>
  );
}
