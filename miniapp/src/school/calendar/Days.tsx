/** A month of the school's calendar: days off, make-up days, and the school's own corrections. */
import { addMonths, type ChinaDate, type ChinaMonth, monthDays, type Weekday, weekdayOf } from '@kehou/shared/kernel/time';
import type { CalendarDay } from '@kehou/shared/school/school';
import { Text, View } from '@tarojs/components';
import { useState } from 'react';
import { api } from '../../api.ts';
import { Button } from '../../components/Button';
import { RadioRows } from '../../components/Choices.tsx';
import { FormFailure, inForm } from '../../components/desk/FormFailure.tsx';
import { MonthGrid } from '../../components/desk/MonthGrid.tsx';
import { Panel } from '../../components/desk/Panel.tsx';
import { Field } from '../../components/Field.tsx';
import { month as monthWords, weekdayAndDay, weekdayName } from '../../components/format.ts';
import { Icon } from '../../components/Icon.tsx';
import { SelectInput, TextInput } from '../../components/Inputs';
import { ListState } from '../../components/ListState.tsx';
import { Sheet } from '../../components/Sheet.tsx';
import { Tap } from '../../components/Tap';
import { useToday } from '../../components/today.ts';
import { useAction, useCall } from '../../queries.ts';
import { t as common } from '../../texts/common.ts';
import { t as desks } from '../../texts/desks.ts';
import { t } from '../../texts/school.ts';
import { useSchool } from '../desk.tsx';
import './calendar.scss';

type Day = CalendarDay & { readonly own: boolean };

export function Days() {
  const { schoolId } = useSchool();
  const today = useToday();
  const [chosen, setMonth] = useState<ChinaMonth>();
  const month = chosen ?? (today.slice(0, 7) as ChinaMonth);
  const { first, last } = monthDays(month);
  const calendar = useCall('school', 'getCalendar', { schoolId, from: first, to: last }, { keepLast: true });
  const days = new Map((calendar.data?.days ?? []).map((one) => [one.date as string, one]));
  const [open, setOpen] = useState<ChinaDate>();
  return (
    <Panel
      title={monthWords(month)}
      hint={t('school.days.hint')}
      action={
        <View className="k-row">
          <Tap className="s-turn" label={t('school.days.previous')} id="month-previous" onTap={() => setMonth(addMonths(month, -1))}>
            <Icon name="back" size={1.3} />
          </Tap>
          <Tap className="s-turn" label={t('school.days.next')} id="month-next" onTap={() => setMonth(addMonths(month, 1))}>
            <Icon name="forward" size={1.3} />
          </Tap>
        </View>
      }
    >
      <ListState of={calendar} skeletonRows={5} skeletonHeight={64}>
        <MonthGrid
          first={first}
          last={last}
          today={today}
          dayOf={(date) => {
            const day = days.get(date);
            return day && { kind: day.kind, words: wordsOf(day), own: day.own };
          }}
          onOpen={setOpen}
        />
        <View className="k-row k-row--wrap s-legend k-text-s k-muted">
          <Text className="s-legend__off">{t('school.days.off')}</Text>
          <Text className="s-legend__school">{t('school.days.school')}</Text>
          <Text>
            <Icon name="edit" size={0.9} /> {t('school.days.own')}
          </Text>
        </View>
      </ListState>
      {open ? <Form key={open} date={open} day={days.get(open)} onClose={() => setOpen(undefined)} /> : null}
    </Panel>
  );
}

const wordsOf = (day: CalendarDay): string =>
  day.kind === 'off' ? day.name : `${day.name} ${t('school.days.follows', { weekday: weekdayName(day.follows ?? weekdayOf(day.date)) })}`;

type Choice = 'plain' | 'off' | 'school';

function Form({ date, day, onClose }: { readonly date: ChinaDate; readonly day: Day | undefined; onClose(): void }) {
  const { schoolId } = useSchool();
  const [choice, setChoice] = useState<Choice>(day?.own === false ? 'plain' : (day?.kind ?? 'plain'));
  const [name, setName] = useState(day?.own ? day.name : '');
  const [follows, setFollows] = useState(String(day?.follows ?? weekdayOf(date)));
  const [tried, setTried] = useState(false);
  const noName = choice !== 'plain' && name.trim() === '';
  const published = day && !day.own ? wordsOf(day) : undefined;
  const save = useAction(
    () =>
      api.school.putSchoolDay({
        schoolId,
        date,
        day:
          choice === 'plain'
            ? null
            : { kind: choice, name: name.trim(), ...(choice === 'school' ? { follows: Number(follows) as Weekday } : {}) },
      }),
    { done: common('common.saved'), refresh: [['school', 'getCalendar'], ['offering'], ['attendance']], onDone: onClose, onFailed: inForm },
  );
  return (
    <Sheet
      open
      id="day-form"
      title={weekdayAndDay(date)}
      onClose={onClose}
      footer={
        <Button
          kind="primary"
          block
          id="day-save"
          running={save.running}
          onTap={() => {
            setTried(true);
            if (!noName) save.run(undefined);
          }}
        >
          {common('common.save')}
        </Button>
      }
    >
      <View className="k-column k-column--wide">
        <RadioRows<Choice>
          id="day-kind"
          label={weekdayAndDay(date)}
          value={choice}
          options={[
            {
              value: 'plain',
              label: t('school.days.choice.plain'),
              hint: published ?? t('school.days.choice.plain.hint', { weekday: weekdayName(weekdayOf(date)) }),
            },
            { value: 'off', label: t('school.days.choice.off'), hint: t('school.days.choice.off.hint') },
            { value: 'school', label: t('school.days.choice.school'), hint: t('school.days.choice.school.hint') },
          ]}
          onChange={setChoice}
        />
        {choice === 'school' ? (
          <Field label={t('school.days.followsField')}>
            <SelectInput
              id="day-follows"
              label={t('school.days.followsField')}
              value={follows}
              options={([1, 2, 3, 4, 5, 6, 7] as const).map((weekday) => ({ value: String(weekday), label: weekdayName(weekday) }))}
              onChange={setFollows}
            />
          </Field>
        ) : null}
        {choice === 'plain' ? null : (
          <Field label={t('school.days.name')} error={tried && noName ? desks('desks.required') : undefined}>
            <TextInput
              id="day-name"
              value={name}
              lengthMax={30}
              placeholder={t('school.days.name.example')}
              invalid={tried && noName}
              onChange={setName}
            />
          </Field>
        )}
        <View className="k-notice">
          <Icon name="info" />
          <Text>{t('school.days.effect')}</Text>
        </View>
        <FormFailure error={save.error} />
      </View>
    </Sheet>
  );
}
