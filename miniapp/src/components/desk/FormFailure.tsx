/** Why a form was not accepted, above its buttons: the sentence, what it clashes with, and the fields the server named. */
import { formatFen } from '@kehou/shared/kernel/fen';
import { ApiError } from '@kehou/shared/kernel/route';
import { ChinaDate } from '@kehou/shared/kernel/time';
import { Text, View } from '@tarojs/components';
import * as z from 'zod';
import { failureOf } from '../../failure.ts';
import { t } from '../../texts/desks.ts';
import { day, weekdayName } from '../format.ts';
import { Icon } from '../Icon.tsx';

export function FormFailure({ error }: { readonly error: unknown }) {
  if (!error) return null;
  const failure = failureOf(error);
  if (failure.silent) return null;
  const details = error instanceof ApiError ? wordsOf(error.body.details ?? {}) : '';
  const classes = error instanceof ApiError ? classesOf(error.body.details ?? {}) : [];
  const fields = [...new Set(Object.values(failure.fields))].filter(Boolean);
  return (
    <View className="k-notice k-notice--danger" id="form-failure" {...(process.env.TARO_ENV === 'h5' ? { role: 'alert' } : {})}>
      <Icon name="alert" />
      <View>
        <Text className="k-strong">{failure.message}</Text>
        {details ? <View>{details}</View> : null}
        {classes.map((words) => (
          <View key={words}>{words}</View>
        ))}
        {fields.map((words) => (
          <View key={words}>{words}</View>
        ))}
      </View>
    </View>
  );
}

/** The classes that stand in the way, a line each: with whom they would clash, at which hours, on which days. */
function classesOf(details: Readonly<Record<string, unknown>>): string[] {
  const { clashes, classes, clashCount } = InTheWay.safeParse(details).data ?? { clashes: [], classes: [] };
  const lines = clashes.map(({ why, courseName, instructorName, startsAt, endsAt, dates, with: other }) =>
    [
      courseName,
      t(`desks.clash.${why}`, { instructor: instructorName ?? '' }),
      [other?.schoolName, other?.courseName].filter(Boolean).join(' '),
      dates.map(day).join(t('desks.clash.comma')),
      `${startsAt}–${endsAt}`,
    ]
      .filter(Boolean)
      .join(' · '),
  );
  const more = (clashCount ?? 0) - clashes.length;
  return [
    ...new Set([
      ...lines,
      ...(more > 0 ? [t('desks.clash.more', { count: more })] : []),
      ...classes.map(({ courseName, capacity }) => t('desks.clash.places', { name: courseName, count: capacity })),
    ]),
  ];
}

const InTheWay = z.object({
  clashes: z
    .array(
      z.object({
        why: z.enum(['instructor', 'room', 'begins-earlier']),
        courseName: z.string(),
        instructorName: z.string().optional(),
        with: z.object({ schoolName: z.string().optional(), courseName: z.string() }).optional(),
        startsAt: z.string(),
        endsAt: z.string(),
        dates: z.array(ChinaDate),
      }),
    )
    .default([]),
  clashCount: z.int().optional(),
  classes: z.array(z.object({ courseName: z.string(), capacity: z.int() })).default([]),
});

/** Names, hours and ceilings that the server put beside a refusal. */
function wordsOf(details: Readonly<Record<string, unknown>>): string {
  const text = (key: string) => (typeof details[key] === 'string' ? (details[key] as string) : '');
  const number = (key: string) => (typeof details[key] === 'number' ? (details[key] as number) : undefined);
  const names = ['schoolName', 'courseName', 'roomName', 'instructorName', 'className', 'name', 'document', 'reason']
    .map(text)
    .filter(Boolean);
  const weekday = number('weekday');
  const period = number('period');
  const when = [
    weekday !== undefined && weekday >= 1 && weekday <= 7 ? weekdayName(weekday as 1) : '',
    period === undefined ? '' : t('desks.period', { period }),
    text('startsAt') && text('endsAt') ? `${text('startsAt')}–${text('endsAt')}` : '',
  ].filter(Boolean);
  const limit = number('maxFen') ?? number('limitFen');
  const capacity = number('capacityMax') ?? number('capacity');
  const gradeFrom = number('gradeFrom');
  const gradeTo = number('gradeTo');
  return [
    ...names,
    ...when,
    ...(limit === undefined ? [] : [t('desks.atMost', { amount: formatFen(limit) })]),
    ...(gradeFrom === undefined || gradeTo === undefined ? [] : [t('desks.grades', { from: gradeFrom, to: gradeTo })]),
    ...(capacity === undefined ? [] : [t('desks.atMostPeople', { count: capacity })]),
  ].join(' · ');
}

/** Keeps an action's failure for `FormFailure` instead of a dialog above the form. */
export const inForm = (): true => true;
