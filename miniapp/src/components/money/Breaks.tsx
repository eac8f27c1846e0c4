/** Open differences between the provider's bills and the books: both sides of each, and closing it with a reason. */
import { differenceFen } from '@kehou/shared/billing/break';
import type { billingRoutes } from '@kehou/shared/billing/routes';
import { formatFen } from '@kehou/shared/kernel/fen';
import type { Id } from '@kehou/shared/kernel/id';
import type { OutputOf } from '@kehou/shared/kernel/route';
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
import { Field } from '../Field.tsx';
import { day, moment } from '../format.ts';
import { Icon } from '../Icon.tsx';
import { TextArea } from '../Inputs';
import { Sheet } from '../Sheet.tsx';
import { StatusChip } from '../StatusChip.tsx';

type Row = OutputOf<(typeof billingRoutes)['listBreaks']>['items'][number];

const REASON_LENGTH_MIN = 2;

const schoolOf = (row: Row): string => row.schoolName ?? t('breaks.school.none');

// A function: the language is known when a page is drawn, not when its file is loaded.
const columns = (): readonly Column<Row>[] => [
  { key: 'kind', title: t('breaks.kind'), value: (row) => t(`breaks.kind.${row.kind}`), filter: true, head: true },
  { key: 'date', title: t('breaks.date'), value: (row) => row.date, render: (row) => day(row.date) },
  { key: 'school', title: t('breaks.school'), value: schoolOf, filter: true },
  { key: 'direction', title: t('breaks.direction'), value: (row) => t(`breaks.direction.${row.direction}`) },
  ...(
    [
      ['bill', (row: Row) => row.billFen],
      ['books', (row: Row) => row.booksFen],
      ['difference', differenceFen],
    ] as const
  ).map(
    ([key, amountOf]): Column<Row> => ({
      key,
      title: t(`breaks.${key}`),
      align: 'end',
      value: amountOf,
      exported: (row) => yuan(amountOf(row)),
      render: (row) => formatFen(amountOf(row)),
    }),
  ),
  { key: 'number', title: t('breaks.number'), value: (row) => row.providerId, deskOnly: true },
];

export interface BreaksProps {
  /** Whose desk this is. */
  readonly organisationId: Id<'organisation'>;
  readonly name: string;
  /** A bureau reads, and acts only where no operator is there to do so. Everywhere unless told. */
  actsFor?(schoolId: string | undefined): boolean;
}

export function Breaks({ organisationId, name, actsFor = () => true }: BreaksProps) {
  const breaks = useCallPages('billing', 'listBreaks', { organisationId, limit: 100 }, { everyMs: 30_000 });
  const [openId, setOpenId] = useState<string>();
  const shown = useMemo(columns, []);
  const open = breaks.items.find((one) => one.breakId === openId);
  return (
    <View className="d-stack">
      <DataTable
        name={name}
        columns={shown}
        rows={breaks.items}
        keyOf={(row) => row.breakId}
        of={breaks}
        emptyText={t('breaks.none')}
        hasMore={breaks.hasMore}
        loadingMore={breaks.isFetchingNextPage}
        onMore={breaks.more}
        onOpen={(row) => setOpenId(row.breakId)}
        openKey={openId}
      />
      {open ? (
        <Drawer
          key={open.breakId}
          organisationId={organisationId}
          row={open}
          mayClose={actsFor(open.schoolId)}
          onClose={() => setOpenId(undefined)}
        />
      ) : null}
    </View>
  );
}

interface DrawerProps {
  readonly organisationId: Id<'organisation'>;
  readonly row: Row;
  readonly mayClose: boolean;
  onClose(): void;
}

function Drawer({ organisationId, row, mayClose, onClose }: DrawerProps) {
  const [reason, setReason] = useState('');
  const [tried, setTried] = useState(false);
  const missing = reason.trim().length < REASON_LENGTH_MIN;
  const difference = formatFen(differenceFen(row));
  const close = useAction(() => api.billing.closeBreak({ organisationId, date: row.date, breakId: row.breakId, reason: reason.trim() }), {
    done: t('breaks.closed'),
    refresh: [['billing'], ['payout']],
    onDone: onClose,
  });
  const ask = async () => {
    setTried(true);
    if (missing) return;
    const sure = await platform.modal({
      title: t('breaks.close.title', { amount: difference }),
      content: t('breaks.close.content'),
      confirmText: t('breaks.close'),
      danger: true,
    });
    if (sure) await close.run(undefined);
  };
  return (
    <Sheet
      open
      id="break-drawer"
      title={`${t(`breaks.kind.${row.kind}`)} · ${day(row.date)}`}
      onClose={onClose}
      footer={
        mayClose ? (
          <Button kind="primary" block id="break-close" running={close.running} onTap={ask}>
            {t('breaks.close')}
          </Button>
        ) : undefined
      }
    >
      <View className="k-column k-column--wide">
        <View className="k-row k-row--between">
          <View>
            <View className="k-text-s k-muted">{t('breaks.difference')}</View>
            <View className="k-text-xl k-number k-strong">{difference}</View>
          </View>
          <StatusChip tone="plain">{t(`breaks.direction.${row.direction}`)}</StatusChip>
        </View>
        <View className="k-notice k-notice--attention">
          <Icon name="clock" />
          <Text>{row.schoolId ? t('breaks.waits.school', { school: schoolOf(row) }) : t('breaks.waits.all')}</Text>
        </View>
        <Pairs
          pairs={[
            { name: t('breaks.bill'), value: formatFen(row.billFen), number: true },
            { name: t('breaks.books'), value: formatFen(row.booksFen), number: true },
            { name: t('breaks.school'), value: schoolOf(row) },
            { name: t('breaks.number'), value: row.providerId },
            { name: t('breaks.foundAt'), value: moment(row.foundAt) },
          ]}
        />
        {mayClose ? (
          <Field label={t('breaks.reason')} error={tried && missing ? t('breaks.reason.required') : undefined}>
            <TextArea
              id="break-reason"
              label={t('breaks.reason')}
              placeholder={t('breaks.reason.placeholder')}
              lengthMax={300}
              value={reason}
              onChange={setReason}
            />
          </Field>
        ) : (
          <Text className="k-muted">{t('money.byOperator')}</Text>
        )}
      </View>
    </Sheet>
  );
}
