/** How far a draw is: wishes, the list, the draw, the places. */
import type { PublishedDraw } from '@kehou/shared/selection/lottery';
import type { Window } from '@kehou/shared/selection/window';
import { moment } from '../../components/format.ts';
import { Timeline, type TimelineStep } from '../../components/Timeline.tsx';
import { t } from '../../texts/lottery.ts';

const order = ['fixed', 'drawn', 'allotted'] as const;

export function Stages({
  window,
  draw,
}: {
  readonly window: Pick<Window, 'closesAt' | 'lottery'>;
  readonly draw: PublishedDraw | undefined;
}) {
  const reached = draw ? order.indexOf(draw.stage) : -1;
  const state = (stage: number): TimelineStep['state'] => (stage <= reached ? 'done' : stage === reached + 1 ? 'now' : 'next');
  const source = draw?.seedSource ?? window.lottery?.seedSource;
  const steps: readonly TimelineStep[] = [
    {
      key: 'wishing',
      title: t('draw.stage.wishing'),
      state: reached >= 0 ? 'done' : 'now',
      detail: t('draw.stage.wishing.detail', { when: moment(window.closesAt) }),
    },
    {
      key: 'fixed',
      title: t('draw.stage.fixed'),
      state: reached >= 0 ? 'done' : 'next',
      time: draw && moment(draw.fixedAt),
      detail: draw && t('draw.stage.fixed.detail', { count: draw.entries }),
    },
    {
      key: 'drawn',
      title: t('draw.stage.drawn'),
      state: reached >= 0 ? state(1) : 'next',
      time: draw?.drawnAt && moment(draw.drawnAt),
      detail:
        reached >= 1 || !source
          ? undefined
          : source.kind === 'public'
            ? t('draw.stage.await', { name: source.name, when: moment(source.bornAt) })
            : t('draw.stage.awaitSecret'),
    },
    {
      key: 'allotted',
      title: t('draw.stage.allotted'),
      state: reached >= 0 ? state(2) : 'next',
      detail: draw?.payBefore && t('draw.stage.pay', { when: moment(draw.payBefore) }),
    },
  ];
  return <Timeline steps={steps} />;
}
