/** When and where: terms, the calendar with its holidays and make-up days, periods of the day, rooms. */
import { View } from '@tarojs/components';
import { useState } from 'react';
import { Tabs } from '../../components/desk/Tabs.tsx';
import { t } from '../../texts/school.ts';
import { SchoolDesk } from '../desk.tsx';
import { Days } from './Days.tsx';
import { Periods } from './Periods.tsx';
import { Rooms } from './Rooms.tsx';
import { Terms } from './Terms.tsx';

const tabs = ['terms', 'days', 'periods', 'rooms'] as const;
type Tab = (typeof tabs)[number];

export default function SchoolCalendar() {
  const [tab, setTab] = useState<Tab>('terms');
  return (
    <SchoolDesk current="school/calendar" title={t('school.calendar.title')}>
      <View className="d-stack">
        <Tabs<Tab>
          id="calendar"
          label={t('school.calendar.title')}
          value={tab}
          options={tabs.map((value) => ({ value, label: t(`school.calendar.tab.${value}`) }))}
          onChange={setTab}
        />
        {tab === 'terms' ? <Terms /> : tab === 'days' ? <Days /> : tab === 'periods' ? <Periods /> : <Rooms />}
      </View>
    </SchoolDesk>
  );
}
