/** The schools under an organisation in numbers: their sum, compared, and one by one with its classes and its money by day. */
import { formatFen } from '@kehou/shared/kernel/fen';
import type { Id } from '@kehou/shared/kernel/id';
import { addDays } from '@kehou/shared/kernel/time';
import type { SchoolFigures } from '@kehou/shared/supervision/routes';
import { View } from '@tarojs/components';
import { useCallback, useMemo, useState } from 'react';
import { useCall, useCallPages } from '../../queries.ts';
import { t } from '../../texts/desks.ts';
import { Segments } from '../Choices.tsx';
import { Chart, type Palette } from '../charts/Chart.tsx';
import { MoneyByDay } from '../charts/MoneyByDay.tsx';
import { barsHeight, barsOption } from '../charts/options.ts';
import { type Column, DataTable } from '../DataTable';
import { Pairs, Panel } from '../desk/Panel.tsx';
import { yuan } from '../desk/yuan.ts';
import { Figures } from '../Figures.tsx';
import { moment, percent, whole } from '../format.ts';
import { ListState } from '../ListState.tsx';
import { Sheet } from '../Sheet.tsx';
import { StatusChip } from '../StatusChip.tsx';
import { useToday } from '../today.ts';

/** The reference that participation is measured against (I2). */
const PARTICIPATION_REFERENCE = 0.96;
/** Bars that can still be read side by side; the table has the rest. */
const BARS_MAX = 20;
const CHART_DAYS = 30;

const share = (row: Pick<SchoolFigures, 'pupils' | 'taking'>): number => (row.pupils > 0 ? row.taking / row.pupils : 0);

export function FiguresPage({ organisationId }: { readonly organisationId: Id<'organisation'> }) {
  const figures = useCall('supervision', 'getFigures', { organisationId }, { everyMs: 60_000 });
  const [openId, setOpenId] = useState<string>();
  const schools = figures.data?.schools ?? [];
  const total = figures.data?.total;
  const shown = useMemo(columns, []);
  const open = schools.find((one) => one.schoolId === openId);
  return (
    <ListState
      of={figures}
      empty={schools.length === 0}
      emptyIcon="school"
      emptyText={t('figures.none')}
      emptyHint={t('figures.none.hint')}
    >
      {() => (
        <View className="d-stack">
          {total ? (
            <Figures
              figures={[
                { key: 'schools', label: t('figures.schools'), value: whole(schools.length) },
                {
                  key: 'participation',
                  label: t('figures.participation'),
                  value: percent(share(total)),
                  hint: t('figures.participation.hint', { taking: whole(total.taking), pupils: whole(total.pupils) }),
                  tone: share(total) < PARTICIPATION_REFERENCE ? 'attention' : undefined,
                },
                {
                  key: 'offerings',
                  label: t('figures.offerings'),
                  value: whole(total.offerings),
                  hint: `${t('figures.sessions')} ${whole(total.sessionsHeld)}`,
                },
                { key: 'enrolments', label: t('figures.enrolments'), value: whole(total.enrolments) },
                {
                  key: 'paid',
                  label: t('figures.paid'),
                  value: formatFen(total.paidFen),
                  hint: `${t('figures.refunded')} ${formatFen(total.refundedFen)}`,
                },
              ]}
            />
          ) : null}
          <Compared schools={schools} />
          <DataTable
            name={t('figures.title')}
            columns={shown}
            rows={schools}
            keyOf={(row) => row.schoolId}
            pageSize={50}
            onOpen={(row) => setOpenId(row.schoolId)}
            openKey={openId}
          />
          {figures.data ? <View className="k-text-s k-muted">{t('desks.asOf', { when: moment(figures.data.asOf) })}</View> : null}
          {open ? <School key={open.schoolId} school={open} onClose={() => setOpenId(undefined)} /> : null}
        </View>
      )}
    </ListState>
  );
}

const columns = (): readonly Column<SchoolFigures>[] => [
  { key: 'name', title: t('figures.school'), value: (row) => row.schoolName, head: true },
  { key: 'area', title: t('figures.area'), value: (row) => (row.area ? t(`figures.area.${row.area}`) : t('desks.none')), filter: true },
  { key: 'pupils', title: t('figures.pupils'), align: 'end', value: (row) => row.pupils, render: (row) => whole(row.pupils) },
  {
    key: 'participation',
    title: t('figures.participation'),
    align: 'end',
    value: (row) => Math.round(share(row) * 1000) / 10,
    render: (row) => <View className={share(row) < PARTICIPATION_REFERENCE ? 'k-attention' : ''}>{percent(share(row))}</View>,
  },
  { key: 'offerings', title: t('figures.offerings'), align: 'end', value: (row) => row.offerings, render: (row) => whole(row.offerings) },
  {
    key: 'enrolments',
    title: t('figures.enrolments'),
    align: 'end',
    value: (row) => row.enrolments,
    render: (row) => whole(row.enrolments),
  },
  {
    key: 'paid',
    title: t('figures.paid'),
    align: 'end',
    value: (row) => row.paidFen,
    exported: (row) => yuan(row.paidFen),
    render: (row) => formatFen(row.paidFen),
  },
  {
    key: 'refunded',
    title: t('figures.refunded'),
    align: 'end',
    value: (row) => row.refundedFen,
    exported: (row) => yuan(row.refundedFen),
    render: (row) => formatFen(row.refundedFen),
  },
  {
    key: 'sessions',
    title: t('figures.sessions'),
    align: 'end',
    value: (row) => row.sessionsHeld,
    render: (row) => whole(row.sessionsHeld),
    deskOnly: true,
  },
  {
    key: 'science',
    title: t('figures.science'),
    value: (row) => (row.hasScience ? t('figures.yes') : t('figures.no')),
    filter: true,
    render: (row) =>
      row.hasScience ? (
        <StatusChip tone="primary">{t('figures.yes')}</StatusChip>
      ) : (
        <StatusChip tone="attention">{t('figures.no')}</StatusChip>
      ),
  },
];

