/**
 * A phone page: title bar, content, a bar that stays at the bottom. In WeChat the title bar is WeChat's own; in a browser we
 * draw one. On a wide window the column stays as wide as a phone.
 */
import { View } from '@tarojs/components';
import { type ReactNode, useEffect } from 'react';
import { useSystemInfo } from '../platform/appearance.ts';
import { platform, usePlatformShare } from '../platform/current';
import { back, canGoBack, restart } from '../platform/navigation.ts';
import type { ShareCard } from '../platform/platform.ts';
import { useRefreshOnShow } from '../queries.ts';
import { t } from '../texts/common.ts';
import { Gate, type GateProps } from './Gate.tsx';
import { Icon } from './Icon.tsx';
import { Tap } from './Tap';
import './AppShell.scss';

export interface AppShellProps {
  readonly title: string;
  /** Who may see it: the content is drawn only for them. */
  readonly access: GateProps['access'];
  readonly children: ReactNode;
  /** Stays at the bottom: a tab bar, a basket, the main button. Content scrolls clear of it. */
  readonly footer?: ReactNode;
  /** At the right of our own title bar; in WeChat at the top of the content, right. */
  readonly action?: ReactNode;
  /** What sharing this page sends; pages without it cannot be shared. Set `Page.enableShareAppMessage = true` too. */
  readonly share?: ShareCard | undefined;
  /** A dark surround, for codes on show. */
  readonly night?: boolean;
  /** A home: no way back from it. */
  readonly root?: boolean;
}

export function AppShell(props: AppShellProps) {
  const { title, access, children, footer, action, share, night, root } = props;
  const info = useSystemInfo();
  usePlatformShare(share ?? null);
  useRefreshOnShow();
  useEffect(() => platform.setTitle(title), [title]);

  const style = {
    '--scale': String(info.fontScale),
    '--safe-bottom': `${info.safeBottom}px`,
    '--status-bar': `${info.statusBarHeight}px`,
  } as Record<string, string>;
  return (
    <View className={`k-root k-shell${night ? ' k-shell--night' : ''}`} style={style}>
      {process.env.TARO_ENV === 'h5' ? (
        <TitleBar title={title} root={root ?? false} action={action} />
      ) : action ? (
        <View className="k-shell__action">{action}</View>
      ) : null}
      <View className="k-shell__content" {...(process.env.TARO_ENV === 'h5' ? { role: 'main' } : {})}>
        <Gate access={access}>{children}</Gate>
      </View>
      {footer ? <View className="k-shell__footer">{footer}</View> : null}
    </View>
  );
}

function TitleBar({ title, root, action }: { readonly title: string; readonly root: boolean; readonly action: ReactNode }) {
  const stacked = canGoBack();
  return (
    <View className="k-titlebar" role="banner">
      <View className="k-titlebar__side">
        {root ? null : (
          <Tap
            className="k-titlebar__button"
            label={stacked ? t('common.back') : t('common.home')}
            onTap={() => (stacked ? back() : restart('entry/start'))}
          >
            <Icon name={stacked ? 'back' : 'home'} size={1.4} />
          </Tap>
        )}
      </View>
      <View className="k-titlebar__title" role="heading" aria-level="1">
        {title}
      </View>
      <View className="k-titlebar__side k-titlebar__side--end">{action}</View>
    </View>
  );
}
