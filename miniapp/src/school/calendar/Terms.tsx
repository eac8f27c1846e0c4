import { newId } from '@kehou/shared/kernel/id';
import type { ChinaDate } from '@kehou/shared/kernel/time';
import type { Term } from '@kehou/shared/school/school';
import { View } from '@tarojs/components';
import { useMemo, useState } from 'react';
import { api } from '../../api.ts';
import { Button } from '../../components/Button';
import { type Column, DataTable } from '../../components/DataTable';
import { FormSheet } from '../../components/desk/FormSheet.tsx';
import { Newer, readAgain, useBase } from '../../components/desk/Newer.tsx';
import type { Pair } from '../../components/desk/Panel.tsx';
import { Field } from '../../components/Field.tsx';
import { weekdayAndDay } from '../../components/format.ts';
import { DateInput, TextInput } from '../../components/Inputs';
import { useAction, useCall } from '../../queries.ts';
import { t as common } from '../../texts/common.ts';
import { t as desks } from '../../texts/desks.ts';
import { t } from '../../texts/school.ts';
import { useSchool } from '../desk.tsx';

const columns = (): readonly Column<Term>[] => [
  { key: 'name', title: t('school.term.name'), value: (row) => row.name, head: true },
  ...(['firstDay', 'lastDay', 'serviceFirstDay', 'serviceLastDay'] as const).map(
    (key): Column<Term> => ({ key, title: t(`school.term.${key}`), value: (row) => row[key], render: (row) => weekdayAndDay(row[key]) }),
  ),
];

export function Terms() {
  const { schoolId } = useSchool();
  const terms = useCall('school', 'listTerms', { schoolId });
  const [open, setOpen] = useState<Term | 'new'>();
  const shown = useMemo(columns, []);
  const add = (
    <Button kind="tint" icon="plus" id="term-add" onTap={() => setOpen('new')}>
      {t('school.term.add')}
    </Button>
  );
  return (
    <>
      <DataTable
        name={t('school.calendar.tab.terms')}
        columns={shown}
        rows={terms.data?.items ?? []}
        keyOf={(row) => row.termId}
        of={terms}
        searchable={false}
        onExport={false}
        tools={terms.data && terms.data.items.length > 0 ? add : undefined}
        emptyText={t('school.term.none')}
        emptyAction={add}
        onOpen={setOpen}
      />
      {open ? (
        <Form
          term={open === 'new' ? undefined : (terms.data?.items.find(({ termId }) => termId === open.termId) ?? open)}
          onClose={() => setOpen(undefined)}
        />
      ) : null}
    </>
  );
}

const days = ['firstDay', 'lastDay', 'serviceFirstDay', 'serviceLastDay'] as const;
type Draft = Record<(typeof days)[number] | 'name', string>;
const noTerm: Draft & { readonly version: number } = {
  version: 0,
  name: '',
  firstDay: '',
  lastDay: '',
  serviceFirstDay: '',
  serviceLastDay: '',
};

const wordsOf = (term: Draft): readonly Pair[] => [
  { name: t('school.term.name'), value: term.name },
  ...days.map((key) => ({ name: t(`school.term.${key}`), value: term[key] ? weekdayAndDay(term[key] as ChinaDate) : '' })),
];

function Form({ term, onClose }: { readonly term: Term | undefined; onClose(): void }) {
  const { schoolId } = useSchool();
  const [termId] = useState(() => term?.termId ?? newId('term'));
  const { base, setBase, newer } = useBase(term ?? noTerm);
  const [draft, setDraft] = useState<Draft>(base);
  const [tried, setTried] = useState(false);
  const problems: Partial<Record<keyof Draft, string>> = {};
  if (draft.name.trim().length < 2) problems.name = desks('desks.required');
  for (const key of days) if (!draft[key]) problems[key] = desks('desks.badDate');
  if (draft.firstDay && draft.lastDay && draft.lastDay <= draft.firstDay) problems.lastDay = t('school.term.wrongOrder');
  if (draft.serviceFirstDay && draft.firstDay && draft.serviceFirstDay < draft.firstDay)
    problems.serviceFirstDay = t('school.term.outside');
  if (draft.serviceLastDay && draft.lastDay && draft.serviceLastDay > draft.lastDay) problems.serviceLastDay = t('school.term.outside');
  const save = useAction(
    () =>
      api.school.putTerm({
        schoolId,
        termId,
        version: base.version ?? 0,
        name: draft.name.trim(),
        firstDay: draft.firstDay as ChinaDate,
        lastDay: draft.lastDay as ChinaDate,
        serviceFirstDay: draft.serviceFirstDay as ChinaDate,
        serviceLastDay: draft.serviceLastDay as ChinaDate,
      }),
    {
      done: common('common.saved'),
      refresh: [['school', 'listTerms'], ['offering']],
      onDone: onClose,
      onFailed: readAgain('school', 'listTerms'),
    },
  );
  const error = (key: keyof Draft) => (tried ? problems[key] : undefined);
  return (
    <FormSheet
      id="term"
      title={term ? t('school.term.edit') : t('school.term.add')}
      words={common('common.save')}
      save={{ running: save.running, error: newer ? undefined : save.error }}
      onSave={() => {
        setTried(true);
        if (Object.keys(problems).length === 0) save.run(undefined);
      }}
      onClose={onClose}
    >
      <View className="k-form-grid">
        <Field label={t('school.term.name')} error={error('name')}>
          <TextInput
            id="term-name"
            value={draft.name}
            lengthMax={30}
            placeholder={t('school.term.name.example')}
            invalid={error('name') !== undefined}
            onChange={(name) => setDraft({ ...draft, name })}
          />
        </Field>
        {days.map((key) => (
          <Field
            key={key}
            label={t(`school.term.${key}`)}
            error={error(key)}
            hint={key === 'serviceFirstDay' ? t('school.term.service.hint') : undefined}
          >
            <DateInput
              mode="date"
              id={`term-${key}`}
              label={t(`school.term.${key}`)}
              value={draft[key]}
              invalid={error(key) !== undefined}
              onChange={(value) => setDraft({ ...draft, [key]: value })}
            />
          </Field>
        ))}
        {newer ? (
          <Newer
            base={base}
            newer={newer}
            words={wordsOf}
            onTake={(from) => {
              setBase(from);
              setDraft(from);
            }}
            onKeep={setBase}
          />
        ) : null}
      </View>
    </FormSheet>
  );
}
