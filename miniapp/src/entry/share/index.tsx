/**
 * Where a shared selection window lands: its hours for everyone, a way in for those with a child at that school, a kind word for those
 * whose child goes elsewhere, and for whoever comes by a link that is over. By a link that its school made (a mini-program code has it
 * as its `scene`), or by the window itself.
 */
import type { Child } from '@kehou/shared/identity/person';
import { Id } from '@kehou/shared/kernel/id';
import type { OpenedShareLink } from '@kehou/shared/selection/share';
import { View } from '@tarojs/components';
import { useState } from 'react';
import * as z from 'zod';
import { AppShell } from '../../components/AppShell.tsx';
import { Button } from '../../components/Button';
import { CardPicture } from '../../components/CardPicture.tsx';
import { Icon } from '../../components/Icon.tsx';
import { Empty, ListState } from '../../components/ListState.tsx';
import { go, pageUrl, replace, restart, useQuery } from '../../platform/navigation.ts';
import type { ShareCard } from '../../platform/platform.ts';
import { useCall } from '../../queries.ts';
import { homes } from '../../routes.ts';
import { chooseChild, chooseRole } from '../../session.ts';
import { t as common } from '../../texts/common.ts';
import { t } from '../../texts/entry.ts';
import { type SharedWindow, SharedWindowCard, wayInto } from './SharedWindowCard.tsx';

const link = Id('shareLink');
const Query = z.union([
  z.object({ link }),
  z.object({ scene: link }).transform(({ scene }) => ({ link: scene })),
  z.object({ windowId: Id('window') }),
]);

export default function Share() {
  const query = useQuery(Query);
  if (query && 'link' in query) return <ByLink shareLinkId={query.link} />;
  if (query) return <ByWindow windowId={query.windowId} />;
  return (
    <AppShell access="anyone" title={t('share.title')}>
      <Empty icon="alert" text={t('share.bad')} hint={t('share.bad.hint')} action={<Home />} />
    </AppShell>
  );
}
Share.enableShareAppMessage = true;

function ByLink({ shareLinkId }: { readonly shareLinkId: Id<'shareLink'> }) {
  const opened = useCall('selection', 'openShareLink', { shareLinkId });
  const window = opened.data?.window;
  const [imageUrl, setImageUrl] = useState<string>();
  return (
    <AppShell access="signed-in" title={t('share.title')} share={window && cardOf(window, { link: shareLinkId }, imageUrl)}>
      {window ? <CardPicture window={window} onDrawn={setImageUrl} /> : null}
      <View className="k-stack">
        <ListState of={opened} skeletonRows={2} skeletonHeight={140}>
          {() => <Opened opened={opened.data as OpenedShareLink} />}
        </ListState>
      </View>
    </AppShell>
  );
}

function ByWindow({ windowId }: { readonly windowId: Id<'window'> }) {
  const shared = useCall('selection', 'getSharedWindow', { windowId });
  const window = shared.data?.window;
  const [imageUrl, setImageUrl] = useState<string>();
  return (
    <AppShell access="signed-in" title={t('share.title')} share={window && cardOf(window, { windowId }, imageUrl)}>
      {window ? <CardPicture window={window} onDrawn={setImageUrl} /> : null}
      <View className="k-stack">
        <ListState of={shared} skeletonRows={2} skeletonHeight={140}>
          {() => {
            const data = shared.data as NonNullable<typeof shared.data>;
            return <Live window={data.window} mine={data.children} elsewhere={[]} />;
          }}
        </ListState>
      </View>
    </AppShell>
  );
}

/** What goes on to the next chat: the same link again. */
function cardOf({ schoolName, name }: SharedWindow, query: Readonly<Record<string, string>>, imageUrl: string | undefined): ShareCard {
  return { title: `${schoolName} · ${name}`, path: pageUrl('entry/share', query), ...(imageUrl ? { imageUrl } : {}) };
}

function Opened({ opened: { state, school, window, children, elsewhere } }: { readonly opened: OpenedShareLink }) {
  if (window) return <Live window={window} mine={children} elsewhere={elsewhere} />;
  const over = state === 'live' ? 'unknown' : state;
  const mine = [...children, ...elsewhere];
  return (
    <>
      <View className="k-card k-column" id={`share-over-${over}`}>
        <View className="k-row">
          <Icon name="info" className="k-attention" />
          <View className="k-strong">{t(`share.link.${over}`)}</View>
        </View>
        <View className="k-muted">
          {over === 'unknown' ? t('share.link.unknown.hint') : t(`share.link.${over}.hint`, { school: school?.name ?? '' })}
        </View>
      </View>
      {mine.map((child) => (
        <Button key={child.pupilId} id={`share-home-${child.pupilId}`} kind="primary" block onTap={() => toHomeOf(child)}>
          {t('share.home', { name: child.name })}
        </Button>
      ))}
      {mine.length === 0 && school ? <LinkChild schoolId={school.schoolId} /> : null}
      {mine.length === 0 && !school ? <Home /> : null}
    </>
  );
}

interface LiveProps {
  readonly window: SharedWindow;
  readonly mine: readonly Child[];
  readonly elsewhere: readonly Child[];
}

function Live({ window, mine, elsewhere }: LiveProps) {
  const stranger = mine.length === 0 && elsewhere.length === 0;
  return (
    <>
      {mine.length === 0 && elsewhere.length > 0 ? (
        <View className="k-card k-column" id="share-elsewhere">
          <View className="k-row">
            <Icon name="info" className="k-primary" />
            <View className="k-strong">{t('share.elsewhere', { school: window.schoolName })}</View>
          </View>
          <View className="k-muted">{t('share.elsewhere.hint')}</View>
          {elsewhere.map((child) => (
            <Button key={child.pupilId} id={`share-elsewhere-${child.pupilId}`} kind="primary" block onTap={() => toHomeOf(child)}>
              {t('share.elsewhere.go', { name: child.name, school: child.schoolName })}
            </Button>
          ))}
        </View>
      ) : null}
      <SharedWindowCard window={window} mine={mine} />
      {mine.map((child) => (
        <Button
          key={child.pupilId}
          id={`share-enter-${child.pupilId}`}
          kind="primary"
          block
          onTap={() => toHomeOf(child, { windowId: window.windowId, ...wayInto(window) })}
        >
          {t('share.enter', { name: child.name })}
        </Button>
      ))}
      {mine.length === 0 ? <LinkChild schoolId={window.schoolId} quiet={!stranger} /> : null}
    </>
  );
}

function toHomeOf(child: Child, query?: Readonly<Record<string, string>>): void {
  chooseRole({ role: 'parent' });
  chooseChild(child.pupilId);
  replace(homes.parent, query);
}

function LinkChild({ schoolId, quiet = false }: { readonly schoolId: string; readonly quiet?: boolean }) {
  return (
    <View className="k-card k-column">
      <View className={quiet ? 'k-muted' : ''}>{t('share.noChild')}</View>
      <Button id="share-link-child" kind={quiet ? 'plain' : 'tint'} block onTap={() => go('entry/link-child', { schoolId })}>
        {t('entry.byNumber')}
      </Button>
    </View>
  );
}

function Home() {
  return (
    <Button id="share-start" kind="plain" onTap={() => restart('entry/start')}>
      {common('common.home')}
    </Button>
  );
}
