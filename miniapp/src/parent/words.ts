/** States as parents read them. */
import type { ChildSession } from '@kehou/shared/attendance/attendance';
import type { Order, OrderStatus } from '@kehou/shared/billing/order';
import type { Refund, RefundStatus } from '@kehou/shared/billing/refund';
import { formatFen } from '@kehou/shared/kernel/fen';
import { timeOfDay } from '@kehou/shared/kernel/time';
import type { HeldBack } from '@kehou/shared/offering/offering';
import type { ClassCard } from '@kehou/shared/selection/window';
import { moment } from '../components/format.ts';
import type { Tone } from '../components/StatusChip.tsx';
import { t } from '../texts/parent.ts';
import { gradesOf } from './when.ts';

/** Why not, in words that say what stands in the way. */
export function whyNotWords(card: ClassCard): string | undefined {
  switch (card.notNow) {
    case undefined:
      return undefined;
    case 'grade':
      return t('parent.why.grade', { grades: gradesOf(card.grades) });
    case 'clash':
      return t('parent.why.clash', { name: card.clashesWith ?? '' });
    default:
      return t(`parent.why.${card.notNow}`);
  }
}

/** Too few are in a class: until when one may move, and where the school suggests. */
export function heldBackWords({ until, into }: HeldBack): string {
  return t(into ? 'parent.move.heldBack.into' : 'parent.move.heldBack', { when: moment(until), name: into?.courseName ?? '' });
}

/** What a class costs each time, and how often it meets; of a free one only that. */
export function perSessionWords({
  feeFen,
  feePerSessionFen,
  sessionCount,
}: Pick<ClassCard, 'feeFen' | 'feePerSessionFen' | 'sessionCount'>) {
  return feeFen === 0
    ? t('parent.choose.sessions', { count: sessionCount })
    : t('parent.choose.perSession', { price: formatFen(feePerSessionFen), count: sessionCount });
}

/** How a child's session stands, for a chip. */
export function presenceOf(session: ChildSession): { readonly tone: Tone; readonly words: string } {
  if (session.status === 'cancelled') return { tone: 'attention', words: t('parent.cancelled') };
  if (session.presence === 'present') {
    return { tone: 'primary', words: t('parent.arrived', { time: session.arrivedAt ? timeOfDay(session.arrivedAt) : '' }) };
  }
  if (session.presence === 'absent') return { tone: 'danger', words: t('parent.absent') };
  if (session.presence === 'leave' || session.leaveId) return { tone: 'information', words: t('parent.onLeave') };
  return session.signedIn ? { tone: 'primary', words: t('parent.teacherIn') } : { tone: 'plain', words: t('parent.notYet') };
}

const orderTones: Readonly<Record<OrderStatus, Tone>> = { pending: 'attention', closing: 'plain', paid: 'primary', closed: 'plain' };

/** How an order stands: one whose money has all gone back is not "paid" to anybody who looks. */
export function orderState({ status, totalFen, refundedFen, lines }: Pick<Order, 'status' | 'totalFen' | 'refundedFen' | 'lines'>): {
  readonly tone: Tone;
  readonly words: string;
} {
  if (status === 'paid' && totalFen > 0 && refundedFen >= totalFen) return { tone: 'plain', words: t('parent.order.allRefunded') };
  // Nothing was to be paid; a move that costs nothing more was paid for before.
  const isFree = totalFen === 0 && lines.every(({ moved }) => moved === undefined);
  const words =
    isFree && (status === 'pending' || status === 'paid') ? (`parent.order.${status}.free` as const) : (`parent.order.${status}` as const);
  return { tone: orderTones[status], words: t(words) };
}

const refundTones: Readonly<Record<RefundStatus, Tone>> = {
  requested: 'information',
  approving: 'attention',
  approved: 'information',
  sending: 'information',
  attention: 'attention',
  succeeded: 'primary',
  refused: 'danger',
};
export const refundState = (refund: Refund) => ({ tone: refundTones[refund.status], words: t(`parent.refund.is.${refund.status}`) });
