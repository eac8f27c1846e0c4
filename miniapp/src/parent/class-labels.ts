/** What a class is called where it stands alone: its name, and more of it where another class of the window has the same. */
import type { ClassCard } from '@kehou/shared/selection/window';
import { t } from '../texts/lottery.ts';
import { type Periods, whenOf } from './when.ts';

type Named = Pick<ClassCard, 'offeringId' | 'courseName' | 'slots' | 'instructorName'>;

/** By offering: `陶艺`; of two of that name `口琴（周三 16:30）`; of two at one hour `口琴（周三 16:30，王小明）`. */
export function labelsOf(classes: readonly Named[], periods: Periods): ReadonlyMap<string, string> {
  const when = (one: Named) => whenOf(one.slots, periods, { brief: true });
  return new Map(
    classes.map((one) => {
      const others = classes.filter(({ offeringId, courseName }) => offeringId !== one.offeringId && courseName === one.courseName);
      if (others.length === 0) return [one.offeringId, one.courseName];
      const same = others.some((other) => when(other) === when(one));
      const detail = same ? [when(one), one.instructorName].join(t('lottery.label.join')) : when(one);
      return [one.offeringId, t('lottery.label', { name: one.courseName, detail })];
    }),
  );
}

/** What a class is called; as its record calls it where the window's classes are not known, or not yet. */
export type NameOf = (offeringId: string, otherwise: string) => string;
