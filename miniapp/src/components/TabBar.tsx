/** The tabs at the foot of a role's main pages. WeChat's own must be in the main package; ours can be in any. */
import { Text, View } from '@tarojs/components';
import { replace } from '../platform/navigation.ts';
import type { PageName } from '../routes.ts';
import { Icon, type IconName } from './Icon.tsx';
import { Tap } from './Tap';
import './TabBar.scss';

export interface Tab {
  readonly page: PageName;
  readonly label: string;
  readonly icon: IconName;
  /** A number of things that wait; 0 shows nothing. */
  readonly count?: number;
}

export function TabBar({ tabs, current }: { readonly tabs: readonly Tab[]; readonly current: PageName }) {
  return (
    <View className="k-tabs" {...(process.env.TARO_ENV === 'h5' ? { role: 'tablist' } : {})}>
      {tabs.map((tab) => (
        <Tap
          key={tab.page}
          role="tab"
          id={`tab-${tab.page.replace('/', '-')}`}
          selected={tab.page === current}
          className={`k-tabs__tab${tab.page === current ? ' k-tabs__tab--current' : ''}`}
          onTap={() => {
            if (tab.page !== current) replace(tab.page);
          }}
        >
          <View className="k-tabs__icon">
            <Icon name={tab.icon} size={1.4} />
            {tab.count ? <Text className="k-tabs__count k-number">{tab.count > 99 ? '99+' : tab.count}</Text> : null}
          </View>
          <Text className="k-tabs__label">{tab.label}</Text>
        </Tap>
      ))}
    </View>
  );
}
