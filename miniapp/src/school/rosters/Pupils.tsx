import { View } from '@tarojs/components';
import { useMemo, useState } from 'react';
import { Button } from '../../components/Button';
import { type Column, DataTable } from '../../components/DataTable';
import { SelectInput } from '../../components/Inputs';
import { StatusChip } from '../../components/StatusChip.tsx';
import { useCallPages } from '../../queries.ts';
import { t as common } from '../../texts/common.ts';
import { t as desks } from '../../texts/desks.ts';
import { t } from '../../texts/school.ts';
import { useSchool } from '../desk.tsx';
import { PupilDrawer } from './PupilDrawer.tsx';
import type { Pupil } from './pupil.ts';
import './rosters.scss';

const columns = (): readonly Column<Pupil>[] => [
  { key: 'number', title: t('school.pupil.number'), value: (row) => row.pupilNumber },
  { key: 'name', title: t('school.pupil.name'), value: (row) => row.name, head: true },
  { key: 'grade', title: t('school.pupil.grade'), value: (row) => row.grade, align: 'end' },
  { key: 'class', title: t('school.pupil.class'), value: (row) => row.className, filter: true },
  {
    key: 'standing',
    title: t('school.pupil.standing'),
    value: (row) => (row.leftOn ? t('school.pupil.standing.left') : t('school.pupil.standing.here')),
    filter: true,
    render: (row) =>
      row.leftOn ? (
        <StatusChip tone="attention">{t('school.pupil.standing.left')}</StatusChip>
      ) : (
        <View className="k-muted">{t('school.pupil.standing.here')}</View>
      ),
  },
  {
    key: 'guardians',
    title: t('school.pupil.guardians'),
    sortable: false,
    value: (row) => row.guardians.map((one) => `${one.name ?? ''} ${one.phone}`.trim()).join('；'),
    render: (row) =>
      row.guardians.length === 0 ? (
        <StatusChip tone="attention">{t('school.pupil.noGuardian')}</StatusChip>
      ) : (
        <View className="s-guardians">
          {row.guardians.map((one) => (
            <View key={one.phone} className="k-row k-number s-guardians__one">
              {one.name ? `${one.name} ` : ''}
              {one.phone}
              {one.linked ? (
                <StatusChip tone="primary">{t('school.pupil.linked')}</StatusChip>
              ) : (
                <StatusChip tone="plain">{t('school.pupil.notLinked')}</StatusChip>
              )}
            </View>
          ))}
        </View>
      ),
  },
];

const grades = [1, 2, 3, 4, 5, 6, 7, 8, 9] as const;

export function Pupils({ onImport }: { onImport(): void }) {
  const { schoolId } = useSchool();
  const [grade, setGrade] = useState('');
  const pupils = useCallPages(
    'school',
    'listPupils',
    { schoolId, limit: 100, ...(grade ? { grade: Number(grade) } : {}) },
    { keepLast: true },
  );
  const shown = useMemo(columns, []);
  const [openId, setOpenId] = useState<string>();
  const open = pupils.items.find((one) => one.pupilId === openId);
  return (
    <>
      <DataTable
        name={t('school.rosters.tab.pupils')}
        columns={shown}
        rows={pupils.items}
        keyOf={(row) => row.pupilId}
        of={pupils}
        pageSize={50}
        emptyText={grade ? t('school.pupils.none.grade') : t('school.pupils.none')}
        emptyAction={
          <Button kind="primary" icon="upload" onTap={onImport}>
            {t('school.import.pick')}
          </Button>
        }
        onOpen={(row) => setOpenId(row.pupilId)}
        openKey={openId}
        hasMore={pupils.hasMore}
        loadingMore={pupils.isFetchingNextPage}
        onMore={pupils.more}
        tools={
          <View className="k-table-tools__filter">
            <SelectInput
              id="pupils-grade"
              label={t('school.pupil.grade')}
              value={grade}
              options={[
                { value: '', label: `${t('school.pupil.grade')} · ${common('common.all')}` },
                ...grades.map((one) => ({ value: String(one), label: desks('desks.grade', { grade: one }) })),
              ]}
              onChange={setGrade}
            />
          </View>
        }
      />
      {open ? <PupilDrawer key={open.pupilId} pupil={open} onClose={() => setOpenId(undefined)} /> : null}
    </>
  );
}
