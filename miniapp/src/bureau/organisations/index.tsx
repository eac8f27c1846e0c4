/** The bureau's tree: schools with what they stand under and who runs them; new ones; people of the bureau. */
import type { Organisation } from '@kehou/shared/organisation/organisation';
import { View } from '@tarojs/components';
import { useMemo, useState } from 'react';
import { Button } from '../../components/Button';
import { type Column, DataTable } from '../../components/DataTable';
import { RoleForm } from '../../components/desk/RoleForm.tsx';
import { Tabs } from '../../components/desk/Tabs.tsx';
import { StatusChip } from '../../components/StatusChip.tsx';
import { t } from '../../texts/bureau.ts';
import { t as desks } from '../../texts/desks.ts';
import { BureauDesk, useBureau } from '../desk.tsx';
import { OrganisationForm } from './OrganisationForm.tsx';
import { SchoolDrawer } from './SchoolDrawer.tsx';
import { type Tree, useTree } from './tree.ts';
import { type UnitKind, Units } from './Units.tsx';

type Tab = 'schools' | UnitKind | 'people';

export default function BureauOrganisations() {
  const [creating, setCreating] = useState(false);
  return (
    <BureauDesk
      current="bureau/organisations"
      title={t('bureau.organisations.title')}
      lead={t('bureau.organisations.lead')}
      actions={
        <Button kind="primary" icon="plus" id="organisation-add" onTap={() => setCreating(true)}>
          {t('bureau.organisations.add')}
        </Button>
      }
    >
      <Parts creating={creating} onClose={() => setCreating(false)} />
    </BureauDesk>
  );
}

function Parts({ creating, onClose }: { readonly creating: boolean; onClose(): void }) {
  const { bureauId } = useBureau();
  const tree = useTree();
  const [tab, setTab] = useState<Tab>('schools');
  return (
    <View className="d-stack">
      <Tabs<Tab>
        id="organisations"
        label={t('bureau.organisations.title')}
        value={tab}
        options={[
          { value: 'schools', label: t('bureau.organisations.schools') },
          { value: 'bureaus', label: t('bureau.organisations.bureaus') },
          { value: 'operators', label: t('bureau.organisations.operators') },
          { value: 'people', label: t('bureau.organisations.people') },
        ]}
        onChange={setTab}
      />
      {tab === 'schools' ? (
        <Schools tree={tree} />
      ) : tab === 'bureaus' || tab === 'operators' ? (
        <Units key={tab} tree={tree} kind={tab} />
      ) : (
        <View className="d-columns d-columns--two">
          <RoleForm organisationId={bureauId} roles={['bureau']} />
        </View>
      )}
      {creating ? <OrganisationForm tree={tree} onClose={onClose} /> : null}
    </View>
  );
}

const columns = (nameOf: Tree['nameOf']): readonly Column<Organisation>[] => [
  { key: 'name', title: t('bureau.organisations.name'), value: (row) => row.name, head: true },
  {
    key: 'parent',
    title: t('bureau.organisations.parent'),
    value: (row) => (row.parentId ? nameOf(row.parentId) : undefined),
    filter: true,
  },
  {
    key: 'stage',
    title: t('bureau.organisations.stage'),
    value: (row) => (row.stage ? t(`bureau.stage.${row.stage}`) : desks('desks.none')),
    filter: true,
  },
  {
    key: 'area',
    title: desks('figures.area'),
    value: (row) => (row.area ? desks(`figures.area.${row.area}`) : desks('desks.none')),
    filter: true,
  },
  {
    key: 'operator',
    title: t('bureau.organisations.operator'),
    value: (row) => (row.operatorId ? nameOf(row.operatorId) : desks('desks.none')),
  },
  {
    key: 'fence',
    title: t('bureau.organisations.fence'),
    value: (row) =>
      row.fence ? t('bureau.organisations.fence.radius', { metres: row.fence.radiusMetres }) : t('bureau.organisations.fence.none'),
    render: (row) =>
      row.fence ? (
        t('bureau.organisations.fence.radius', { metres: row.fence.radiusMetres })
      ) : (
        <StatusChip tone="attention">{t('bureau.organisations.fence.none')}</StatusChip>
      ),
  },
];

function Schools({ tree }: { readonly tree: Tree }) {
  const { schools, nameOf } = tree;
  const [openId, setOpenId] = useState<string>();
  const shown = useMemo(() => columns(nameOf), [nameOf]);
  const open = schools.items.find((one) => one.organisationId === openId);
  return (
    <>
      <DataTable
        name={t('bureau.organisations.schools')}
        columns={shown}
        rows={schools.items}
        keyOf={(row) => row.organisationId}
        of={schools}
        pageSize={50}
        emptyText={desks('figures.none')}
        hasMore={schools.hasMore}
        loadingMore={schools.isFetchingNextPage}
        onMore={schools.more}
        onOpen={(row) => setOpenId(row.organisationId)}
        openKey={openId}
      />
      {open ? <SchoolDrawer key={JSON.stringify(open)} school={open} tree={tree} onClose={() => setOpenId(undefined)} /> : null}
    </>
  );
}
