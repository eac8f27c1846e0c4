/** Sharing a window: a link for each place it is shared in, each with its card for the chat, its address and its code. */
import { type Id, newId } from '@kehou/shared/kernel/id';
import type { ChinaDate } from '@kehou/shared/kernel/time';
import { chinaInstant, type Instant, type TimeOfDay } from '@kehou/shared/kernel/time';
import type { ShareLinkShown } from '@kehou/shared/selection/share';
import type { Window } from '@kehou/shared/selection/window';
import { View } from '@tarojs/components';
import { useEffect, useState } from 'react';
import { api } from '../../api.ts';
import { Button } from '../../components/Button';
import { CardPicture } from '../../components/CardPicture.tsx';
import { CheckRow } from '../../components/Choices.tsx';
import { Field } from '../../components/Field.tsx';
import { fullMoment } from '../../components/format.ts';
import { TextInput } from '../../components/Inputs';
import { ListState } from '../../components/ListState.tsx';
import { QrCode } from '../../components/QrCode.tsx';
import { Sheet } from '../../components/Sheet.tsx';
import { Tap } from '../../components/Tap';
import { ShareButton } from '../../platform/buttons';
import { platform } from '../../platform/current';
import { pageUrl } from '../../platform/navigation.ts';
import type { ShareCard } from '../../platform/platform.ts';
import { useAction, useCall } from '../../queries.ts';
import { t as common } from '../../texts/common.ts';
import { t } from '../../texts/school.ts';
import type { Hours } from './lottery-form.ts';
import { Moment } from './Moment.tsx';
import { Poster } from './Poster.tsx';
import { stateOf } from './share-link.ts';

export interface ShareProps {
  readonly window: Window;
  /** The one to begin with; else the person chooses or makes one. */
  readonly link?: ShareLinkShown | undefined;
  /** What WeChat's own menu sends meanwhile. */
  onCard(card: ShareCard | undefined): void;
  onClose(): void;
}

export function Share({ window, link, onCard, onClose }: ShareProps) {
  const [chosen, setChosen] = useState(link);
  const links = useCall('selection', 'listShareLinks', { schoolId: window.schoolId, windowId: window.windowId });
  const live = links.data?.items.filter((one) => stateOf(one) === 'live') ?? [];
  return (
    <Sheet open id="window-share-sheet" title={t('school.share.title')} onClose={onClose}>
      {chosen ? (
        <One key={chosen.shareLinkId} window={window} link={chosen} onCard={onCard} onOther={() => setChosen(undefined)} />
      ) : (
        <View className="k-stack">
          <Make window={window} first={live.length === 0} onMade={setChosen} />
          <ListState of={links} skeletonRows={1} skeletonHeight={56}>
            {() =>
              live.length > 0 ? (
                <View className="k-column">
                  <View className="k-strong">{t('school.share.known')}</View>
                  <View className="k-list">
                    {live.map((one) => (
                      <Tap
                        key={one.shareLinkId}
                        id={`share-use-${one.shareLinkId}`}
                        className="k-list-row k-list-row--tap"
                        onTap={() => setChosen(one)}
                      >
                        <View className="k-grow">
                          <View>{one.name}</View>
                          <View className="k-text-s k-muted k-number">{t('school.share.until', { when: fullMoment(one.validUntil) })}</View>
                        </View>
                      </Tap>
                    ))}
                  </View>
                </View>
              ) : null
            }
          </ListState>
        </View>
      )}
    </Sheet>
  );
}

interface MakeProps {
  readonly window: Window;
  readonly first: boolean;
  onMade(link: ShareLinkShown): void;
}

