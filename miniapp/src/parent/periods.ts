/**
 * At what hours a school's periods are. Enrolments and class cards name a period by its number. The class page brings the
 * hours and they are kept on the phone; where it was never opened, a class's dated sessions tell them, once a period.
 */

import type { ClassCard, ClassPage } from '@kehou/shared/selection/window';
import { useEffect, useMemo } from 'react';
import * as z from 'zod';
import { platform } from '../platform/current';
import { labelsOf, type NameOf } from './class-labels.ts';
import { useClasses } from './reads.ts';
import { hoursOf, type PeriodHours, type Periods, type Timed, whomToAsk } from './when.ts';

const Hours = z.object({ startsAt: z.string(), endsAt: z.string() });

const Kept = z.record(z.string(), Hours);
const keyOf = (schoolId: string) => `periods.${schoolId}`;

/** What the class page says: newer than whatever was kept. */
export function useGivenPeriods(schoolId: string, given: readonly (PeriodHours & { readonly period: number })[] | undefined): Periods {
  const periods = useMemo(() => new Map((given ?? []).map(({ period, startsAt, endsAt }) => [period, { startsAt, endsAt }])), [given]);
  useEffect(() => {
    if (periods.size > 0) platform.storageSet(keyOf(schoolId), JSON.stringify(Object.fromEntries(periods)));
  }, [periods, schoolId]);
  return periods;
}

export function usePeriods(schoolId: string, classes: readonly Timed[]): Periods {
  // biome-ignore lint/correctness/useExhaustiveDependencies: another list of classes may come with what was kept meanwhile
  const kept = useMemo(() => read(schoolId), [schoolId, classes]);
  const asked = useMemo(() => whomToAsk(classes, kept), [classes, kept]);
  const { data } = useClasses(asked);
  const found = useMemo(() => hoursOf([...data.values()]), [data]);
  useEffect(() => {
    if ([...found].some(([period, hours]) => kept.get(period)?.startsAt !== hours.startsAt)) {
      platform.storageSet(keyOf(schoolId), JSON.stringify(Object.fromEntries([...kept, ...found])));
    }
  }, [found, kept, schoolId]);
  return useMemo(() => new Map([...kept, ...found]), [kept, found]);
}

function read(schoolId: string): Periods {
  try {
    const kept = Kept.parse(JSON.parse(platform.storageGet(keyOf(schoolId)) ?? '{}'));
    return new Map(Object.entries(kept).map(([period, hours]) => [Number(period), hours]));
  } catch {
    return new Map();
  }
}

const NONE: readonly ClassCard[] = [];

/** Names the classes of a window, see `labelsOf`; and its periods, as it brings them. */
export function useLabels(
  schoolId: string,
  page: Pick<ClassPage, 'classes' | 'periods'> | undefined,
): { periods: Periods; nameOf: NameOf } {
  const classes = page?.classes ?? NONE;
  const periods = useGivenPeriods(schoolId, page?.periods);
  const labels = useMemo(() => labelsOf(classes, periods), [classes, periods]);
  return { periods, nameOf: (offeringId, otherwise) => labels.get(offeringId) ?? otherwise };
}
