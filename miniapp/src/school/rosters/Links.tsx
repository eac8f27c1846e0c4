/** People who ask to be linked to a child: nobody on the roster has that number, so the school decides. */
import type { LinkRequest } from '@kehou/shared/identity/routes';
import { View } from '@tarojs/components';
import { useMemo } from 'react';
import type * as z from 'zod';
import { api } from '../../api.ts';
import { Button } from '../../components/Button';
import { type Column, DataTable } from '../../components/DataTable';
import { moment } from '../../components/format.ts';
import { platform } from '../../platform/current';
import { useAction, useCallPages } from '../../queries.ts';
import { t } from '../../texts/school.ts';
import { useSchool } from '../desk.tsx';
import { relationText } from './relations.ts';

type Request = z.infer<typeof LinkRequest>;

export function Links() {
  const { schoolId } = useSchool();
  const requests = useCallPages('identity', 'listSchoolLinkRequests', { schoolId, limit: 100 }, { everyMs: 30_000 });
  const decide = useAction(
    ({ one, approve }: { readonly one: Request; readonly approve: boolean }) =>
      api.identity.decideLinkRequest({ linkRequestId: one.linkRequestId, approve }),
    {
      done: (after) => (after.status === 'approved' ? t('school.links.approved') : t('school.links.refused')),
      refresh: [
        ['identity', 'listSchoolLinkRequests'],
        ['school', 'listPupils'],
      ],
    },
  );
  const ask = async (one: Request, approve: boolean) => {
    const sure = await platform.modal({
      title: approve
        ? t('school.links.approve.title', { name: one.requesterName, pupil: one.pupilName })
        : t('school.links.refuse.title', { name: one.requesterName }),
      content: approve ? t('school.links.approve.content') : t('school.links.refuse.content'),
      confirmText: approve ? t('school.links.approve') : t('school.links.refuse'),
      danger: !approve,
    });
    if (sure) await decide.run({ one, approve });
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: the buttons only change with what is running
  const columns = useMemo(
    (): readonly Column<Request>[] => [
      { key: 'pupil', title: t('school.pupil.name'), value: (row) => row.pupilName, head: true },
      { key: 'who', title: t('school.links.who'), value: (row) => row.requesterName },
      { key: 'relation', title: t('school.links.relation'), value: (row) => relationText(row.relation), filter: true },
      { key: 'phone', title: t('school.links.phone'), value: (row) => row.requesterPhone || t('school.links.noPhone') },
      { key: 'at', title: t('school.links.at'), value: (row) => row.requestedAt, render: (row) => moment(row.requestedAt) },
      {
        key: 'decide',
        title: t('school.links.decide'),
        sortable: false,
        value: () => '',
        render: (row) => (
          <View className="k-row">
            <Button kind="tint" small id={`link-approve-${row.linkRequestId}`} disabled={decide.running} onTap={() => ask(row, true)}>
              {t('school.links.approve')}
            </Button>
            <Button kind="plain" small id={`link-refuse-${row.linkRequestId}`} disabled={decide.running} onTap={() => ask(row, false)}>
              {t('school.links.refuse')}
            </Button>
          </View>
        ),
      },
    ],
    [decide.running],
  );
  return (
    <DataTable
      name={t('school.rosters.tab.links')}
      columns={columns}
      rows={requests.items.filter((one) => one.status === 'pending')}
      keyOf={(row) => row.linkRequestId}
      of={requests}
      searchable={false}
      onExport={false}
      emptyText={t('school.links.none')}
      hasMore={requests.hasMore}
      loadingMore={requests.isFetchingNextPage}
      onMore={requests.more}
    />
  );
}
