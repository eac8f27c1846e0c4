/** The periods of the day in which classes are held. */
import type { TimeOfDay } from '@kehou/shared/kernel/time';
import type { Period, SchoolSettings } from '@kehou/shared/school/school';
import { View } from '@tarojs/components';
import { useState } from 'react';
import { api } from '../../api.ts';
import { Button } from '../../components/Button';
import { FormFailure } from '../../components/desk/FormFailure.tsx';
import { Newer, readAgain, useBase } from '../../components/desk/Newer.tsx';
import { type Pair, Panel } from '../../components/desk/Panel.tsx';
import { DateInput, TextInput } from '../../components/Inputs';
import { ListState } from '../../components/ListState.tsx';
import { platform } from '../../platform/current';
import { useAction, useCall } from '../../queries.ts';
import { t as common } from '../../texts/common.ts';
import { t as desks } from '../../texts/desks.ts';
import { t } from '../../texts/school.ts';
import { useSchool } from '../desk.tsx';
import './calendar.scss';

const PERIODS_MAX = 12;

export function Periods() {
  const { schoolId } = useSchool();
  const settings = useCall('school', 'getSettings', { schoolId });
  return (
    <Panel title={t('school.periods.title')} hint={t('school.periods.hint')}>
      <ListState of={settings} skeletonRows={3} skeletonHeight={56}>
        {() => (settings.data ? <Form settings={settings.data} /> : null)}
      </ListState>
    </Panel>
  );
}

const wordsOf = ({ periods }: SchoolSettings): readonly Pair[] => [
  { name: t('school.periods.title'), value: periods.map(({ name, startsAt, endsAt }) => `${name} ${startsAt}–${endsAt}`).join(', ') },
];

interface Row {
  readonly period: number;
  readonly name: string;
  readonly startsAt: string;
  readonly endsAt: string;
}

function Form({ settings }: { readonly settings: SchoolSettings }) {
  const { schoolId } = useSchool();
  const { base, setBase, newer } = useBase(settings);
  const [rows, setRows] = useState<readonly Row[]>(settings.periods);
  const [tried, setTried] = useState(false);
  const bad = rows.some((row) => !row.name.trim() || !row.startsAt || !row.endsAt || row.endsAt <= row.startsAt);
  const save = useAction(
    () => api.school.putSettings({ ...base, schoolId, periods: rows.map((row) => ({ ...row, name: row.name.trim() })) as Period[] }),
    {
      done: common('common.saved'),
      refresh: [['school', 'getSettings'], ['offering']],
      onDone: setBase,
      onFailed: readAgain('school', 'getSettings'),
    },
  );
  const change = (period: number, next: Partial<Row>) => setRows(rows.map((row) => (row.period === period ? { ...row, ...next } : row)));
  const remove = async (row: Row) => {
    const sure = await platform.modal({
      title: t('school.periods.remove', { name: row.name || desks('desks.period', { period: row.period }) }),
      content: t('school.periods.remove.content'),
      danger: true,
    });
    if (sure) setRows(rows.filter((one) => one.period !== row.period));
  };
  const free = Array.from({ length: PERIODS_MAX }, (_, index) => index + 1).find((period) => !rows.some((row) => row.period === period));
  return (
    <View className="k-column k-column--wide">
      {rows.map((row) => (
        <View key={row.period} className="s-period">
          <View className="s-period__number k-number">{desks('desks.period', { period: row.period })}</View>
          <View className="s-period__name">
            <TextInput
              label={t('school.periods.name')}
              value={row.name}
              lengthMax={20}
              invalid={tried && !row.name.trim()}
              onChange={(name) => change(row.period, { name })}
            />
          </View>
          <View className="s-period__time">
            <DateInput
              mode="time"
              label={t('school.periods.starts')}
              value={row.startsAt}
              onChange={(value) => change(row.period, { startsAt: value as TimeOfDay })}
            />
          </View>
          <View className="s-period__time">
            <DateInput
              mode="time"
              label={t('school.periods.ends')}
              value={row.endsAt}
              invalid={tried && row.endsAt <= row.startsAt}
              onChange={(value) => change(row.period, { endsAt: value as TimeOfDay })}
            />
          </View>
          <Button kind="text" icon="trash" label={common('common.remove')} disabled={rows.length === 1} onTap={() => remove(row)}>
            {null}
          </Button>
        </View>
      ))}
      {newer ? (
        <Newer
          base={base}
          newer={newer}
          words={wordsOf}
          onTake={(from) => {
            setBase(from);
            setRows(from.periods);
          }}
          onKeep={setBase}
        />
      ) : (
        <FormFailure error={save.error} />
      )}
      <View className="k-row k-row--wrap">
        <Button
          kind="plain"
          icon="plus"
          id="period-add"
          disabled={free === undefined}
          onTap={() => {
            if (free !== undefined) setRows([...rows, { period: free, name: '', startsAt: '', endsAt: '' }]);
          }}
        >
          {t('school.periods.add')}
        </Button>
        <Button
          kind="primary"
          id="periods-save"
          running={save.running}
          onTap={() => {
            setTried(true);
            if (bad) platform.toast(t('school.periods.bad'));
            else save.run(undefined);
          }}
        >
          {common('common.save')}
        </Button>
      </View>
    </View>
  );
}
