/** Every scale that this bureau has recorded, with the document behind it. */
import { formatFen } from '@kehou/shared/kernel/fen';
import type { Scale } from '@kehou/shared/school/school';
import { useMemo } from 'react';
import { type Column, DataTable } from '../../components/DataTable';
import { yuan } from '../../components/desk/yuan.ts';
import { day, fullMoment } from '../../components/format.ts';
import { StatusChip, type Tone } from '../../components/StatusChip.tsx';
import { useToday } from '../../components/today.ts';
import { useCallPages } from '../../queries.ts';
import { t } from '../../texts/bureau.ts';
import { t as desks } from '../../texts/desks.ts';
import { useBureau, useEvery } from '../desk.tsx';
import { scaleState } from './scale-state.ts';

type Ceiling = 'feePerSessionFenMax' | 'ownTeacherPayFenMax' | 'outsideInstructorPayFenMax';
const tones: Record<ReturnType<typeof scaleState>, Tone> = { now: 'primary', coming: 'information', over: 'plain' };

const ceiling = (key: Ceiling, title: string): Column<Scale> => ({
  key,
  title,
  align: 'end',
  value: (row) => row[key],
  exported: (row) => yuan(row[key]),
  render: (row) => formatFen(row[key]),
});

export function Recorded() {
  const { bureauId } = useBureau();
  const today = useToday();
  const scales = useCallPages('school', 'listScales', { bureauId, limit: 100 });
  useEvery(scales);
  const all = scales.items as readonly Scale[];
  const columns = useMemo((): readonly Column<Scale>[] => {
    const words = (row: Scale) => t(`bureau.scales.state.${scaleState(row, all, today)}`);
    return [
      { key: 'document', title: t('bureau.scales.document'), value: (row) => row.document, head: true },
      { key: 'from', title: t('bureau.scales.from'), value: (row) => row.validFrom, render: (row) => day(row.validFrom) },
      {
        key: 'until',
        title: t('bureau.scales.until'),
        value: (row) => row.validUntil,
        render: (row) => (row.validUntil ? day(row.validUntil) : t('bureau.scales.open')),
      },
      ceiling('feePerSessionFenMax', t('bureau.scales.column.fee')),
      ceiling('ownTeacherPayFenMax', t('bureau.scales.column.own')),
      ceiling('outsideInstructorPayFenMax', t('bureau.scales.column.outside')),
      {
        key: 'state',
        title: t('bureau.scales.state'),
        value: words,
        filter: true,
        render: (row) => <StatusChip tone={tones[scaleState(row, all, today)]}>{words(row)}</StatusChip>,
      },
      {
        key: 'by',
        title: desks('admission.recordedBy'),
        value: (row) => `${row.recordedBy} · ${fullMoment(row.recordedAt)}`,
        deskOnly: true,
      },
    ];
  }, [all, today]);
  return (
    <DataTable
      name={t('bureau.scales.list')}
      columns={columns}
      rows={all}
      keyOf={(row) => row.scaleId}
      of={scales}
      emptyText={t('bureau.scales.list.none')}
    />
  );
}
