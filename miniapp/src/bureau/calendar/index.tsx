/** A year's holidays and make-up days for everything under the bureau: from the national list, or entered by hand. */
import { type ChinaDate, type Weekday, weekdayOf } from '@kehou/shared/kernel/time';
import type { CalendarYear } from '@kehou/shared/school/school';
import { Text, View } from '@tarojs/components';
import { useState } from 'react';
import { api } from '../../api.ts';
import { Button } from '../../components/Button';
import { FormFailure, inForm } from '../../components/desk/FormFailure.tsx';
import { Panel } from '../../components/desk/Panel.tsx';
import { Field } from '../../components/Field.tsx';
import { weekdayName } from '../../components/format.ts';
import { Icon } from '../../components/Icon.tsx';
import { DateInput, SelectInput, TextInput } from '../../components/Inputs';
import { Failed, Skeleton } from '../../components/ListState.tsx';
import { useToday } from '../../components/today.ts';
import { failureOf } from '../../failure.ts';
import { platform } from '../../platform/current';
import { useAction, useCall } from '../../queries.ts';
import { t } from '../../texts/bureau.ts';
import { t as common } from '../../texts/common.ts';
import { t as desks } from '../../texts/desks.ts';
import { BureauDesk, useBureau, useSchools } from '../desk.tsx';
import '../bureau.scss';

export default function BureauCalendar() {
  return (
    <BureauDesk current="bureau/calendar" title={t('bureau.calendar.title')} lead={t('bureau.calendar.lead')}>
      <Year />
    </BureauDesk>
  );
}

const DAYS_MAX = 120;

function Year() {
  const { bureauId } = useBureau();
  const thisYear = Number(useToday().slice(0, 4));
  const [chosen, setYear] = useState<number>();
  const year = chosen ?? thisYear;
  const published = usePublished(year);
  const asked = published.known && published.days === undefined;
  const proposal = useCall('school', 'proposeCalendarYear', { bureauId, year }, { staleMs: 300_000, enabled: asked });
  const failure = proposal.error ? failureOf(proposal.error).code : undefined;
  const unpublished = failure === 'calendar.year_unpublished' || failure === 'request.not_found';
  const start: Start | undefined = published.days
    ? { days: published.days, source: '', published: true }
    : proposal.data && { ...proposal.data, published: false };
  return (
    <View className="d-stack">
      <View className="b-year">
        <SelectInput
          id="calendar-year"
          label={t('bureau.calendar.year')}
          value={String(year)}
          options={[thisYear - 1, thisYear, thisYear + 1, thisYear + 2].map((one) => ({
            value: String(one),
            label: t('bureau.calendar.yearOf', { year: one }),
          }))}
          onChange={(value) => setYear(Number(value))}
        />
      </View>
      {start || unpublished ? (
        <Form key={`${year}.${start ? start.published : 'blank'}`} year={year} start={start} />
      ) : proposal.error ? (
        <Failed error={proposal.error} onRetry={() => proposal.refetch()} />
      ) : (
        <Skeleton rows={6} height={52} />
      )}
    </View>
  );
}

interface Start extends Pick<CalendarYear, 'days' | 'source'> {
  readonly published: boolean;
}

/** What is published already, as a school of this bureau has it, without the school's own corrections. */
function usePublished(year: number): { readonly known: boolean; readonly days: CalendarYear['days'] | undefined } {
  const schools = useSchools();
  const schoolId = schools.items[0]?.organisationId;
  const calendar = useCall(
    'school',
    'getCalendar',
    // Not asked before a school is known.
    { schoolId: schoolId as NonNullable<typeof schoolId>, from: `${year}-01-01` as ChinaDate, to: `${year}-12-31` as ChinaDate },
    { enabled: schoolId !== undefined, staleMs: 30_000 },
  );
  const days = (calendar.data?.days ?? []).filter((day) => !day.own);
  // A bureau without schools, or a year that nobody has published: the national list is the place to begin.
  const known = !schools.isPending && (schoolId === undefined || !calendar.isPending);
  return { known, days: days.length > 0 ? days : undefined };
}

interface Row {
  readonly key: number;
  readonly date: string;
  readonly kind: 'off' | 'school';
  readonly follows: string;
  readonly name: string;
}

let rowKey = 0;
const rowsOf = (year: Start | undefined): readonly Row[] =>
  (year?.days ?? []).map((one) => ({
    key: ++rowKey,
    date: one.date,
    kind: one.kind,
    follows: String(one.follows ?? weekdayOf(one.date)),
    name: one.name,
  }));

