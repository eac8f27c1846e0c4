import { DomainError } from '@kehou/shared/kernel/errors';
import { addDays, type ChinaDate } from '@kehou/shared/kernel/time';

/** Days that one list of sessions may span. */
export const DAYS_MAX = 14;

/** Refuses a span that ends before it begins, or is too long. */
export function checkSpan(from: ChinaDate, to: ChinaDate, daysMax = DAYS_MAX): void {
  if (to < from || to > addDays(from, daysMax - 1)) {
    throw new DomainError('request.invalid', { fields: [{ path: 'to', message: `at most ${daysMax} days from \`from\`` }] });
  }
}
