/** Sharing a window: the card into a group chat, the link, a code for a poster. */
import type { Window } from '@kehou/shared/selection/window';
import { View } from '@tarojs/components';
import { Button } from '../../components/Button';
import { fullMoment } from '../../components/format.ts';
import { QrCode } from '../../components/QrCode.tsx';
import { Sheet } from '../../components/Sheet.tsx';
import { ShareButton } from '../../platform/buttons';
import { platform } from '../../platform/current';
import type { ShareCard } from '../../platform/platform.ts';
import { useAction } from '../../queries.ts';
import { t as common } from '../../texts/common.ts';
import { t } from '../../texts/school.ts';

export function Share({ window, card, onClose }: { readonly window: Window; readonly card: ShareCard; onClose(): void }) {
  const link = linkOf(card.path);
  const copy = useAction(
    () =>
      platform.copy(
        t('school.share.words', { title: card.title, opens: fullMoment(window.opensAt), closes: fullMoment(window.closesAt), link }),
      ),
    {
      done: common('common.copied'),
    },
  );
  const phone = platform.systemInfo().seat === 'phone';
  return (
    <Sheet open id="window-share-sheet" title={t('school.share.title')} onClose={onClose}>
      <View className="s-share">
        <View>
          <View className="k-strong">{card.title}</View>
          <View className="k-text-s k-muted k-number">
            {fullMoment(window.opensAt)} – {fullMoment(window.closesAt)}
          </View>
        </View>
        <QrCode text={link} size={220} id="share-code" />
        <View className="k-text-s k-muted">{t('school.share.hint')}</View>
        <View className="s-share__link" id="share-link">
          {link}
        </View>
        <View className="k-buttons s-share__buttons">
          <Button kind={phone ? 'plain' : 'primary'} icon="copy" id="share-copy" running={copy.running} onTap={() => copy.run(undefined)}>
            {t('school.share.copy')}
          </Button>
          {phone ? (
            <ShareButton className="k-button k-button--primary" card={card} onFailed={() => undefined}>
              {t('school.share.chat')}
            </ShareButton>
          ) : null}
        </View>
      </View>
    </Sheet>
  );
}

/** On h5 an address that any browser opens; in WeChat the page's path, which the scanner and the chat understand. */
function linkOf(path: string): string {
  return process.env.TARO_ENV === 'h5' ? `${location.origin}${location.pathname}#${path}` : path;
}
