/** The instructors' pay, month by month: counted, approved in turn, paid by the bank. */
import { formatFen } from '@kehou/shared/kernel/fen';
import { addMonths, type ChinaMonth } from '@kehou/shared/kernel/time';
import type { PayoutRun } from '@kehou/shared/payout/payout';
import { View } from '@tarojs/components';
import { useMemo, useState } from 'react';
import { api } from '../../api.ts';
import { Button } from '../../components/Button';
import { type Column, DataTable } from '../../components/DataTable';
import { payoutState } from '../../components/desk/words.ts';
import { yuan } from '../../components/desk/yuan.ts';
import { Field } from '../../components/Field.tsx';
import { month as monthWords } from '../../components/format.ts';
import { DateInput } from '../../components/Inputs';
import { PayoutDrawer } from '../../components/payout/PayoutDrawer.tsx';
import { Sheet } from '../../components/Sheet.tsx';
import { StatusChip } from '../../components/StatusChip.tsx';
import { useToday } from '../../components/today.ts';
import { useAction, useCallPages } from '../../queries.ts';
import { t as desks } from '../../texts/desks.ts';
import { t } from '../../texts/school.ts';
import { SchoolDesk, useSchool } from '../desk.tsx';

export default function SchoolPayouts() {
  const [starting, setStarting] = useState(false);
  return (
    <SchoolDesk
      current="school/payouts"
      title={t('school.payouts.title')}
      lead={t('school.payouts.lead')}
      actions={
        <Button kind="tint" icon="plus" id="payout-start" onTap={() => setStarting(true)}>
          {desks('payout.start')}
        </Button>
      }
    >
      <Runs starting={starting} onClose={() => setStarting(false)} />
    </SchoolDesk>
  );
}

const columns = (): readonly Column<PayoutRun>[] => [
  { key: 'month', title: desks('payout.month'), value: (row) => row.month, render: (row) => monthWords(row.month), head: true },
  { key: 'people', title: desks('payout.statements'), align: 'end', value: (row) => row.statements },
  { key: 'sessions', title: desks('payout.sessions'), align: 'end', value: (row) => row.sessions },
  ...(['total', 'paid', 'rejected'] as const).map(
    (key): Column<PayoutRun> => ({
      key,
      title: desks(`payout.${key}`),
      align: 'end',
      value: (row) => row[`${key}Fen`],
      exported: (row) => yuan(row[`${key}Fen`]),
      render: (row) => formatFen(row[`${key}Fen`]),
    }),
  ),
  { key: 'next', title: desks('payout.next'), value: (row) => (row.next ? desks(`party.${row.next}`) : desks('desks.none')) },
  {
    key: 'status',
    title: desks('payout.status'),
    value: (row) => payoutState(row).words,
    render: (row) => <StatusChip tone={payoutState(row).tone}>{payoutState(row).words}</StatusChip>,
  },
];

function Runs({ starting, onClose }: { readonly starting: boolean; onClose(): void }) {
  const { schoolId, schoolName } = useSchool();
  const runs = useCallPages('payout', 'listPayouts', { schoolId, limit: 24 }, { everyMs: 20_000 });
  const [open, setOpen] = useState<ChinaMonth>();
  const shown = useMemo(columns, []);
  return (
    <View className="d-stack">
      <DataTable
        name={t('school.payouts.title')}
        columns={shown}
        rows={runs.items}
        keyOf={(row) => row.month}
        of={runs}
        searchable={false}
        emptyText={desks('payout.none')}
        hasMore={runs.hasMore}
        loadingMore={runs.isFetchingNextPage}
        onMore={runs.more}
        onOpen={(row) => setOpen(row.month)}
        openKey={open}
      />
      {open ? (
        <PayoutDrawer schoolId={schoolId} schoolName={schoolName} month={open} party="school" onClose={() => setOpen(undefined)} />
      ) : null}
      {starting ? (
        <Start
          onClose={onClose}
          onStarted={(month) => {
            onClose();
            setOpen(month);
          }}
        />
      ) : null}
    </View>
  );
}

function Start({ onClose, onStarted }: { onClose(): void; onStarted(month: ChinaMonth): void }) {
  const { schoolId } = useSchool();
  const thisMonth = useToday().slice(0, 7) as ChinaMonth;
  const [chosen, setMonth] = useState<ChinaMonth>();
  // A month is paid once it is over.
  const lastMonth = addMonths(thisMonth, -1);
  const month = chosen ?? lastMonth;
  const start = useAction(() => api.payout.startPayout({ schoolId, month }), {
    done: (run) => desks('payout.started', { month: monthWords(run.month) }),
    refresh: [['payout']],
    onDone: (run) => onStarted(run.month),
  });
  return (
    <Sheet
      open
      title={desks('payout.start')}
      onClose={onClose}
      footer={
        <Button kind="primary" block id="payout-start-confirm" running={start.running} disabled={!month} onTap={() => start.run(undefined)}>
          {desks('payout.start')}
        </Button>
      }
    >
      <Field label={desks('payout.month')} hint={desks('payout.start.hint')}>
        <DateInput
          mode="month"
          label={desks('payout.month')}
          value={month}
          max={lastMonth}
          id="payout-month"
          onChange={(value) => setMonth(value as ChinaMonth)}
        />
      </Field>
    </Sheet>
  );
}
