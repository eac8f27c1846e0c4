import type { FailureCode } from '../kernel/errors.ts';
import { SchoolSettings } from './school.ts';

/** What holds at a school that has not changed anything. */
export const defaultSettings: SchoolSettings = SchoolSettings.parse({
  periods: [
    { period: 1, name: '第一节', startsAt: '16:30', endsAt: '17:20' },
    { period: 2, name: '第二节', startsAt: '17:25', endsAt: '18:15' },
    { period: 3, name: '周末上午', startsAt: '09:00', endsAt: '10:30' },
  ],
  refundApproval: { when: 'after-first-session', chain: ['school'], timeLimitHours: 48 },
  payoutApproval: ['school', 'operator'],
  signInOpensMinutes: 30,
  lateAfterMinutes: 5,
});

/**
 * What is wrong with settings that are well-formed: periods that share a number or an hour (a room's and a pupil's
 * slots are told apart by the period alone), a party that would approve twice, or a payout that a school would decide alone.
 */
export function settingsFault(settings: SchoolSettings): FailureCode | undefined {
  const { periods } = settings;
  if (new Set(periods.map(({ period }) => period)).size < periods.length) return 'settings.wrong_periods';
  const byStart = [...periods].sort((a, b) => (a.startsAt < b.startsAt ? -1 : 1));
  for (const [index, period] of byStart.entries()) {
    const next = byStart[index + 1];
    if (period.endsAt <= period.startsAt || (next && next.startsAt < period.endsAt)) return 'settings.wrong_periods';
  }
  for (const chain of [settings.refundApproval.chain, settings.payoutApproval]) {
    if (new Set(chain).size < chain.length) return 'settings.wrong_chain';
  }
  return isPayoutChain(settings.payoutApproval) ? undefined : 'settings.payout_chain';
}

/** Money of parents leaves by two hands: the school begins, and somebody who is not the school agrees (H4). */
export function isPayoutChain(chain: SchoolSettings['payoutApproval']): boolean {
  return chain[0] === 'school' && chain.some((party) => party !== 'school');
}

/** The chain that a payout goes by: what was kept before that rule was there, and breaks it, counts as the default. */
export function payoutChainOf({ payoutApproval }: Pick<SchoolSettings, 'payoutApproval'>): SchoolSettings['payoutApproval'] {
  return isPayoutChain(payoutApproval) ? payoutApproval : defaultSettings.payoutApproval;
}
