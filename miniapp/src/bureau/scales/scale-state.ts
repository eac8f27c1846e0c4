import type { ChinaDate } from '@kehou/shared/kernel/time';
import type { Scale } from '@kehou/shared/school/school';

type Dated = Pick<Scale, 'scaleId' | 'validFrom' | 'validUntil'>;

/** As the server looks through them: by the day, then by the id. */
const order = ({ validFrom, scaleId }: Dated) => `${validFrom}#${scaleId}`;

/** Of all scales of a bureau the latest that has begun and not run out is the one in force; what it replaced is over. */
export function scaleState(scale: Dated, all: readonly Dated[], today: ChinaDate): 'now' | 'coming' | 'over' {
  if (scale.validFrom > today) return 'coming';
  const runs = (one: Dated) => one.validFrom <= today && (one.validUntil === undefined || today <= one.validUntil);
  if (!runs(scale)) return 'over';
  return all.some((one) => runs(one) && order(one) > order(scale)) ? 'over' : 'now';
}
