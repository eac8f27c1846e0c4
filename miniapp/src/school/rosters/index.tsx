/** Pupils, imports of rosters, and who asks to be linked to a child. */
import { View } from '@tarojs/components';
import { useState } from 'react';
import * as z from 'zod';
import { Tabs } from '../../components/desk/Tabs.tsx';
import { useQuery } from '../../platform/navigation.ts';
import { t } from '../../texts/school.ts';
import { SchoolDesk } from '../desk.tsx';
import { Imports } from './Imports.tsx';
import { Links } from './Links.tsx';
import { Pupils } from './Pupils.tsx';

const Tab = z.enum(['pupils', 'import', 'links']);
type Tab = z.infer<typeof Tab>;
const Query = z.object({ tab: Tab.optional() });

export default function Rosters() {
  const query = useQuery(Query);
  const [tab, setTab] = useState<Tab>(query?.tab ?? 'pupils');
  return (
    <SchoolDesk current="school/rosters" title={t('school.rosters.title')}>
      <View className="d-stack">
        <Tabs<Tab>
          id="rosters"
          label={t('school.rosters.title')}
          value={tab}
          options={Tab.options.map((value) => ({ value, label: t(`school.rosters.tab.${value}`) }))}
          onChange={setTab}
        />
        {tab === 'pupils' ? <Pupils onImport={() => setTab('import')} /> : tab === 'import' ? <Imports /> : <Links />}
      </View>
    </SchoolDesk>
  );
}
