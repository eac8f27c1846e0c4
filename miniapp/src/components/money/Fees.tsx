/** What the provider kept as fees, school by school, and recording that the operator has paid it in. */
import { FEES_DOCUMENT_LENGTH_MAX } from '@kehou/shared/billing/ledger';
import type { billingRoutes } from '@kehou/shared/billing/routes';
import { fen, formatFen } from '@kehou/shared/kernel/fen';
import type { Id } from '@kehou/shared/kernel/id';
import type { OutputOf } from '@kehou/shared/kernel/route';
import { Text, View } from '@tarojs/components';
import { useMemo, useState } from 'react';
import { api } from '../../api.ts';
import { platform } from '../../platform/current';
import { useAction } from '../../queries.ts';
import { t } from '../../texts/desks.ts';
import { Button } from '../Button';
import { type Column, DataTable } from '../DataTable';
import { fenOf, yuan, yuanText } from '../desk/yuan.ts';
import { Field } from '../Field.tsx';
import { Icon } from '../Icon.tsx';
import { TextInput } from '../Inputs';
import { Sheet } from '../Sheet.tsx';
import { useProof } from './Proof.tsx';

type Row = OutputOf<(typeof billingRoutes)['proveLedger']>['schools'][number];

const DOCUMENT_LENGTH_MIN = 2;

// A function: the language is known when a page is drawn, not when its file is loaded.
const columns = (): readonly Column<Row>[] => [
  { key: 'school', title: t('breaks.school'), value: (row) => row.schoolName, head: true },
  {
    key: 'fees',
    title: t('fees.owed'),
    align: 'end',
    value: (row) => row.balances.fees,
    exported: (row) => yuan(row.balances.fees),
    render: (row) => formatFen(row.balances.fees),
  },
];

export function Fees({ organisationId }: { readonly organisationId: Id<'organisation'> }) {
  const proof = useProof(organisationId);
  const [openId, setOpenId] = useState<string>();
  const shown = useMemo(columns, []);
  const rows = (proof.data?.schools ?? []).filter((row) => row.balances.fees > 0);
  const open = rows.find((row) => row.schoolId === openId);
  return (
    <View className="d-stack">
      <View className="k-text-s k-muted">{t('fees.hint')}</View>
      <DataTable
        name={t('fees.title')}
        columns={shown}
        rows={rows}
        keyOf={(row) => row.schoolId}
        of={proof}
        emptyText={t('fees.none')}
        onOpen={(row) => setOpenId(row.schoolId)}
        openKey={openId}
      />
      {open ? <Drawer key={open.schoolId} row={open} onClose={() => setOpenId(undefined)} /> : null}
    </View>
  );
}

function Drawer({ row, onClose }: { readonly row: Row; onClose(): void }) {
  const { schoolId, balances } = row;
  const [amount, setAmount] = useState(yuanText(balances.fees));
  const [document, setDocument] = useState('');
  const [tried, setTried] = useState(false);
  const amountFen = fenOf(amount) ?? 0;
  const isBad = amountFen <= 0 || amountFen > balances.fees;
  const missing = document.trim().length < DOCUMENT_LENGTH_MIN;
  const record = useAction(() => api.billing.recordFeesRepaid({ schoolId, amountFen: fen(amountFen), document: document.trim() }), {
    done: t('fees.recorded'),
    refresh: [['billing'], ['payout']],
    onDone: onClose,
  });
  const ask = async () => {
    setTried(true);
    if (isBad || missing) return;
    const sure = await platform.modal({
      title: t('fees.record.title', { amount: formatFen(amountFen) }),
      content: t('fees.record.content'),
      confirmText: t('fees.record'),
    });
    if (sure) await record.run(undefined);
  };
  return (
    <Sheet
      open
      id="fees-drawer"
      title={row.schoolName}
      onClose={onClose}
      footer={
        <Button kind="primary" block id="fees-record" running={record.running} onTap={ask}>
          {t('fees.record')}
        </Button>
      }
    >
      <View className="k-column k-column--wide">
        <View>
          <View className="k-text-s k-muted">{t('fees.owed')}</View>
          <View className="k-text-xl k-number k-strong">{formatFen(balances.fees)}</View>
        </View>
        <View className="k-notice">
          <Icon name="info" />
          <Text>{t('fees.hint')}</Text>
        </View>
        <Field label={t('fees.amount')} error={tried && isBad ? t('fees.amount.bad') : undefined}>
          <TextInput id="fees-amount" label={t('fees.amount')} kind="decimal" lengthMax={12} value={amount} onChange={setAmount} />
        </Field>
        <Field label={t('fees.document')} error={tried && missing ? t('fees.document.required') : undefined}>
          <TextInput
            id="fees-document"
            label={t('fees.document')}
            placeholder={t('fees.document.placeholder')}
            lengthMax={FEES_DOCUMENT_LENGTH_MAX}
            value={document}
            onChange={setDocument}
          />
        </Field>
      </View>
    </Sheet>
  );
}
