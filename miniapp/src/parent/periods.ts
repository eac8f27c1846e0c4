/**
 * At what hours a school's periods are. Enrolments and class cards name a period by its number; a class's dated sessions tell
 * its hours. Asked once for each period of a school and kept on the phone.
 */

import { useEffect, useMemo } from 'react';
import * as z from 'zod';
import { platform } from '../platform/current';
import { useClasses } from './reads.ts';
import { hoursOf, type Periods, type Timed, whomToAsk } from './when.ts';

const Hours = z.object({ startsAt: z.string(), endsAt: z.string() });

const Kept = z.record(z.string(), Hours);
const keyOf = (schoolId: string) => `periods.${schoolId}`;

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
