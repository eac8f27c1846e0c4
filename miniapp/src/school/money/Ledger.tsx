import type { LedgerTransaction } from '@kehou/shared/billing/ledger';
import { formatFen } from '@kehou/shared/kernel/fen';
import type { ChinaMonth } from '@kehou/shared/kernel/time';
import { View } from '@tarojs/components';
import { useMemo, useState } from 'react';
import { type Column, DataTable } from '../../components/DataTable';
import { yuan } from '../../components/desk/yuan.ts';
import { fullMoment, month as monthWords } from '../../components/format.ts';
import { DateInput } from '../../components/Inputs';
import { Proof } from '../../components/money/Proof.tsx';
import { useToday } from '../../components/today.ts';
import { useCallPages } from '../../queries.ts';
import { t as desks } from '../../texts/desks.ts';
import { t } from '../../texts/school.ts';
import { useSchool } from '../desk.tsx';

/** One entry on a line: what went into an account or came out of it. */
interface Line {
  readonly key: string;
  readonly transaction: LedgerTransaction;
  readonly account: LedgerTransaction['entries'][number]['account'];
  readonly amountFen: number;
}

const columns = (): readonly Column<Line>[] => [
  {
    key: 'at',
    title: t('school.ledger.at'),
    value: (row) => row.transaction.at,
    exported: (row) => fullMoment(row.transaction.at),
    render: (row) => fullMoment(row.transaction.at),
  },
  {
    key: 'reason',
    title: t('school.ledger.reason'),
    value: (row) => desks(`money.reason.${row.transaction.reason}`),
    filter: true,
    head: true,
  },
  { key: 'account', title: t('school.ledger.account'), value: (row) => desks(`money.account.${row.account}`), filter: true },
  {
    key: 'debit',
    title: t('school.ledger.debit'),
    align: 'end',
    value: (row) => (row.amountFen > 0 ? row.amountFen : undefined),
    exported: (row) => (row.amountFen > 0 ? yuan(row.amountFen) : undefined),
    render: (row) => (row.amountFen > 0 ? formatFen(row.amountFen) : ''),
  },
  {
    key: 'credit',
    title: t('school.ledger.credit'),
    align: 'end',
    value: (row) => (row.amountFen < 0 ? -row.amountFen : undefined),
    exported: (row) => (row.amountFen < 0 ? yuan(-row.amountFen) : undefined),
    render: (row) => (row.amountFen < 0 ? formatFen(-row.amountFen) : ''),
  },
];

export function Ledger() {
  const { schoolId } = useSchool();
  const thisMonth = useToday().slice(0, 7) as ChinaMonth;
  const [chosen, setMonth] = useState<ChinaMonth>();
  const month = chosen ?? thisMonth;
  const ledger = useCallPages('billing', 'listLedger', { schoolId, month, limit: 100 }, { keepLast: true });
  const shown = useMemo(columns, []);
  const lines = ledger.items.flatMap((transaction) =>
    transaction.entries.map(
      (entry, index): Line => ({
        key: `${transaction.ledgerTransactionId}.${index}`,
        transaction,
        account: entry.account,
        amountFen: entry.amountFen,
      }),
    ),
  );
  return (
    <View className="d-stack">
      <Proof organisationId={schoolId} />
      <DataTable
        name={`${t('school.money.tab.ledger')} ${monthWords(month)}`}
        columns={shown}
        rows={lines}
        keyOf={(row) => row.key}
        of={ledger}
        pageSize={50}
        emptyText={t('school.ledger.none')}
        hasMore={ledger.hasMore}
        loadingMore={ledger.isFetchingNextPage}
        onMore={ledger.more}
        tools={
          <View className="k-table-tools__filter">
            <DateInput
              mode="month"
              id="ledger-month"
              label={desks('payout.month')}
              value={month}
              max={thisMonth}
              onChange={(value) => value && setMonth(value as ChinaMonth)}
            />
          </View>
        }
      />
    </View>
  );
}
