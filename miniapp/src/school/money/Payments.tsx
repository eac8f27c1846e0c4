import type { billingRoutes } from '@kehou/shared/billing/routes';
import { formatFen } from '@kehou/shared/kernel/fen';
import type { OutputOf } from '@kehou/shared/kernel/route';
import { addDays } from '@kehou/shared/kernel/time';
import { View } from '@tarojs/components';
import { useMemo, useState } from 'react';
import { Segments } from '../../components/Choices.tsx';
import { MoneyByDay } from '../../components/charts/MoneyByDay.tsx';
import { type Column, DataTable } from '../../components/DataTable';
import { Pairs, Panel } from '../../components/desk/Panel.tsx';
import { yuan } from '../../components/desk/yuan.ts';
import { Figures } from '../../components/Figures.tsx';
import { fullMoment, moment, whole } from '../../components/format.ts';
import { ListState } from '../../components/ListState.tsx';
import { Money } from '../../components/Money.tsx';
import { Sheet } from '../../components/Sheet.tsx';
import { StatusChip, type Tone } from '../../components/StatusChip.tsx';
import { useToday } from '../../components/today.ts';
import { useCall, useCallPages } from '../../queries.ts';
import { t as desks } from '../../texts/desks.ts';
import { t } from '../../texts/school.ts';
import { useSchool } from '../desk.tsx';

type Payment = OutputOf<typeof billingRoutes.listPayments>['items'][number];

const tones: Record<Payment['status'], Tone> = { created: 'attention', paid: 'primary', closed: 'plain' };

const columns = (): readonly Column<Payment>[] => [
  {
    key: 'pupil',
    title: t('school.payment.pupil'),
    value: (row) => [...new Set(row.lines.map((line) => line.pupilName))].join(desks('desks.and')),
    head: true,
  },
  { key: 'classes', title: t('school.payment.classes'), value: (row) => row.lines.map((line) => line.courseName).join(desks('desks.and')) },
  {
    key: 'amount',
    title: t('school.payment.amount'),
    align: 'end',
    value: (row) => row.amountFen,
    exported: (row) => yuan(row.amountFen),
    render: (row) => formatFen(row.amountFen),
  },
  {
    key: 'status',
    title: t('school.payment.status'),
    value: (row) => t(`school.payment.status.${row.status}`),
    filter: true,
    render: (row) => <StatusChip tone={tones[row.status]}>{t(`school.payment.status.${row.status}`)}</StatusChip>,
  },
  {
    key: 'at',
    title: t('school.payment.at'),
    value: (row) => row.paidAt ?? row.createdAt,
    exported: (row) => fullMoment(row.paidAt ?? row.createdAt),
    render: (row) => moment(row.paidAt ?? row.createdAt),
  },
];

export function Payments() {
  const { schoolId } = useSchool();
  const payments = useCallPages('billing', 'listPayments', { schoolId, limit: 100 }, { everyMs: 10_000 });
  const [openId, setOpenId] = useState<string>();
  const shown = useMemo(columns, []);
  const open = payments.items.find((one) => one.paymentId === openId);
  return (
    <View className="d-stack">
      <ByDay />
      <DataTable
        name={t('school.money.tab.payments')}
        columns={shown}
        rows={payments.items}
        keyOf={(row) => row.paymentId}
        of={payments}
        emptyText={t('school.payments.none')}
        hasMore={payments.hasMore}
        loadingMore={payments.isFetchingNextPage}
        onMore={payments.more}
        onOpen={(row) => setOpenId(row.paymentId)}
        openKey={openId}
      />
      {open ? <Drawer payment={open} onClose={() => setOpenId(undefined)} /> : null}
    </View>
  );
}

function Drawer({ payment, onClose }: { readonly payment: Payment; onClose(): void }) {
  return (
    <Sheet open id="payment-drawer" title={t('school.payment.title')} onClose={onClose}>
      <View className="k-column k-column--wide">
        <View className="k-row k-row--between">
          <Money fen={payment.amountFen} size="xl" />
          <StatusChip tone={tones[payment.status]}>{t(`school.payment.status.${payment.status}`)}</StatusChip>
        </View>
        {payment.lines.map((line) => (
          <View key={line.enrolmentId} className="k-column">
            <View className="k-strong">
              {line.pupilName} · {line.courseName}
            </View>
            <Pairs
              pairs={[
                { name: desks('refunds.fee'), value: formatFen(line.feeFen), number: true },
                line.materialFen > 0 && {
                  name: line.materialName ?? desks('refunds.material'),
                  value: formatFen(line.materialFen),
                  number: true,
                },
              ]}
            />
          </View>
        ))}
        <Pairs
          pairs={[
            { name: t('school.payment.provider'), value: t(`school.payment.provider.${payment.provider}`) },
            { name: t('school.payment.created'), value: fullMoment(payment.createdAt) },
            payment.paidAt !== undefined && { name: t('school.payment.paidAt'), value: fullMoment(payment.paidAt) },
            payment.providerTransactionId !== undefined && {
              name: t('school.payment.reference'),
              value: payment.providerTransactionId,
              number: true,
            },
          ]}
        />
      </View>
    </Sheet>
  );
}

const spans = ['14', '30', '90'] as const;
type Span = (typeof spans)[number];

function ByDay() {
  const { schoolId } = useSchool();
  const [span, setSpan] = useState<Span>('30');
  const today = useToday();
  const money = useCall(
    'billing',
    'moneyByDay',
    { schoolId, from: addDays(today, 1 - Number(span)), to: today },
    { keepLast: true, everyMs: 60_000 },
  );
  const days = money.data?.days;
  const paid = (days ?? []).reduce((sum, one) => sum + one.paidFen, 0);
  const refunded = (days ?? []).reduce((sum, one) => sum + one.refundedFen, 0);
  const todays = days?.find((one) => one.date === today);
  return (
    <>
      <Figures
        figures={[
          { key: 'today', label: t('school.money.today'), value: formatFen(todays?.paidFen ?? 0) },
          { key: 'paid', label: t('school.money.paidIn', { days: span }), value: formatFen(paid) },
          { key: 'refunded', label: t('school.money.refundedIn', { days: span }), value: formatFen(refunded) },
          { key: 'net', label: t('school.money.net'), value: formatFen(paid - refunded) },
        ]}
      />
      <Panel
        title={desks('money.byDay')}
        action={
          <Segments<Span>
            id="money-span"
            label={desks('money.byDay')}
            value={span}
            options={spans.map((value) => ({ value, label: t('school.money.days', { count: whole(Number(value)) }) }))}
            onChange={setSpan}
          />
        }
      >
        <ListState of={money} skeletonRows={1} skeletonHeight={260}>
          <MoneyByDay days={days ?? []} />
        </ListState>
      </Panel>
    </>
  );
}
