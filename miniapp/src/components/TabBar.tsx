/** The tabs at the foot of a role's main pages. WeChat's own must be in the main package; ours can be in any. */
import Tabbar from '@nutui/nutui-react-taro/dist/es/packages/tabbar';
import TabbarItem from '@nutui/nutui-react-taro/dist/es/packages/tabbaritem';
import { View } from '@tarojs/components';
import { replace } from '../platform/navigation.ts';
import type { PageName } from '../routes.ts';
import { Icon, type IconName } from './Icon.tsx';
import { reachable } from './reachable.ts';
import '@nutui/nutui-react-taro/dist/es/packages/tabbar/style/css';
import './TabBar.scss';

export interface Tab {
  readonly page: PageName;
  readonly label: string;
  readonly icon: IconName;
  /** A number of things that wait; 0 shows nothing. */
  readonly count?: number;
}

export function TabBar({ tabs, current }: { readonly tabs: readonly Tab[]; readonly current: PageName }) {
  const open = (index: number) => {
    const page = tabs[index]?.page;
    if (page && page !== current) replace(page);
  };
  return (
    <View {...(process.env.TARO_ENV === 'h5' ? { role: 'tablist' } : {})}>
      <Tabbar className="k-tabs" value={tabs.findIndex((tab) => tab.page === current)} onSwitch={open}>
        {tabs.map((tab, index) => (
          <TabbarItem
            key={tab.page}
            id={`tab-${tab.page.replace('/', '-')}`}
            className="k-tabs__tab k-focus"
            title={tab.label}
            icon={<Icon name={tab.icon} size={1.4} />}
            value={tab.count ?? 0}
            {...reachable({ role: 'tab', selected: tab.page === current }, () => open(index))}
          />
        ))}
      </Tabbar>
    </View>
  );
}
