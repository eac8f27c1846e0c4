/** Sign-ins that teachers could not make and ask the school to accept. */
import type { ExceptionRequest } from '@kehou/shared/attendance/attendance';
import { Text, View } from '@tarojs/components';
import { useMemo } from 'react';
import { api } from '../../api.ts';
import { Button } from '../../components/Button';
import { type Column, DataTable } from '../../components/DataTable';
import { moment, weekdayAndDay } from '../../components/format.ts';
import { Icon } from '../../components/Icon.tsx';
import { StatusChip, type Tone } from '../../components/StatusChip.tsx';
import { platform } from '../../platform/current';
import { useAction, useCallPages } from '../../queries.ts';
import { t } from '../../texts/school.ts';
import { SchoolDesk, useSchool } from '../desk.tsx';

export default function SchoolExceptions() {
  return (
    <SchoolDesk current="school/exceptions" title={t('school.exceptions.title')} lead={t('school.exceptions.lead')}>
      <List />
    </SchoolDesk>
  );
}

const tones: Record<ExceptionRequest['status'], Tone> = { asked: 'attention', approved: 'primary', refused: 'plain' };

function List() {
  const { schoolId } = useSchool();
  const exceptions = useCallPages('attendance', 'listExceptions', { schoolId, limit: 100 }, { everyMs: 20_000 });
  const decide = useAction(
    ({ one, approve }: { readonly one: ExceptionRequest; readonly approve: boolean }) =>
      api.attendance.decideException({ schoolId, attendanceExceptionId: one.attendanceExceptionId, approve }),
    {
      done: (after) => (after.status === 'approved' ? t('school.exceptions.approved') : t('school.exceptions.refused')),
      refresh: [['attendance']],
    },
  );
  const ask = async (one: ExceptionRequest, approve: boolean) => {
    const sure = await platform.modal({
      title: approve
        ? t('school.exceptions.approve.title', { name: one.instructorName })
        : t('school.exceptions.refuse.title', { name: one.instructorName }),
      content: `${one.courseName} · ${weekdayAndDay(one.date)} · ${t(`school.exceptions.mark.${one.mark}`)}`,
      confirmText: approve ? t('school.exceptions.approve') : t('school.exceptions.refuse'),
      danger: !approve,
    });
    if (sure) await decide.run({ one, approve });
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: the buttons only change with what is running
  const columns = useMemo(
    (): readonly Column<ExceptionRequest>[] => [
      { key: 'name', title: t('school.exceptions.teacher'), value: (row) => row.instructorName, head: true },
      { key: 'class', title: t('school.exceptions.class'), value: (row) => row.courseName },
      {
        key: 'date',
        title: t('school.exceptions.date'),
        value: (row) => row.date,
        exported: (row) => row.date,
        render: (row) => weekdayAndDay(row.date),
      },
      { key: 'mark', title: t('school.exceptions.what'), value: (row) => t(`school.exceptions.mark.${row.mark}`), filter: true },
      { key: 'reason', title: t('school.exceptions.reason'), value: (row) => row.reason, sortable: false },
      {
        key: 'asked',
        title: t('school.exceptions.asked'),
        value: (row) => row.askedAt,
        render: (row) => moment(row.askedAt),
        deskOnly: true,
      },
      {
        key: 'status',
        title: t('school.exceptions.status'),
        value: (row) => t(`school.exceptions.status.${row.status}`),
        filter: true,
        render: (row) =>
          row.status === 'asked' ? (
            <View className="k-row">
              <Button kind="tint" small id={`approve-${row.attendanceExceptionId}`} disabled={decide.running} onTap={() => ask(row, true)}>
                {t('school.exceptions.approve')}
              </Button>
              <Button kind="plain" small id={`refuse-${row.attendanceExceptionId}`} disabled={decide.running} onTap={() => ask(row, false)}>
                {t('school.exceptions.refuse')}
              </Button>
            </View>
          ) : (
            <StatusChip tone={tones[row.status]}>{t(`school.exceptions.status.${row.status}`)}</StatusChip>
          ),
      },
    ],
    [decide.running],
  );
  return (
    <View className="d-stack">
      <View className="k-notice">
        <Icon name="info" />
        <Text>{t('school.exceptions.note')}</Text>
      </View>
      <DataTable
        name={t('school.exceptions.title')}
        columns={columns}
        rows={exceptions.items}
        keyOf={(row) => row.attendanceExceptionId}
        of={exceptions}
        emptyText={t('school.exceptions.none')}
        hasMore={exceptions.hasMore}
        loadingMore={exceptions.isFetchingNextPage}
        onMore={exceptions.more}
      />
    </View>
  );
}
