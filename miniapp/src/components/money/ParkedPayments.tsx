/** Payments for which the provider took another sum than was asked: what was ordered and paid, and giving it back. */
import type { ParkedPayment } from '@kehou/shared/billing/parked-payment';
import { formatFen } from '@kehou/shared/kernel/fen';
import type { Id } from '@kehou/shared/kernel/id';
import { Text, View } from '@tarojs/components';
import { useMemo, useState } from 'react';
import { api } from '../../api.ts';
import { platform } from '../../platform/current';
import { useAction, useCallPages } from '../../queries.ts';
import { t } from '../../texts/desks.ts';
import { Button } from '../Button';
import { type Column, DataTable } from '../DataTable';
import { Pairs } from '../desk/Panel.tsx';
import { yuan } from '../desk/yuan.ts';
import { fullMoment, moment } from '../format.ts';
import { Icon } from '../Icon.tsx';
import { Sheet } from '../Sheet.tsx';
import { StatusChip } from '../StatusChip.tsx';

const pupilsOf = (row: ParkedPayment): string => [...new Set(row.lines.map((line) => line.pupilName))].join(t('desks.and'));
const classesOf = (row: ParkedPayment): string => row.lines.map((line) => line.courseName).join(t('desks.and'));

// A function: the language is known when a page is drawn, not when its file is loaded.
const columns = (): readonly Column<ParkedPayment>[] => [
  { key: 'pupil', title: t('parked.pupil'), value: pupilsOf, head: true },
  { key: 'classes', title: t('parked.classes'), value: classesOf },
  { key: 'school', title: t('breaks.school'), value: (row) => row.schoolName, filter: true },
  ...(['askedFen', 'takenFen'] as const).map(
    (key): Column<ParkedPayment> => ({
      key,
      title: t(key === 'askedFen' ? 'parked.asked' : 'parked.taken'),
      align: 'end',
      value: (row) => row[key],
      exported: (row) => yuan(row[key]),
      render: (row) => formatFen(row[key]),
    }),
  ),
  {
    key: 'at',
    title: t('parked.at'),
    value: (row) => row.parkedAt,
    exported: (row) => fullMoment(row.parkedAt),
    render: (row) => moment(row.parkedAt),
  },
];

export interface ParkedPaymentsProps {
  /** Whose desk this is. */
  readonly organisationId: Id<'organisation'>;
  /** A bureau reads, and acts only where no operator is there to do so. Everywhere unless told. */
  actsFor?(schoolId: string): boolean;
}

export function ParkedPayments({ organisationId, actsFor = () => true }: ParkedPaymentsProps) {
  const parked = useCallPages('billing', 'listParkedPayments', { organisationId, limit: 100 }, { everyMs: 30_000 });
  const [openId, setOpenId] = useState<string>();
  const shown = useMemo(columns, []);
  const open = parked.items.find((one) => one.paymentId === openId);
  return (
    <View className="d-stack">
      <DataTable
        name={t('parked.title')}
        columns={shown}
        rows={parked.items}
        keyOf={(row) => row.paymentId}
        of={parked}
        emptyText={t('parked.none')}
        hasMore={parked.hasMore}
        loadingMore={parked.isFetchingNextPage}
        onMore={parked.more}
        onOpen={(row) => setOpenId(row.paymentId)}
        openKey={openId}
      />
      {open ? (
        <Drawer
          key={open.paymentId}
          organisationId={organisationId}
          row={open}
          mayReturn={actsFor(open.schoolId)}
          onClose={() => setOpenId(undefined)}
        />
      ) : null}
    </View>
  );
}

interface DrawerProps {
  readonly organisationId: Id<'organisation'>;
  readonly row: ParkedPayment;
  readonly mayReturn: boolean;
  onClose(): void;
}

function Drawer({ organisationId, row, mayReturn, onClose }: DrawerProps) {
  const { orderId, paymentId } = row;
  const taken = formatFen(row.takenFen);
  const giveBack = useAction(() => api.billing.returnPayment({ organisationId, orderId, paymentId }), {
    done: ({ outcome }) => t(`parked.${outcome}`),
    refresh: [['billing']],
    onDone: onClose,
  });
  const ask = async () => {
    const sure = await platform.modal({
      title: t('parked.return.title', { amount: taken }),
      content: t('parked.return.content'),
      confirmText: t('parked.return'),
      danger: true,
    });
    if (sure) await giveBack.run(undefined);
  };
  return (
    <Sheet
      open
      id="parked-drawer"
      title={`${pupilsOf(row)} · ${classesOf(row)}`}
      onClose={onClose}
      footer={
        mayReturn ? (
          <Button kind="primary" block id="parked-return" running={giveBack.running} onTap={ask}>
            {t('parked.return')}
          </Button>
        ) : undefined
      }
    >
      <View className="k-column k-column--wide">
        <View className="k-row k-row--between">
          <View>
            <View className="k-text-s k-muted">{t('parked.taken')}</View>
            <View className="k-text-xl k-number k-strong">{taken}</View>
          </View>
          <StatusChip tone="attention">{t(`parked.order.${row.orderStatus}`)}</StatusChip>
        </View>
        <View className="k-notice k-notice--attention">
          <Icon name="alert" />
          <Text>{t('parked.notBooked')}</Text>
        </View>
        <Pairs
          pairs={[
            { name: t('parked.asked'), value: formatFen(row.askedFen), number: true },
            { name: t('parked.taken'), value: taken, number: true },
            { name: t('breaks.school'), value: row.schoolName },
            { name: t('parked.order'), value: orderId, number: true },
            { name: t('parked.number'), value: paymentId, number: true },
            { name: t('parked.at'), value: moment(row.parkedAt) },
          ]}
        />
        {mayReturn ? null : <Text className="k-muted">{t('money.byOperator')}</Text>}
      </View>
    </Sheet>
  );
}
