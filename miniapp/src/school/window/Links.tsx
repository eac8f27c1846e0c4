/** The links that a window was shared by. */
import type { ShareLinkShown } from '@kehou/shared/selection/share';
import type { Window } from '@kehou/shared/selection/window';
import { useMemo } from 'react';
import { type Column, DataTable } from '../../components/DataTable';
import { Panel } from '../../components/desk/Panel.tsx';
import { fullMoment } from '../../components/format.ts';
import { StatusChip, type Tone } from '../../components/StatusChip.tsx';
import { useCall } from '../../queries.ts';
import { t } from '../../texts/school.ts';
import { stateOf } from './share-link.ts';

const CALM_MS = 30_000;
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
  return (
    <Panel id="window-links" title={t('school.share.links')} hint={t('school.share.links.hint')}>
      <DataTable
        name={t('school.share.links')}
        columns={shown}
        rows={links.data?.items ?? []}
        keyOf={(link) => link.shareLinkId}
        of={links}
        searchable={false}
        emptyText={t('school.share.none')}
        onOpen={onOpen}
        openKey={openKey}
      />
    </Panel>
  );
}
