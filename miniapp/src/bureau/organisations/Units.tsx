/** Bureaus below, or operators: what they are called, what they stand under, who works at their desk. */
import type { Organisation } from '@kehou/shared/organisation/organisation';
import { View } from '@tarojs/components';
import { useMemo, useState } from 'react';
import { type Column, DataTable } from '../../components/DataTable';
import { RoleForm } from '../../components/desk/RoleForm.tsx';
import { Sheet } from '../../components/Sheet.tsx';
import { t } from '../../texts/bureau.ts';
import type { Tree } from './tree.ts';

export type UnitKind = 'bureaus' | 'operators';

const columns = (nameOf: Tree['nameOf'], kind: UnitKind): readonly Column<Organisation>[] => [
  { key: 'name', title: t('bureau.organisations.name'), value: (row) => row.name, head: true },
  ...(kind === 'bureaus'
    ? [
        {
          key: 'kind',
          title: t('bureau.organisations.kind'),
          value: (row: Organisation) => (row.kind === 'city-bureau' ? '' : t(`bureau.kind.${row.kind}`)),
          filter: true,
        },
        {
          key: 'parent',
          title: t('bureau.organisations.parent'),
          value: (row: Organisation) => (row.parentId ? nameOf(row.parentId) : undefined),
          filter: true,
        },
      ]
    : []),
];

export function Units({ tree, kind }: { readonly tree: Tree; readonly kind: UnitKind }) {
  const reading = kind === 'bureaus' ? tree.below : tree.authorised;
  const [openId, setOpenId] = useState<string>();
  const shown = useMemo(() => columns(tree.nameOf, kind), [tree.nameOf, kind]);
  const open = reading.items.find((one) => one.organisationId === openId);
  // An operator of the city above is its city's to staff.
  const isOurs = open && tree.self && open.ancestorIds.includes(tree.self.organisationId);
  return (
    <>
      <DataTable
        name={t(`bureau.organisations.${kind}`)}
        columns={shown}
        rows={reading.items}
        keyOf={(row) => row.organisationId}
        of={reading}
        pageSize={50}
        emptyText={t(`bureau.organisations.none.${kind}`)}
        hasMore={reading.hasMore}
        loadingMore={reading.isFetchingNextPage}
        onMore={reading.more}
        onOpen={(row) => setOpenId(row.organisationId)}
        openKey={openId}
      />
      {open ? (
        <Sheet open wide id="unit-drawer" title={open.name} onClose={() => setOpenId(undefined)}>
          {isOurs ? (
            <RoleForm organisationId={open.organisationId} roles={[kind === 'bureaus' ? 'bureau' : 'operator']} />
          ) : (
            <View className="k-muted">{t('bureau.organisations.foreign')}</View>
          )}
        </Sheet>
      ) : null}
    </>
  );
}
