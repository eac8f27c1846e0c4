/** Who is in a class, who is paying, who left; and whose material pack has been handed out. */
import { formatFen } from '@kehou/shared/kernel/fen';
import type { OutputOf } from '@kehou/shared/kernel/route';
import type { Offering } from '@kehou/shared/offering/offering';
import { calledOffWith } from '@kehou/shared/selection/enrolment';
import type { selectionRoutes } from '@kehou/shared/selection/routes';
import { View } from '@tarojs/components';
import { useMemo } from 'react';
import { api } from '../api.ts';
import { Button } from '../components/Button';
import { Countdown } from '../components/Countdown.tsx';
import { type Column, DataTable } from '../components/DataTable';
import { yuan } from '../components/desk/yuan.ts';
import { moment } from '../components/format.ts';
import { Sheet } from '../components/Sheet.tsx';
import { StatusChip, type Tone } from '../components/StatusChip.tsx';
import { platform } from '../platform/current';
import { useAction, useCallPages } from '../queries.ts';
import { t as desks } from '../texts/desks.ts';
import { t } from '../texts/school.ts';
import { useSchool } from './desk.tsx';
import { WaitingList } from './WaitingList.tsx';

type Enrolment = OutputOf<typeof selectionRoutes.listEnrolments>['items'][number];

const LIVE_MS = 5_000;
const CALM_MS = 30_000;

const tones: Record<Enrolment['status'], Tone> = {
  taking: 'information',
  held: 'attention',
  closing: 'attention',
  confirmed: 'primary',
  lost: 'plain',
  lapsed: 'plain',
  cancelled: 'plain',
};

const statusWords = (enrolment: Enrolment): string => {
  const { status, givenUp, movedTo } = enrolment;
  if (status !== 'lapsed') return t(`school.enrolment.status.${movedTo ? 'moved' : status}`);
  if (calledOffWith(enrolment)) return t('school.enrolment.calledOff');
  return t(givenUp ? 'school.enrolment.givenUp' : 'school.enrolment.status.lapsed');
};

/** Bought and not in the pupil's hands yet. */
const isOwed = (row: Enrolment): boolean => row.status === 'confirmed' && (row.materialFen ?? 0) > 0 && !row.materialHandedOutAt;

const materialWords = (row: Enrolment): string =>
  row.materialHandedOutAt ? t('school.enrolment.handedOut') : isOwed(row) ? t('school.enrolment.toHandOut') : '';

export interface EnrolmentsProps {
  readonly offering: Offering;
  readonly live: boolean;
  readonly waitingList: boolean;
  onClose(): void;
}

export function Enrolments({ offering, live, waitingList, onClose }: EnrolmentsProps) {
  const { schoolId } = useSchool();
  const { offeringId } = offering;
  const enrolments = useCallPages(
    'selection',
    'listEnrolments',
    { schoolId, offeringId, limit: 100 },
    { everyMs: live ? LIVE_MS : CALM_MS },
  );
  const handOut = useAction(
    (row: Enrolment) => api.billing.handOutMaterial({ schoolId, pupilId: row.pupilId, enrolmentId: row.enrolmentId }),
    {
      done: t('school.enrolment.handedOut'),
      refresh: [['selection', 'listEnrolments']],
    },
  );
  const ask = async (row: Enrolment) => {
    const sure = await platform.modal({
      title: t('school.enrolment.handOut.title', { name: row.pupil.name }),
      content: t('school.enrolment.handOut.content'),
    });
    if (sure) await handOut.run(row);
  };
  const withMaterial = offering.materialPack !== undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the buttons only change with what is running or done
  const columns = useMemo(
    (): readonly Column<Enrolment>[] => [
      { key: 'name', title: t('school.pupil.name'), value: (row) => row.pupil.name, head: true },
      {
        key: 'class',
        title: t('school.pupil.class'),
        value: (row) => `${desks('desks.grade', { grade: row.pupil.grade })} ${row.pupil.className}`,
        filter: true,
      },
      { key: 'number', title: t('school.pupil.number'), value: (row) => row.pupil.pupilNumber, deskOnly: true },
      {
        key: 'status',
        title: t('school.enrolment.status'),
        value: statusWords,
        filter: true,
        render: (row) => (
          <View className="k-row k-gap-1">
            <StatusChip tone={tones[row.status]}>{statusWords(row)}</StatusChip>
            {row.reservedFor ? <StatusChip tone="plain">{row.reservedFor}</StatusChip> : null}
            {row.status === 'held' ? <Countdown until={row.holdUntil} className="k-text-s k-muted" /> : null}
          </View>
        ),
      },
      {
        key: 'paid',
        title: t('school.enrolment.paid'),
        align: 'end',
        value: (row) => row.paidFen ?? 0,
        exported: (row) => yuan(row.paidFen ?? 0),
        render: (row) => (row.paidFen === undefined ? desks('desks.none') : formatFen(row.paidFen)),
      },
      {
        key: 'at',
        title: t('school.enrolment.at'),
        value: (row) => row.takenAt,
        exported: (row) => moment(row.takenAt),
        render: (row) => moment(row.takenAt),
      },
      ...(withMaterial
        ? [
            {
              key: 'material',
              title: t('school.class.material'),
              filter: true,
              value: materialWords,
              render: (row: Enrolment) =>
                row.materialHandedOutAt ? (
                  <View>
                    <StatusChip tone="primary">{t('school.enrolment.handedOut')}</StatusChip>
                    <View className="k-text-xs k-muted">{moment(row.materialHandedOutAt)}</View>
                  </View>
                ) : isOwed(row) ? (
                  <Button kind="text" small id={`hand-out-${row.enrolmentId}`} disabled={handOut.running} onTap={() => ask(row)}>
                    {t('school.enrolment.handOut')}
                  </Button>
                ) : null,
            },
          ]
        : []),
    ],
    [withMaterial, handOut.running],
  );
  return (
    <Sheet open wide id="enrolments" title={t('school.enrolments.title', { name: offering.courseName })} onClose={onClose}>
      <View className="k-column k-column--wide">
        <DataTable
          name={t('school.enrolments.title', { name: offering.courseName })}
          columns={columns}
          rows={enrolments.items}
          keyOf={(row) => row.enrolmentId}
          of={enrolments}
          pageSize={50}
          emptyText={t('school.enrolments.none')}
          hasMore={enrolments.hasMore}
          loadingMore={enrolments.isFetchingNextPage}
          onMore={enrolments.more}
        />
        {waitingList ? <WaitingList offering={offering} /> : null}
      </View>
    </Sheet>
  );
}
