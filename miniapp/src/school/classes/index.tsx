/** The classes of a term: what, who, when, where, for whom, for how much; one in a drawer; a form for new ones. */

import { formatFen } from '@kehou/shared/kernel/fen';
import type { Offering } from '@kehou/shared/offering/offering';
import type { Term } from '@kehou/shared/school/school';
import { Text, View } from '@tarojs/components';
import { useMemo, useState } from 'react';
import { Button } from '../../components/Button';
import { type Column, DataTable } from '../../components/DataTable';
import { gradesText, offeringState, slotsText } from '../../components/desk/words.ts';
import { yuan } from '../../components/desk/yuan.ts';
import { Icon } from '../../components/Icon.tsx';
import { Empty, ListState } from '../../components/ListState.tsx';
import { StatusChip } from '../../components/StatusChip.tsx';
import { go } from '../../platform/navigation.ts';
import { useCallPages } from '../../queries.ts';
import { t as desks } from '../../texts/desks.ts';
import { t } from '../../texts/school.ts';
import { SchoolDesk, useSchool } from '../desk.tsx';
import { TermSelect } from '../TermSelect.tsx';
import { useTerm } from '../terms.ts';
import { ClassDrawer } from './ClassDrawer.tsx';
import { ClassForm } from './ClassForm.tsx';

export default function SchoolClasses() {
  const [creating, setCreating] = useState(false);
  return (
    <SchoolDesk
      current="school/classes"
      title={t('school.classes.title')}
      lead={t('school.classes.lead')}
      actions={
        <Button kind="primary" icon="plus" id="class-add" onTap={() => setCreating(true)}>
          {t('school.classes.add')}
        </Button>
      }
    >
      <Classes creating={creating} onCreated={() => setCreating(false)} onCreate={() => setCreating(true)} />
    </SchoolDesk>
  );
}

const columns = (): readonly Column<Offering>[] => [
  {
    key: 'name',
    title: t('school.class.name'),
    value: (row) => row.courseName,
    head: true,
    render: (row) => (
      <View>
        <Text className="k-strong">{row.courseName}</Text>
        {row.flag ? (
          <View className="k-row k-text-xs k-danger k-gap-1">
            <Icon name="alert" size={1} />
            <Text>{t(`school.class.flag.${row.flag}`)}</Text>
          </View>
        ) : null}
      </View>
    ),
  },
  { key: 'kind', title: desks('course.kind'), value: (row) => desks(`kind.${row.courseKind}`), filter: true },
  { key: 'instructor', title: desks('instructor.name'), value: (row) => row.instructorName },
  { key: 'when', title: t('school.class.when'), value: (row) => slotsText(row.slots), sortable: false },
  { key: 'room', title: t('school.class.room'), value: (row) => row.roomName },
  { key: 'grades', title: t('school.class.grades'), value: (row) => gradesText(row.grades) },
  { key: 'capacity', title: t('school.class.capacity'), align: 'end', value: (row) => row.capacity },
  {
    key: 'fee',
    title: t('school.class.fee'),
    align: 'end',
    value: (row) => row.feeFen,
    exported: (row) => yuan(row.feeFen),
    render: (row) => (
      <View>
        <View>{formatFen(row.feeFen)}</View>
        <View className="k-text-xs k-muted">
          {t('school.class.fee.each', { fee: formatFen(row.feePerSessionFen), count: row.sessionCount })}
        </View>
      </View>
    ),
  },
  {
    key: 'status',
    title: t('school.class.status'),
    value: (row) => offeringState(row).words,
    filter: true,
    render: (row) => <StatusChip tone={offeringState(row).tone}>{offeringState(row).words}</StatusChip>,
  },
];

interface ClassesProps {
  readonly creating: boolean;
  onCreated(): void;
  onCreate(): void;
}

function Classes({ creating, onCreated, onCreate }: ClassesProps) {
  const { schoolId } = useSchool();
  const { reading, terms, term, choose } = useTerm(schoolId);
  return (
    <View className="d-stack">
      <TermSelect terms={terms} term={term} onChange={choose} />
      <ListState
        of={reading}
        empty={term === undefined}
        emptyIcon="calendar"
        emptyText={t('school.classes.noTerm')}
        emptyHint={t('school.classes.noTerm.hint')}
        emptyAction={
          <Button kind="primary" onTap={() => go('school/calendar')}>
            {t('school.term.add')}
          </Button>
        }
      >
        {() =>
          term ? (
            <OfTerm key={term.termId} term={term} creating={creating} onCreated={onCreated} onCreate={onCreate} />
          ) : (
            <Empty text={t('school.classes.noTerm')} />
          )
        }
      </ListState>
    </View>
  );
}

function OfTerm({ term, creating, onCreated, onCreate }: ClassesProps & { readonly term: Term }) {
  const { schoolId } = useSchool();
  const offerings = useCallPages('offering', 'listOfferings', { schoolId, termId: term.termId, limit: 100 });
  const [openId, setOpenId] = useState<string>();
  const [editing, setEditing] = useState<Offering>();
  const open = offerings.items.find((one) => one.offeringId === openId);
  const shown = useMemo(columns, []);
  return (
    <>
      <DataTable
        name={`${t('school.classes.title')} ${term.name}`}
        columns={shown}
        rows={offerings.items}
        keyOf={(row) => row.offeringId}
        of={offerings}
        emptyText={t('school.classes.none')}
        emptyAction={
          <Button kind="primary" icon="plus" onTap={onCreate}>
            {t('school.classes.add')}
          </Button>
        }
        hasMore={offerings.hasMore}
        loadingMore={offerings.isFetchingNextPage}
        onMore={offerings.more}
        onOpen={(row) => setOpenId(row.offeringId)}
        openKey={openId}
      />
      {open && !editing ? <ClassDrawer offering={open} onEdit={setEditing} onClose={() => setOpenId(undefined)} /> : null}
      {creating || editing ? (
        <ClassForm
          key={editing?.offeringId ?? 'new'}
          term={term}
          offering={editing && (offerings.items.find(({ offeringId }) => offeringId === editing.offeringId) ?? editing)}
          onClose={() => {
            setEditing(undefined);
            onCreated();
          }}
        />
      ) : null}
    </>
  );
}
