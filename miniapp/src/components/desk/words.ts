/** States in a word and a tone, the same on every desk. */

import type { Refund } from '@kehou/shared/billing/refund';
import { addDays, type ChinaDate, chinaDate } from '@kehou/shared/kernel/time';
import type { Admission } from '@kehou/shared/library/library';
import { isHeldBack, type Offering, type Slot } from '@kehou/shared/offering/offering';
import type { PayoutRun, Statement } from '@kehou/shared/payout/payout';
import type { Window } from '@kehou/shared/selection/window';
import { serverNow } from '../../clock.ts';
import { t } from '../../texts/desks.ts';
import { weekdayName } from '../format.ts';
import type { Tone } from '../StatusChip.tsx';

export interface State {
  readonly tone: Tone;
  readonly words: string;
}

const refundTones: Record<Refund['status'], Tone> = {
  requested: 'information',
  approving: 'attention',
  approved: 'information',
  sending: 'information',
  attention: 'danger',
  succeeded: 'primary',
  refused: 'plain',
};
export const refundState = (status: Refund['status']): State => ({ tone: refundTones[status], words: t(`refund.${status}`) });

const payoutTones: Record<PayoutRun['status'], Tone> = {
  counting: 'information',
  approving: 'attention',
  paying: 'information',
  blocked: 'danger',
  done: 'primary',
  refused: 'danger',
};
/** A step that fails whatever is tried comes first: the status says only where. */
export const payoutState = ({ status, stuckAt }: Pick<PayoutRun, 'status' | 'stuckAt'>): State =>
  stuckAt ? { tone: 'danger', words: t('payout.status.stuck') } : { tone: payoutTones[status], words: t(`payout.status.${status}`) };

const statementTones: Record<Statement['status'], Tone> = {
  counting: 'information',
  frozen: 'attention',
  approved: 'information',
  sent: 'information',
  paid: 'primary',
  rejected: 'danger',
};
export const statementState = (status: Statement['status']): State => ({
  tone: statementTones[status],
  words: t(`payout.statement.${status}`),
});

const windowTones: Record<Window['status'], Tone> = {
  draft: 'plain',
  published: 'information',
  open: 'primary',
  closed: 'attention',
  settled: 'plain',
  withdrawn: 'plain',
};
export const windowState = (status: Window['status']): State => ({ tone: windowTones[status], words: t(`window.${status}`) });

const offeringTones: Record<Offering['status'], Tone> = {
  draft: 'plain',
  published: 'information',
  running: 'primary',
  cancelled: 'danger',
  ended: 'plain',
};
/** A class that is held back says so: somebody has to decide. */
export function offeringState(offering: Pick<Offering, 'status' | 'heldBack'>): State {
  const { status } = offering;
  if (isHeldBack(offering, serverNow())) return { tone: 'attention', words: t('offering.heldBack') };
  return { tone: offeringTones[status], words: t(`offering.${status}`) };
}

/** An admission that ends within so many days is worth a word before it does. */
const SOON_DAYS = 60;

export function admissionState(admission: Pick<Admission, 'status' | 'validUntil'>, today: ChinaDate = chinaDate(serverNow())): State {
  if (admission.status === 'withdrawn') return { tone: 'plain', words: t('admission.withdrawn') };
  if (admission.status === 'suspended') return { tone: 'danger', words: t('admission.suspended') };
  if (today > admission.validUntil) return { tone: 'danger', words: t('admission.expired') };
  if (admission.validUntil <= addDays(today, SOON_DAYS)) return { tone: 'attention', words: t('admission.soon') };
  return { tone: 'primary', words: t('admission.admitted') };
}

/** `周一 第1节、周三 第2节`. */
export const slotsText = (slots: readonly Slot[]): string =>
  [...slots]
    .sort((a, b) => a.weekday - b.weekday || a.period - b.period)
    .map((slot) => `${weekdayName(slot.weekday)} ${t('desks.period', { period: slot.period })}`)
    .join(t('desks.and'));

/** `1–3 年级`, `2 年级`; grades with gaps one by one. */
export function gradesText(grades: readonly number[]): string {
  const sorted = [...grades].sort((a, b) => a - b);
  const from = sorted[0];
  const to = sorted.at(-1);
  if (from === undefined || to === undefined) return '';
  if (from === to) return t('desks.grade', { grade: from });
  return to - from === sorted.length - 1 ? t('desks.grades', { from, to }) : t('desks.grade', { grade: sorted.join(t('desks.and')) });
}
