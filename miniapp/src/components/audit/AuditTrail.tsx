/** Who changed money or permissions, by month: one's own organisation's, or one of those below. */
import type { Id } from '@kehou/shared/kernel/id';
import type { ChinaMonth } from '@kehou/shared/kernel/time';
import type { AuditRow } from '@kehou/shared/organisation/audit';
import { View } from '@tarojs/components';
import { type ReactNode, useMemo, useState } from 'react';
import { useCallPages } from '../../queries.ts';
import { t } from '../../texts/audit.ts';
import { type Column, DataTable } from '../DataTable';
import { fullMoment, month as monthWords } from '../format.ts';
import { DateInput } from '../Inputs';
import { useToday } from '../today.ts';
import { detailsOf, whoText } from './details.ts';

/** A row has no id to show: its place in the list tells it from the others. */
interface Line extends AuditRow {
  readonly key: string;
}

const columns = (): readonly Column<Line>[] => [
  {
    key: 'at',
    title: t('audit.at'),
    value: (row) => row.at,
    exported: (row) => fullMoment(row.at),
    render: (row) => fullMoment(row.at),
    width: '180px',
  },
  { key: 'what', title: t('audit.what'), value: (row) => t(`audit.action.${row.action}`), filter: true, head: true },
  { key: 'who', title: t('audit.who'), value: whoText, filter: true },
  { key: 'about', title: t('audit.about'), value: (row) => row.about },
  { key: 'details', title: t('audit.details'), value: detailsOf, sortable: false },
];

export interface AuditTrailProps {
  readonly organisationId: Id<'organisation'>;
  /** A choice of organisation, beside the month. */
  readonly tools?: ReactNode;
}

export function AuditTrail({ organisationId, tools }: AuditTrailProps) {
  const thisMonth = useToday().slice(0, 7) as ChinaMonth;
  const [chosen, setMonth] = useState<ChinaMonth>();
  const month = chosen ?? thisMonth;
  const trail = useCallPages('supervision', 'listAudit', { organisationId, month, limit: 100 });
  const shown = useMemo(columns, []);
  const rows = useMemo(
    () => trail.items.map((row, index): Line => ({ ...row, key: `${organisationId}.${month}.${index}` })),
    [trail.items, organisationId, month],
  );
  return (
    <View className="d-stack">
      <DataTable
        name={`${t('audit.title')} ${monthWords(month)}`}
        columns={shown}
        rows={rows}
        keyOf={(row) => row.key}
        of={trail}
        pageSize={50}
        emptyText={t('audit.none')}
        hasMore={trail.hasMore}
        loadingMore={trail.isFetchingNextPage}
        onMore={trail.more}
        tools={
          <>
            {tools}
            <View className="k-table-tools__filter">
              <DateInput
                mode="month"
                id="audit-month"
                label={t('audit.month')}
                value={month}
                max={thisMonth}
                onChange={(value) => value && setMonth(value as ChinaMonth)}
              />
            </View>
          </>
        }
      />
    </View>
  );
}
