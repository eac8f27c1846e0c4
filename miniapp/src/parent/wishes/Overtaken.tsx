/** Another list came while this one was being ranked: both are shown, and the person says which it shall be. */
import type { Instant } from '@kehou/shared/kernel/time';
import { View } from '@tarojs/components';
import { Button } from '../../components/Button';
import { moment } from '../../components/format.ts';
import { Icon } from '../../components/Icon.tsx';
import { t } from '../../texts/lottery.ts';

export interface OvertakenProps {
  /** When the other list came. */
  readonly at: Instant;
  /** The two lists in words. */
  readonly theirs: string;
  readonly mine: string;
  readonly running: boolean;
  onKeep(): void;
  onSend(): void;
}

export function Overtaken({ at, theirs, mine, running, onKeep, onSend }: OvertakenProps) {
  return (
    <View className="k-card k-column" id="wishes-overtaken">
      <View className="k-notice k-notice--attention">
        <Icon name="alert" />
        <View>{t('wishes.overtaken', { when: moment(at) })}</View>
      </View>
      <View>
        <View className="k-text-s k-muted">{t('wishes.overtaken.theirs')}</View>
        <View id="wishes-theirs">{theirs}</View>
      </View>
      <View>
        <View className="k-text-s k-muted">{t('wishes.overtaken.mine')}</View>
        <View id="wishes-mine">{mine}</View>
      </View>
      <View className="k-buttons">
        <Button kind="plain" id="wishes-keep-theirs" disabled={running} onTap={onKeep}>
          {t('wishes.overtaken.keep')}
        </Button>
        <Button kind="primary" id="wishes-send-mine" running={running} onTap={onSend}>
          {t('wishes.overtaken.send')}
        </Button>
      </View>
    </View>
  );
}
