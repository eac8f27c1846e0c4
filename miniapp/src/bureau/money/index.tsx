/**
 * The proof over the whole subtree, and school by school: the one that breaks it first. And what waits to be looked into, which a bureau
 * does for a school without an operator.
 */
import type { billingRoutes } from '@kehou/shared/billing/routes';
import { formatFen } from '@kehou/shared/kernel/fen';
import type { OutputOf } from '@kehou/shared/kernel/route';
import { View } from '@tarojs/components';
import { useMemo, useState } from 'react';
import * as z from 'zod';
import { type Column, DataTable } from '../../components/DataTable';
import { Tabs } from '../../components/desk/Tabs.tsx';
import { yuan } from '../../components/desk/yuan.ts';
import { Breaks } from '../../components/money/Breaks.tsx';
import { ParkedPayments } from '../../components/money/ParkedPayments.tsx';
import { Proof, useProof } from '../../components/money/Proof.tsx';
import { StatusChip } from '../../components/StatusChip.tsx';
import { useQuery } from '../../platform/navigation.ts';
import { t } from '../../texts/bureau.ts';
import { t as desks } from '../../texts/desks.ts';
import { BureauDesk, useBureau, useEvery, useSchools } from '../desk.tsx';

type School = OutputOf<typeof billingRoutes.proveLedger>['schools'][number];

export default function BureauMoney() {
  return (
    <BureauDesk current="bureau/money" title={t('bureau.money.title')} lead={t('bureau.money.lead')}>
      <Tabbed />
    </BureauDesk>
  );
}

const Tab = z.enum(['proof', 'breaks', 'parked']);
type Tab = z.infer<typeof Tab>;
const Query = z.object({ tab: Tab.optional() });
const tabNames = { proof: 'money.proof', breaks: 'breaks.title', parked: 'parked.title' } as const;

function Tabbed() {
  const { bureauId } = useBureau();
  const query = useQuery(Query);
  const [tab, setTab] = useState<Tab>(query?.tab ?? 'proof');
  const schools = useSchools();
  useEvery(schools);
  const actsFor = (schoolId: string | undefined) => schools.items.some((one) => one.organisationId === schoolId && !one.operatorId);
  return (
    <View className="d-stack">
      <Tabs<Tab>
        id="money-tabs"
        label={t('bureau.money.tabs')}
        value={tab}
        options={Tab.options.map((value) => ({ value, label: desks(tabNames[value]) }))}
        onChange={setTab}
      />
      {tab === 'proof' ? (
        <Money />
      ) : tab === 'breaks' ? (
        <Breaks organisationId={bureauId} name={desks('breaks.title')} actsFor={actsFor} />
      ) : (
        <ParkedPayments organisationId={bureauId} actsFor={actsFor} />
      )}
    </View>
  );
}

/** What is owed stands as a credit, which is negative: people read a sum. */
const shownFen = (row: School, account: keyof School['balances']): number =>
  account === 'bank' || account === 'transit' || account === 'fees' ? row.balances[account] : 0 - row.balances[account];

const columns = (): readonly Column<School>[] => [
  { key: 'name', title: desks('figures.school'), value: (row) => row.schoolName, head: true },
  ...(['bank', 'transit', 'fees', 'parents', 'payees', 'fund'] as const).map(
    (account): Column<School> => ({
      key: account,
      title: desks(`money.account.${account}`),
      align: 'end',
      value: (row) => shownFen(row, account),
      exported: (row) => yuan(shownFen(row, account)),
      render: (row) => formatFen(shownFen(row, account)),
    }),
  ),
  {
    key: 'holds',
    title: desks('money.proof'),
    value: (row) => (row.holds ? t('bureau.money.holds') : t('bureau.money.broken')),
    filter: true,
    render: (row) => (
      <StatusChip tone={row.holds ? 'primary' : 'danger'}>{row.holds ? t('bureau.money.holds') : t('bureau.money.broken')}</StatusChip>
    ),
  },
];

function Money() {
  const { bureauId } = useBureau();
  const proof = useProof(bureauId);
  const shown = useMemo(columns, []);
  const schools = [...(proof.data?.schools ?? [])].sort((a, b) => Number(a.holds) - Number(b.holds));
  return (
    <View className="d-stack">
      <Proof organisationId={bureauId} />
      <DataTable
        name={t('bureau.money.title')}
        columns={shown}
        rows={schools}
        keyOf={(row) => row.schoolId}
        of={proof}
        pageSize={50}
        emptyText={desks('figures.none')}
      />
    </View>
  );
}
