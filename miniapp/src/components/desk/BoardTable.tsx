/** A day's sessions as they happen: who has signed in, who is missing, who is there. */
import type { attendanceRoutes } from '@kehou/shared/attendance/routes';
import type { OutputOf } from '@kehou/shared/kernel/route';
import { timeOfDay } from '@kehou/shared/kernel/time';
import { Text } from '@tarojs/components';
import { useMemo } from 'react';
import { t } from '../../texts/desks.ts';
import { type Column, DataTable } from '../DataTable';
import type { Reading } from '../ListState.tsx';
import { StatusChip, type Tone } from '../StatusChip.tsx';

export type BoardSession = OutputOf<typeof attendanceRoutes.getBoard>['items'][number];

// `late`: it should have begun and nobody has signed in, so somebody has to act now; `missing`: it is over.
const tones: Record<BoardSession['state'], Tone> = {
  upcoming: 'plain',
  'signed-in': 'primary',
  late: 'danger',
  missing: 'attention',
  done: 'plain',
  cancelled: 'plain',
};

export const presentText = (row: Pick<BoardSession, 'state' | 'rollCalled' | 'present' | 'due'>): string =>
  row.state === 'cancelled'
    ? t('desks.none')
    : row.rollCalled
      ? t('board.of', { present: row.present, due: row.due })
      : t('board.notCalled');

export interface BoardTableProps {
  readonly rows: readonly BoardSession[];
  readonly name: string;
  readonly of?: Reading;
  /** With the school's name, where several are shown together. */
  readonly withSchool?: boolean;
}

const columns = (withSchool: boolean): readonly Column<BoardSession>[] => [
  ...(withSchool ? [{ key: 'school', title: t('payout.school'), value: (row: BoardSession) => row.schoolName, filter: true }] : []),
  {
    key: 'time',
    title: t('board.time'),
    value: (row) => `${timeOfDay(row.startsAt)}–${timeOfDay(row.endsAt)}`,
    render: (row) => (
      <Text className="k-number">
        {timeOfDay(row.startsAt)}–{timeOfDay(row.endsAt)}
      </Text>
    ),
  },
  { key: 'class', title: t('board.class'), value: (row) => row.courseName, head: true },
  { key: 'instructor', title: t('board.instructor'), value: (row) => row.instructorName },
  { key: 'room', title: t('board.room'), value: (row) => row.roomName },
  {
    key: 'state',
    title: t('board.state'),
    value: (row) => t(`board.${row.state}`),
    filter: true,
    render: (row) => <StatusChip tone={tones[row.state]}>{t(`board.${row.state}`)}</StatusChip>,
  },
  { key: 'present', title: t('board.present'), align: 'end', value: presentText },
];

export function BoardTable({ rows, name, of, withSchool = false }: BoardTableProps) {
  const shown = useMemo(() => columns(withSchool), [withSchool]);
  return (
    <DataTable
      name={name}
      columns={shown}
      rows={rows}
      keyOf={(row) => row.sessionId}
      {...(of ? { of } : {})}
      emptyText={t('board.none')}
      initialSort={{ key: 'time', descending: false }}
    />
  );
}