function Compared({ schools }: { readonly schools: readonly SchoolFigures[] }) {
  const participation = useMemo(
    () =>
      [...schools]
        .sort((a, b) => share(b) - share(a))
        .slice(0, BARS_MAX)
        .map((one) => ({
          name: one.schoolName,
          value: Math.round(share(one) * 1000) / 10,
          label: percent(share(one)),
          weak: share(one) < PARTICIPATION_REFERENCE,
        })),
    [schools],
  );
  const money = useMemo(
    () =>
      [...schools]
        .sort((a, b) => b.paidFen - a.paidFen)
        .slice(0, BARS_MAX)
        .map((one) => ({ name: one.schoolName, value: yuan(one.paidFen), label: formatFen(one.paidFen) })),
    [schools],
  );
  const participationOption = useCallback((colours: Palette) => barsOption(participation, colours, 100), [participation]);
  const moneyOption = useCallback((colours: Palette) => barsOption(money, colours), [money]);
  return (
    <View className="d-columns d-columns--two">
      <Panel
        title={t('figures.participation.chart')}
        hint={t('figures.participation.reference', { share: percent(PARTICIPATION_REFERENCE, 0) })}
      >
        <Chart label={t('figures.participation.chart')} option={participationOption} height={barsHeight(participation.length)} />
      </Panel>
      <Panel title={t('figures.money.chart')} hint={t('figures.money.hint')}>
        <Chart label={t('figures.money.chart')} option={moneyOption} height={barsHeight(money.length)} />
      </Panel>
    </View>
  );
}

type Part = 'fill' | 'money';

function School({ school, onClose }: { readonly school: SchoolFigures; onClose(): void }) {
  const [part, setPart] = useState<Part>('fill');
  return (
    <Sheet open wide id="school-drawer" title={school.schoolName} onClose={onClose}>
      <View className="k-column k-column--wide">
        <Pairs
          pairs={[
            {
              name: t('figures.participation'),
              value: `${percent(share(school))} · ${t('figures.participation.hint', { taking: whole(school.taking), pupils: whole(school.pupils) })}`,
              number: true,
            },
            { name: t('figures.offerings'), value: whole(school.offerings), number: true },
            { name: t('figures.enrolments'), value: whole(school.enrolments), number: true },
            { name: t('figures.paid'), value: formatFen(school.paidFen), number: true },
            { name: t('figures.refunded'), value: formatFen(school.refundedFen), number: true },
            { name: t('figures.sessions'), value: whole(school.sessionsHeld), number: true },
          ]}
        />
        <Segments<Part>
          id="school-part"
          label={school.schoolName}
          value={part}
          options={[
            { value: 'fill', label: t('fill.title') },
            { value: 'money', label: t('money.byDay') },
          ]}
          onChange={setPart}
        />
        {part === 'fill' ? <Fill schoolId={school.schoolId} /> : <SchoolMoney schoolId={school.schoolId} />}
      </View>
    </Sheet>
  );
}

/** Fill by class in the newest window that parents have seen. */
function Fill({ schoolId }: { readonly schoolId: Id<'organisation'> }) {
  const windows = useCallPages('selection', 'listWindows', { schoolId, limit: 20 });
  const window =
    windows.items.find((one) => one.status === 'open' || one.status === 'closed' || one.status === 'settled') ??
    windows.items.find((one) => one.status === 'published');
  // Not asked before the window is known.
  const seats = useCall('selection', 'getSeats', { windowId: window?.windowId as Id<'window'> }, { enabled: window !== undefined });
  const offerings = useCallPages(
    'offering',
    'listOfferings',
    { schoolId, termId: window?.termId as Id<'term'>, limit: 100 },
    { enabled: window !== undefined },
  );
  const taken = seats.data?.seats;
  const bars = offerings.items
    .flatMap((one) => {
      const seat = taken?.[one.offeringId];
      return seat
        ? [
            {
              name: one.courseName,
              value: Math.round((seat.taken / seat.capacity) * 100),
              label: `${seat.taken}/${seat.capacity}`,
              weak: seat.taken < one.smallestSize,
            },
          ]
        : [];
    })
    .sort((a, b) => b.value - a.value);
  return (
    <ListState
      of={window ? [windows, seats, offerings] : windows}
      empty={!window || bars.length === 0}
      emptyIcon="chart"
      emptyText={t('fill.none')}
      skeletonRows={4}
      skeletonHeight={40}
    >
      <View className="k-text-s k-muted">{window ? `${window.name} · ${t(`window.${window.status}`)}` : ''}</View>
      <Chart label={t('fill.title')} option={(colours) => barsOption(bars, colours, 100)} height={barsHeight(bars.length)} />
    </ListState>
  );
}

function SchoolMoney({ schoolId }: { readonly schoolId: Id<'organisation'> }) {
  const today = useToday();
  const money = useCall('billing', 'moneyByDay', { schoolId, from: addDays(today, 1 - CHART_DAYS), to: today });
  return (
    <ListState of={money} skeletonRows={1} skeletonHeight={260}>
      <MoneyByDay days={money.data?.days ?? []} />
    </ListState>
  );
}