function Form({ year, start }: { readonly year: number; readonly start: Start | undefined }) {
  const { bureauId } = useBureau();
  const [rows, setRows] = useState<readonly Row[]>(() => rowsOf(start));
  const [source, setSource] = useState(start?.source ?? '');
  const [tried, setTried] = useState(false);
  const dates = rows.map((row) => row.date);
  const problemOf = (row: Row): string | undefined => {
    if (!row.date) return desks('desks.badDate');
    if (!row.date.startsWith(`${year}-`)) return t('bureau.calendar.otherYear', { year });
    if (dates.indexOf(row.date) !== dates.lastIndexOf(row.date)) return t('bureau.calendar.twice');
    return row.name.trim() ? undefined : t('bureau.calendar.noName');
  };
  const fine = rows.every((row) => problemOf(row) === undefined);
  const publish = useAction(
    () =>
      api.school.putCalendarYear({
        bureauId,
        year,
        source: source.trim(),
        days: [...rows]
          .sort((a, b) => a.date.localeCompare(b.date))
          .map((row) => ({
            date: row.date as ChinaDate,
            kind: row.kind,
            name: row.name.trim(),
            ...(row.kind === 'school' ? { follows: Number(row.follows) as Weekday } : {}),
          })),
      }),
    {
      done: t('bureau.calendar.published', { year }),
      refresh: [['school'], ['offering']],
      onFailed: inForm,
    },
  );
  const change = (key: number, next: Partial<Row>) => setRows(rows.map((row) => (row.key === key ? { ...row, ...next } : row)));
  const ask = async () => {
    setTried(true);
    if (!fine) return;
    const sure = await platform.modal({
      title: t('bureau.calendar.publish.title', { year }),
      content: t('bureau.calendar.publish.content', { count: rows.length }),
      confirmText: t('bureau.calendar.publish'),
    });
    if (sure) await publish.run(undefined);
  };
  return (
    <Panel
      title={t('bureau.calendar.days', { year, count: rows.length })}
      hint={
        start ? (start?.published ? t('bureau.calendar.fromPublished') : t('bureau.calendar.fromNational')) : t('bureau.calendar.byHand')
      }
    >
      <View className="k-column k-column--wide">
        {start ? null : (
          <View className="k-notice k-notice--attention">
            <Icon name="info" />
            <Text>{t('bureau.calendar.unpublished', { year })}</Text>
          </View>
        )}
        <View>
          {rows.map((row) => {
            const problem = tried ? problemOf(row) : undefined;
            return (
              <View key={row.key}>
                <View className="b-day">
                  <DateInput
                    mode="date"
                    label={t('bureau.calendar.date')}
                    value={row.date}
                    min={`${year}-01-01`}
                    max={`${year}-12-31`}
                    invalid={problem !== undefined}
                    onChange={(date) =>
                      change(row.key, {
                        date,
                        ...(date ? { follows: row.kind === 'school' ? row.follows : String(weekdayOf(date as ChinaDate)) } : {}),
                      })
                    }
                  />
                  <SelectInput<Row['kind']>
                    label={t('bureau.calendar.kind')}
                    value={row.kind}
                    options={[
                      { value: 'off', label: t('bureau.calendar.off') },
                      { value: 'school', label: t('bureau.calendar.school') },
                    ]}
                    onChange={(kind) => change(row.key, { kind })}
                  />
                  <SelectInput
                    label={t('bureau.calendar.follows')}
                    value={row.kind === 'school' ? row.follows : ''}
                    disabled={row.kind === 'off'}
                    options={[
                      ...(row.kind === 'off' ? [{ value: '', label: desks('desks.none') }] : []),
                      ...([1, 2, 3, 4, 5, 6, 7] as const).map((weekday) => ({
                        value: String(weekday),
                        label: t('bureau.calendar.followsDay', { weekday: weekdayName(weekday) }),
                      })),
                    ]}
                    onChange={(follows) => change(row.key, { follows })}
                  />
                  <TextInput
                    label={t('bureau.calendar.name')}
                    value={row.name}
                    lengthMax={30}
                    placeholder={t('bureau.calendar.name.example')}
                    invalid={problem !== undefined && !row.name.trim()}
                    onChange={(name) => change(row.key, { name })}
                  />
                  <Button
                    kind="text"
                    icon="trash"
                    label={common('common.remove')}
                    onTap={() => setRows(rows.filter((one) => one.key !== row.key))}
                  >
                    {null}
                  </Button>
                </View>
                {problem ? <View className="k-field__error">{problem}</View> : null}
              </View>
            );
          })}
        </View>
        <View className="k-row">
          <Button
            kind="plain"
            icon="plus"
            id="day-add"
            disabled={rows.length >= DAYS_MAX}
            onTap={() => setRows([...rows, { key: ++rowKey, date: '', kind: 'off', follows: '1', name: rows.at(-1)?.name ?? '' }])}
          >
            {t('bureau.calendar.add')}
          </Button>
        </View>
        <Field label={t('bureau.calendar.source')} hint={t('bureau.calendar.source.hint')} optional>
          <TextInput id="calendar-source" value={source} lengthMax={100} onChange={setSource} />
        </Field>
        <FormFailure error={publish.error} />
        <View className="k-row">
          <Button kind="primary" id="calendar-publish" running={publish.running} onTap={ask}>
            {start?.published ? common('common.save') : t('bureau.calendar.publish')}
          </Button>
          {tried && !fine ? <Text className="k-text-s k-danger">{desks('desks.fixFields')}</Text> : null}
        </View>
      </View>
    </Panel>
  );
}
