/** Selection windows: drafted, published, open, closed, settled. */
import type { Window } from '@kehou/shared/selection/window';
import { View } from '@tarojs/components';
import { useMemo, useState } from 'react';
import { Button } from '../../components/Button';
import { type Column, DataTable } from '../../components/DataTable';
import { windowState } from '../../components/desk/words.ts';
import { fullMoment } from '../../components/format.ts';
import { StatusChip } from '../../components/StatusChip.tsx';
import { go } from '../../platform/navigation.ts';
import { useCallPages } from '../../queries.ts';
import { t as desks } from '../../texts/desks.ts';
import { t } from '../../texts/school.ts';
import { SchoolDesk, useSchool } from '../desk.tsx';
import { WindowForm } from '../window/WindowForm.tsx';

export default function SchoolWindows() {
  const [creating, setCreating] = useState(false);
  return (
    <SchoolDesk
      current="school/windows"
      title={t('school.windows.title')}
      lead={t('school.windows.lead')}
      actions={
        <Button kind="primary" icon="plus" id="window-add" onTap={() => setCreating(true)}>
          {t('school.windows.add')}
        </Button>
      }
    >
      <List creating={creating} onCreate={() => setCreating(true)} onClose={() => setCreating(false)} />
    </SchoolDesk>
  );
}

const columns = (): readonly Column<Window>[] => [
  { key: 'name', title: t('school.window.name'), value: (row) => row.name, head: true },
  {
    key: 'opens',
    title: t('school.window.opens'),
    value: (row) => row.opensAt,
    exported: (row) => fullMoment(row.opensAt),
    render: (row) => fullMoment(row.opensAt),
  },
  {
    key: 'closes',
    title: t('school.window.closes'),
    value: (row) => row.closesAt,
    exported: (row) => fullMoment(row.closesAt),
    render: (row) => fullMoment(row.closesAt),
  },
  { key: 'classes', title: t('school.window.classes'), align: 'end', value: (row) => row.offeringIds.length },
  {
    key: 'status',
    title: t('school.window.status'),
    value: (row) => desks(`window.${row.status}`),
    filter: true,
    render: (row) => <StatusChip tone={windowState(row.status).tone}>{windowState(row.status).words}</StatusChip>,
  },
];

function List({ creating, onCreate, onClose }: { readonly creating: boolean; onCreate(): void; onClose(): void }) {
  const { schoolId } = useSchool();
  const windows = useCallPages('selection', 'listWindows', { schoolId, limit: 50 }, { everyMs: 20_000 });
  const shown = useMemo(columns, []);
  return (
    <View className="d-stack">
      <DataTable
        name={t('school.windows.title')}
        columns={shown}
        rows={windows.items}
        keyOf={(row) => row.windowId}
        of={windows}
        emptyText={t('school.windows.none')}
        emptyAction={
          <Button kind="primary" icon="plus" onTap={onCreate}>
            {t('school.windows.add')}
          </Button>
        }
        hasMore={windows.hasMore}
        loadingMore={windows.isFetchingNextPage}
        onMore={windows.more}
        onOpen={(row) => go('school/window', { windowId: row.windowId })}
      />
      {creating ? (
        <WindowForm window={undefined} onClose={onClose} onSaved={(window) => go('school/window', { windowId: window.windowId })} />
      ) : null}
    </View>
  );
}
