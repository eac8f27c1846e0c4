/** What came in, what went back, and the proof that it adds up. */
import { View } from '@tarojs/components';
import { useState } from 'react';
import * as z from 'zod';
import { Tabs } from '../../components/desk/Tabs.tsx';
import { Refunds } from '../../components/money/Refunds.tsx';
import { useQuery } from '../../platform/navigation.ts';
import { t } from '../../texts/school.ts';
import { SchoolDesk, useSchool } from '../desk.tsx';
import { Export } from './Export.tsx';
import { Ledger } from './Ledger.tsx';
import { Payments } from './Payments.tsx';

const Tab = z.enum(['payments', 'refunds', 'ledger']);
type Tab = z.infer<typeof Tab>;
const Query = z.object({ tab: Tab.optional(), queue: z.enum(['all', 'approving', 'attention']).optional() });

export default function SchoolMoney() {
  const [exporting, setExporting] = useState(false);
  return (
    <SchoolDesk current="school/money" title={t('school.money.title')} actions={<Export open={exporting} onOpen={setExporting} />}>
      <Parts />
    </SchoolDesk>
  );
}

function Parts() {
  const { schoolId } = useSchool();
  const query = useQuery(Query);
  const [tab, setTab] = useState<Tab>(query?.tab ?? 'payments');
  return (
    <View className="d-stack">
      <Tabs<Tab>
        id="money"
        label={t('school.money.title')}
        value={tab}
        options={Tab.options.map((value) => ({ value, label: t(`school.money.tab.${value}`) }))}
        onChange={setTab}
      />
      {tab === 'payments' ? (
        <Payments />
      ) : tab === 'refunds' ? (
        <Refunds schoolId={schoolId} party="school" {...(query?.queue ? { queue: query.queue } : {})} />
      ) : (
        <Ledger />
      )}
    </View>
  );
}