function Make({ window, first, onMade }: MakeProps) {
  const { schoolId, windowId } = window;
  const [shareLinkId] = useState<Id<'shareLink'>>(() => newId('shareLink'));
  const [typed, setTyped] = useState<string>();
  const name = typed ?? (first ? t('school.share.name.first') : '');
  const [ends, setEnds] = useState<Hours>();
  const until = ends && instantOf(ends);
  const make = useAction(() => api.selection.createShareLink({ schoolId, windowId, shareLinkId, name: name.trim(), until }), {
    refresh: [['selection', 'listShareLinks']],
    onDone: onMade,
  });
  return (
    <View className="k-column">
      <Field label={t('school.share.name')} hint={t('school.share.name.hint')}>
        <TextInput id="share-name" value={name} lengthMax={20} placeholder={t('school.share.name.like')} onChange={setTyped} />
      </Field>
      <CheckRow
        id="share-ends"
        on={ends !== undefined}
        label={t('school.share.ends')}
        hint={t('school.share.ends.hint')}
        onChange={(on) => setEnds(on ? { date: '', time: '20:00' } : undefined)}
      />
      {ends ? <Moment id="share-until" label={t('school.share.ends.at')} value={ends} onChange={setEnds} /> : null}
      <Button
        id="share-make"
        kind="primary"
        block
        running={make.running}
        disabled={name.trim() === '' || (ends !== undefined && until === undefined)}
        onTap={() => make.run(undefined)}
      >
        {t('school.share.make')}
      </Button>
    </View>
  );
}

function instantOf({ date, time }: Hours): Instant | undefined {
  return date && time ? chinaInstant(date as ChinaDate, time as TimeOfDay) : undefined;
}

interface OneProps {
  readonly window: Window;
  readonly link: ShareLinkShown;
  onCard(card: ShareCard | undefined): void;
  onOther(): void;
}

function One({ window, link, onCard, onOther }: OneProps) {
  const { shareLinkId, schoolId } = link;
  const state = stateOf(link);
  const title = `${window.schoolName} · ${window.name}`;
  const path = pageUrl('entry/share', { link: shareLinkId });
  const address = addressOf(path);
  const [imageUrl, setImageUrl] = useState<string>();
  const card: ShareCard = { title, path, ...(imageUrl ? { imageUrl } : {}) };
  const given = state === 'live' ? JSON.stringify(card) : undefined;
  useEffect(() => {
    onCard(given === undefined ? undefined : (JSON.parse(given) as ShareCard));
    return () => onCard(undefined);
  }, [given, onCard]);
  const copy = useAction(
    () =>
      platform.copy(
        t('school.share.words', { title, opens: fullMoment(window.opensAt), closes: fullMoment(window.closesAt), link: address }),
      ),
    { done: common('common.copied') },
  );
  const withdraw = useAction(() => api.selection.withdrawShareLink({ schoolId, shareLinkId }), {
    done: t('school.share.withdrawn'),
    refresh: [['selection', 'listShareLinks']],
    onDone: onOther,
  });
  const ask = async () => {
    const sure = await platform.modal({
      title: t('school.share.withdraw.title', { name: link.name }),
      content: t('school.share.withdraw.content'),
      confirmText: t('school.share.withdraw'),
      danger: true,
    });
    if (sure) await withdraw.run(undefined);
  };
  const phone = platform.systemInfo().seat === 'phone';
  const [poster, setPoster] = useState(false);
  if (poster) return <Poster window={window} link={link} onBack={() => setPoster(false)} />;
  return (
    <View className="s-share">
      <View>
        <View className="k-strong">{link.name}</View>
        <View className="k-text-s k-muted k-number" id="share-state">
          {state === 'live' ? t('school.share.until', { when: fullMoment(link.validUntil) }) : t(`school.share.state.${state}`)}
        </View>
      </View>
      {state === 'live' ? (
        <>
          <CardPicture window={window} onDrawn={setImageUrl} />
          <QrCode text={address} size={220} id="share-code" />
          <View className="k-text-s k-muted">{t('school.share.hint')}</View>
          <View className="s-share__link" id="share-link">
            {address}
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
        </>
      ) : null}
      <View className="k-row k-row--wrap s-share__more">
        {state === 'live' ? (
          <Button kind="text" small id="share-poster-make" onTap={() => setPoster(true)}>
            {t('school.share.poster')}
          </Button>
        ) : null}
        <Button kind="text" small id="share-other" onTap={onOther}>
          {t('school.share.other')}
        </Button>
        {state === 'withdrawn' ? null : (
          <Button kind="text" small id="share-withdraw" running={withdraw.running} onTap={ask}>
            {t('school.share.withdraw')}
          </Button>
        )}
      </View>
    </View>
  );
}

/** On h5 an address that any browser opens; in WeChat the page's path, which the scanner and the chat understand. */
function addressOf(path: string): string {
  return process.env.TARO_ENV === 'h5' ? `${location.origin}${location.pathname}#${path}` : path;
}
