/** Chinese or English, from now on. The app begins again at its first page, so that every word follows. */
import { Text } from '@tarojs/components';
import { keepLanguage } from '../boot.ts';
import { restart } from '../platform/navigation.ts';
import { language } from '../texts/catalogue.ts';
import { Icon } from './Icon.tsx';
import { Tap } from './Tap';

export function LanguageSwitch({ className = 'k-row k-text-s k-muted' }: { readonly className?: string }) {
  const other = language() === 'zh' ? 'en' : 'zh';
  return (
    <Tap
      id="language"
      className={className}
      onTap={() => {
        keepLanguage(other);
        restart('entry/start');
      }}
    >
      <Icon name="globe" />
      {/* In the language that it leads to: whoever wants it can read it. */}
      <Text>{other === 'en' ? 'English' : '中文'}</Text>
    </Tap>
  );
}
