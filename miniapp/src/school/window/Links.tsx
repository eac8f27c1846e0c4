/** The links that a window was shared by, and what came of each. */
import type { ShareLinkShown } from '@kehou/shared/selection/share';
import type { Window } from '@kehou/shared/selection/window';
import { View } from '@tarojs/components';
import { useCallback, useMemo } from 'react';
import { Chart, type Palette } from '../../components/charts/Chart.tsx';
import { barsHeight, barsOption } from '../../components/charts/options.ts';
import { type Column, DataTable } from '../../components/DataTable';
import { Panel } from '../../components/desk/Panel.tsx';
import { fullMoment, whole } from '../../components/format.ts';
import { StatusChip, type Tone } from '../../components/StatusChip.tsx';
import { useCall } from '../../queries.ts';
import { t } from '../../texts/school.ts';
import { stateOf } from './share-link.ts';

const CALM_MS = 15_000;
const BARS_MAX = 12;
const tones: Record<ReturnType<typeof stateOf>, Tone> = { live: 'primary', lapsed: 'plain', withdrawn: 'plain' };

const columns = (): readonly Column<ShareLinkShown>[] => [
  { key: 'name', title: t('school.share.place'), value: (link) => link.name, head: true },
  {
    key: 'state',
    title: t('school.share.state'),
    value: (link) => t(`school.share.state.${stateOf(link)}`),
    render: (link) => <StatusChip tone={tones[stateOf(link)]}>{t(`school.share.state.${stateOf(link)}`)}</StatusChip>,
  },
  { key: 'until', title: t('school.share.validUntil'), value: (link) => link.validUntil, render: (link) => fullMoment(link.validUntil) },
  { key: 'opens', title: t('school.share.opens'), align: 'end', value: (link) => link.opens, render: (link) => whole(link.opens) },
  {
    key: 'enrolments',
    title: t('school.share.enrolments'),
    align: 'end',
    value: (link) => link.enrolments,
    render: (link) => whole(link.enrolments),
  },
];

export interface LinksProps {
  readonly window: Window;
  readonly openKey: string | undefined;
  onOpen(link: ShareLinkShown): void;
}

export function Links({ window, openKey, onOpen }: LinksProps) {
  const { schoolId, windowId } = window;
  const links = useCall('selection', 'listShareLinks', { schoolId, windowId }, { everyMs: CALM_MS });
  const shown = useMemo(columns, []);
  const items = links.data?.items;
  const bars = useMemo(
    () =>
      (items ?? [])
        .filter(({ opens }) => opens > 0)
        .sort((a, b) => b.enrolments - a.enrolments || b.opens - a.opens)
        .slice(0, BARS_MAX)
        .map(({ name, opens, enrolments }) => ({ name, value: enrolments, label: `${whole(enrolments)} / ${whole(opens)}` })),
    [items],
  );
  const most = Math.max(1, ...bars.map(({ value }) => value));
  const option = useCallback((colours: Palette) => barsOption(bars, colours, most), [bars, most]);
  return (
    <Panel id="window-links" title={t('school.share.links')} hint={t('school.share.links.hint')}>
      <DataTable
        name={t('school.share.links')}
        columns={shown}
        rows={items ?? []}
        keyOf={(link) => link.shareLinkId}
        of={links}
        searchable={false}
        emptyText={t('school.share.none')}
        onOpen={onOpen}
        openKey={openKey}
      />
      {bars.length > 0 ? (
        <View id="window-links-chart">
          <View className="k-text-s k-muted">{t('school.share.chart')}</View>
          <Chart label={t('school.share.chart')} option={option} height={barsHeight(bars.length)} />
        </View>
      ) : null}
    </Panel>
  );
}
