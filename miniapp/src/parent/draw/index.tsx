/** A child's part of a draw: how far it is, what came of it and why, and how anybody checks it. */
import { Id } from '@kehou/shared/kernel/id';
import { ApiError } from '@kehou/shared/kernel/route';
import type { Window } from '@kehou/shared/selection/window';
import { View } from '@tarojs/components';
import * as z from 'zod';
import { serverNow, useServerNow } from '../../clock.ts';
import { AppShell } from '../../components/AppShell.tsx';
import { Button } from '../../components/Button';
import { useRequiredChild, useRequiredMe } from '../../components/Gate.tsx';
import { Empty, ListState } from '../../components/ListState.tsx';
import { phaseOf } from '../../components/lottery-phase.ts';
import { ModeWords } from '../../components/ModeWords.tsx';
import { replace, useQuery } from '../../platform/navigation.ts';
import { useCall } from '../../queries.ts';
import { t } from '../../texts/lottery.ts';
import { ChildChips } from '../ChildChips.tsx';
import { useLabels } from '../periods.ts';
import { Proof } from './Proof.tsx';
import { Result, Turns } from './Result.tsx';
import { Stages } from './Stages.tsx';
import './index.scss';

const Query = z.object({ windowId: Id('window') });
type WindowId = z.output<typeof Query>['windowId'];

/** Nothing hangs on a second here: the draw itself sends a message. */
const LOOK_AGAIN_MS = 20_000;
const NAMES_STALE_MS = 10 * 60_000;

export default function ParentDraw() {
  const query = useQuery(Query);
  return (
    <AppShell access="parent" title={t('draw.title')}>
      {query ? <OfChild windowId={query.windowId} /> : <Empty icon="alert" text={t('wishes.none')} />}
    </AppShell>
  );
}

function OfChild({ windowId }: { readonly windowId: WindowId }) {
  const me = useRequiredMe();
  const child = useRequiredChild();
  const siblings = me.children.filter(({ schoolId }) => schoolId === child.schoolId);
  const shared = useCall('selection', 'getSharedWindow', { windowId });
  const window = shared.data?.window;
  return (
    <View className="k-stack">
      <ChildChips among={siblings} />
      <ListState of={shared} skeletonRows={3} skeletonHeight={140}>
        {() =>
          window?.lottery ? (
            <Draw key={child.pupilId} window={window} />
          ) : (
            <Empty
              icon="info"
              text={t('wishes.noDraw')}
              action={
                <Button kind="primary" id="to-classes" onTap={() => replace('parent/classes', { windowId })}>
                  {t('wishes.noDraw.go')}
                </Button>
              }
            />
          )
        }
      </ListState>
    </View>
  );
}

function Draw({ window }: { readonly window: Omit<Window, 'offeringIds'> }) {
  const child = useRequiredChild();
  const { windowId } = window;
  const part = useCall('selection', 'getChildDraw', { pupilId: child.pupilId, windowId }, { everyMs: LOOK_AGAIN_MS });
  const choices = useCall('selection', 'getChoices', { pupilId: child.pupilId, windowId });
  const { data } = part;
  // For what classes are called where two have one name; the page does without while it is not there.
  const page = useCall(
    'selection',
    'getClassPage',
    { pupilId: child.pupilId, windowId },
    { enabled: Boolean(data), staleMs: NAMES_STALE_MS },
  );
  const { nameOf } = useLabels(child.schoolId, page.data);
  // Not found is an answer: the list is not published yet.
  const notYet = !data && part.error instanceof ApiError && part.error.status === 404;
  const howFar = (
    <View className="k-card k-column">
      <View className="k-text-s k-muted">{window.schoolName}</View>
      <View className="k-strong">{window.name}</View>
      <ModeWords window={window} brief />
      <View className="k-divider" />
      <Stages window={window} draw={data?.draw} />
    </View>
  );
  if (notYet) {
    return (
      <>
        <Before window={window} sent={choices.data?.choices?.offeringIds.length} />
        {howFar}
      </>
    );
  }
  return (
    <ListState of={part} skeletonRows={3} skeletonHeight={160}>
      {() =>
        data ? (
          <>
            <Result part={data} nameOf={nameOf} />
            {howFar}
            <Turns part={data} nameOf={nameOf} />
            <Proof
              part={data}
              receipt={choices.data?.receipt}
              nameOf={(offeringId) => nameOf(offeringId, page.data ? t('wishes.gone') : '…')}
            />
          </>
        ) : null
      }
    </ListState>
  );
}

function Before({ window, sent }: { readonly window: Omit<Window, 'offeringIds'>; readonly sent: number | undefined }) {
  const child = useRequiredChild();
  useServerNow(1000);
  const wishing = phaseOf(window, serverNow()) === 'wishing';
  return (
    <View className="k-card k-column" id="draw-before">
      <View className="k-strong">
        {sent
          ? t('draw.before.mine', { name: child.name, count: sent })
          : t(sent === 0 ? 'draw.before.withdrawn' : 'draw.before.none', { name: child.name })}
      </View>
      <View className="k-text-s k-muted">{t(serverNow() >= window.closesAt ? 'draw.closing' : 'draw.before')}</View>
      {wishing ? (
        <Button kind="primary" block id="to-wishes" onTap={() => replace('parent/wishes', { windowId: window.windowId })}>
          {t('lottery.wish')}
        </Button>
      ) : null}
    </View>
  );
}
