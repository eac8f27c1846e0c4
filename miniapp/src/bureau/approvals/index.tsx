/** What schools' configurations send up to the bureau: refunds and payouts, school by school. */
import { formatFen } from '@kehou/shared/kernel/fen';
import type { Id } from '@kehou/shared/kernel/id';
import type { ChinaMonth } from '@kehou/shared/kernel/time';
import type { PayoutRun } from '@kehou/shared/payout/payout';
import { View } from '@tarojs/components';
import { useMemo, useState } from 'react';
import { type Column, DataTable } from '../../components/DataTable';
import { Tabs } from '../../components/desk/Tabs.tsx';
import { payoutState } from '../../components/desk/words.ts';
import { month as monthWords } from '../../components/format.ts';
import { SelectInput } from '../../components/Inputs';
import { ListState } from '../../components/ListState.tsx';
import { Refunds } from '../../components/money/Refunds.tsx';
import { PayoutDrawer } from '../../components/payout/PayoutDrawer.tsx';
import { StatusChip } from '../../components/StatusChip.tsx';
import { useCallPages } from '../../queries.ts';
import { t } from '../../texts/bureau.ts';
import { t as desks } from '../../texts/desks.ts';
import { BureauDesk, useSchools } from '../desk.tsx';
import '../bureau.scss';

type Tab = 'payouts' | 'refunds';

export default function BureauApprovals() {
  return (
    <BureauDesk current="bureau/approvals" title={t('bureau.approvals.title')} lead={t('bureau.approvals.lead')}>
      <OfSchool />
    </BureauDesk>
  );
}

function OfSchool() {
  const schools = useSchools();
  const [tab, setTab] = useState<Tab>('payouts');
  const [chosen, setChosen] = useState<string>();
  const school = schools.items.find((one) => one.organisationId === chosen) ?? schools.items[0];
  return (
    <ListState of={schools} empty={!school} emptyIcon="school" emptyText={desks('figures.none')}>
      {school ? (
        <View className="d-stack">
          <Tabs<Tab>
            id="approvals"
            label={t('bureau.approvals.title')}
            value={tab}
            options={[
              { value: 'payouts', label: t('bureau.approvals.payouts') },
              { value: 'refunds', label: desks('refunds.title') },
            ]}
            onChange={setTab}
          >
            <View className="b-select">
              <SelectInput
                id="approvals-school"
                label={desks('figures.school')}
                value={school.organisationId as string}
                options={schools.items.map((one) => ({ value: one.organisationId as string, label: one.name }))}
                onChange={setChosen}
              />
            </View>
          </Tabs>
          {tab === 'payouts' ? (
            <Payouts key={school.organisationId} schoolId={school.organisationId} schoolName={school.name} />
          ) : (
            <Refunds key={school.organisationId} schoolId={school.organisationId} party="bureau" queue="approving" />
          )}
        </View>
      ) : null}
    </ListState>
  );
}

const columns = (): readonly Column<PayoutRun>[] => [
  { key: 'month', title: desks('payout.month'), value: (row) => row.month, render: (row) => monthWords(row.month), head: true },
  { key: 'people', title: desks('payout.statements'), align: 'end', value: (row) => row.statements },
  { key: 'total', title: desks('payout.total'), align: 'end', value: (row) => row.totalFen, render: (row) => formatFen(row.totalFen) },
  { key: 'paid', title: desks('payout.paid'), align: 'end', value: (row) => row.paidFen, render: (row) => formatFen(row.paidFen) },
  { key: 'next', title: desks('payout.next'), value: (row) => (row.next ? desks(`party.${row.next}`) : desks('desks.none')) },
  {
    key: 'status',
    title: desks('payout.status'),
    value: (row) => payoutState(row).words,
    render: (row) => <StatusChip tone={payoutState(row).tone}>{payoutState(row).words}</StatusChip>,
  },
];

function Payouts({ schoolId, schoolName }: { readonly schoolId: Id<'organisation'>; readonly schoolName: string }) {
  const runs = useCallPages('payout', 'listPayouts', { schoolId, limit: 24 }, { everyMs: 30_000 });
  const [open, setOpen] = useState<ChinaMonth>();
  const shown = useMemo(columns, []);
  return (
    <>
      <DataTable
        name={`${t('bureau.approvals.payouts')} ${schoolName}`}
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
        <PayoutDrawer schoolId={schoolId} schoolName={schoolName} month={open} party="bureau" onClose={() => setOpen(undefined)} />
      ) : null}
    </>
  );
}
