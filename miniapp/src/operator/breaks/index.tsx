/** Where the provider's bills and the books differ, payments of another sum than was asked, and the provider's fees: settled here. */
import { View } from '@tarojs/components';
import { useState } from 'react';
import * as z from 'zod';
import { Tabs } from '../../components/desk/Tabs.tsx';
import { Breaks } from '../../components/money/Breaks.tsx';
import { Fees } from '../../components/money/Fees.tsx';
import { ParkedPayments } from '../../components/money/ParkedPayments.tsx';
import { useQuery } from '../../platform/navigation.ts';
import { t as desks } from '../../texts/desks.ts';
import { t } from '../../texts/operator.ts';
import { OperatorDesk, useOperatorId } from '../desk.tsx';
import '../operator.scss';

const Tab = z.enum(['breaks', 'parked', 'fees']);
type Tab = z.infer<typeof Tab>;
const Query = z.object({ tab: Tab.optional() });

export default function OperatorBreaks() {
  return (
    <OperatorDesk current="operator/breaks" title={t('operator.breaks.title')} lead={t('operator.breaks.lead')}>
      <Ours />
    </OperatorDesk>
  );
}

function Ours() {
  const organisationId = useOperatorId();
  const query = useQuery(Query);
  const [tab, setTab] = useState<Tab>(query?.tab ?? 'breaks');
  return (
    <View className="d-stack">
      <Tabs<Tab>
        id="to-look-into"
        label={t('operator.breaks.tabs')}
        value={tab}
        options={Tab.options.map((value) => ({ value, label: value === 'breaks' ? t('operator.breaks.title') : desks(`${value}.title`) }))}
        onChange={setTab}
      />
      {tab === 'breaks' ? (
        <Breaks organisationId={organisationId} name={t('operator.breaks.title')} />
      ) : tab === 'parked' ? (
        <ParkedPayments organisationId={organisationId} />
      ) : (
        <Fees organisationId={organisationId} />
      )}
    </View>
  );
}
