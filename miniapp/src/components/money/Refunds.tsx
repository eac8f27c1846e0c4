/** A school's refunds: all of them, what waits for approval, what needs attention; each with its sum, its rule and its way. */
import { REFUND_DOCUMENT_LENGTH_MAX, type Refund } from '@kehou/shared/billing/refund';
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
import { Tabs } from '../desk/Tabs.tsx';
import { refundState } from '../desk/words.ts';
import { yuan } from '../desk/yuan.ts';
import { Field } from '../Field.tsx';
import { fullMoment, moment } from '../format.ts';
import { Icon } from '../Icon.tsx';
import { TextArea, TextInput } from '../Inputs';
import { Money } from '../Money.tsx';
import { Sheet } from '../Sheet.tsx';
import { StatusChip } from '../StatusChip.tsx';
import { Timeline, type TimelineStep } from '../Timeline.tsx';
import { nextParty, type Party } from './next-party.ts';

const DOCUMENT_LENGTH_MIN = 2;

type Queue = 'all' | 'approving' | 'attention';

export interface RefundsProps {
  readonly schoolId: Id<'organisation'>;
  /** On whose behalf this desk approves. */
  readonly party: Party;
  readonly queue?: Queue;
}

// A function: the language is known when a page is drawn, not when its file is loaded.
const columns = (): readonly Column<Refund>[] => [
  { key: 'pupil', title: t('refunds.pupil'), value: (row) => row.pupilName, head: true },
  { key: 'class', title: t('refunds.class'), value: (row) => row.courseName },
  {
    key: 'amount',
    title: t('refunds.amount'),
    align: 'end',
    value: (row) => row.amountFen,
    exported: (row) => yuan(row.amountFen),
    render: (row) => formatFen(row.amountFen),
  },
  { key: 'cause', title: t('refunds.cause'), value: (row) => t(`refund.cause.${row.cause}`), filter: true },
  {
    key: 'status',
    title: t('refunds.status'),
    value: (row) => t(`refund.${row.status}`),
    filter: true,
    render: (row) => <Chip status={row.status} />,
  },
  {
    key: 'at',
    title: t('refunds.at'),
    value: (row) => row.requestedAt,
    exported: (row) => fullMoment(row.requestedAt),
    render: (row) => moment(row.requestedAt),
  },
];

function Chip({ status }: { readonly status: Refund['status'] }) {
  const state = refundState(status);
  return <StatusChip tone={state.tone}>{state.words}</StatusChip>;
}

export function Refunds({ schoolId, party, queue: first = 'all' }: RefundsProps) {
  const [queue, setQueue] = useState<Queue>(first);
  const [openId, setOpenId] = useState<string>();
  const refunds = useCallPages('billing', 'listRefunds', { schoolId, queue, limit: 100 }, { everyMs: 15_000 });
  const shown = useMemo(columns, []);
  const open = refunds.items.find((one) => one.refundId === openId);
  return (
    <View className="d-stack">
      <Tabs<Queue>
        id="refund-queue"
        label={t('refunds.queue')}
        value={queue}
        options={(['all', 'approving', 'attention'] as const).map((value) => ({ value, label: t(`refunds.queue.${value}`) }))}
        onChange={setQueue}
      />
      <DataTable
        key={queue}
        name={t('refunds.title')}
        columns={shown}
        rows={refunds.items}
        keyOf={(row) => row.refundId}
        of={refunds}
        emptyText={queue === 'all' ? t('refunds.none') : t(`refunds.none.${queue}`)}
        hasMore={refunds.hasMore}
        loadingMore={refunds.isFetchingNextPage}
        onMore={refunds.more}
        onOpen={(row) => setOpenId(row.refundId)}
        openKey={openId}
      />
      {open ? <Drawer key={open.refundId} refund={open} party={party} onClose={() => setOpenId(undefined)} /> : null}
    </View>
  );
}

const reads = [['billing'], ['selection'], ['supervision']] as const;

function Drawer({ refund, party, onClose }: { readonly refund: Refund; readonly party: Party; onClose(): void }) {
  const { schoolId, refundId } = refund;
  const [note, setNote] = useState('');
  const [tried, setTried] = useState(false);
  const turn = nextParty(refund);
  const decide = useAction(
    (approve: boolean) => api.billing.decideRefund({ schoolId, refundId, approve, ...(note.trim() ? { note: note.trim() } : {}) }),
    {
      done: (after) => {
        const next = nextParty(after);
        if (after.status === 'refused') return t('refunds.refused');
        return next ? t('refunds.approved.next', { party: t(`party.${next}`) }) : t('refunds.approved');
      },
      refresh: reads,
      onDone: onClose,
    },
  );
  const retry = useAction(() => api.billing.retryRefund({ schoolId, refundId }), {
    done: (after) => t(after.status === 'succeeded' ? 'refunds.paidSince' : 'refunds.retried'),
    refresh: reads,
  });
  const ask = async (approve: boolean) => {
    setTried(!approve);
    if (!approve && !note.trim()) return;
    const sure = await platform.modal(
      approve
        ? {
            title: t('refunds.approve.title', { amount: formatFen(refund.amountFen) }),
            content: t('refunds.approve.content'),
            confirmText: t('refunds.approve'),
          }
        : { title: t('refunds.refuse.title'), content: t('refunds.refuse.content'), confirmText: t('refunds.refuse'), danger: true },
    );
    if (sure) await decide.run(approve);
  };
  return (
    <Sheet
      open
      id="refund-drawer"
      title={`${refund.pupilName} · ${refund.courseName}`}
      onClose={onClose}
      footer={
        turn === party ? (
          <View className="k-buttons">
            <Button kind="plain" id="refund-refuse" disabled={decide.running} onTap={() => ask(false)}>
              {t('refunds.refuse')}
            </Button>
            <Button kind="primary" id="refund-approve" running={decide.running} onTap={() => ask(true)}>
              {t('refunds.approve')}
            </Button>
          </View>
        ) : refund.status === 'attention' && party === 'school' ? (
          <Button kind="primary" block icon="refresh" id="refund-retry" running={retry.running} onTap={() => retry.run(undefined)}>
            {t('refunds.retry')}
          </Button>
        ) : undefined
      }
    >
      <View className="k-column k-column--wide">
        <View className="k-row k-row--between">
          <Money fen={refund.amountFen} size="xl" />
          <Chip status={refund.status} />
        </View>
        {refund.status === 'attention' ? (
          <View className="k-notice k-notice--danger">
            <Icon name="alert" />
            <Text>{t('refunds.attention', { reason: refund.attentionReason ?? t('refunds.attention.unknown') })}</Text>
          </View>
        ) : null}
        {refund.status === 'attention' && party === 'school' ? <ByHand refund={refund} onDone={onClose} /> : null}
        {turn && turn !== party ? (
          <View className="k-notice">
            <Icon name="clock" />
            <Text>{t('refunds.turn', { party: t(`party.${turn}`) })}</Text>
          </View>
        ) : null}
        <Pairs
          pairs={[
            { name: t('refunds.fee'), value: formatFen(refund.feeFen), number: true },
            { name: t('refunds.material'), value: formatFen(refund.materialFen), number: true },
            ...(refund.togetherFen ? [{ name: t('refunds.together'), value: formatFen(refund.togetherFen), number: true }] : []),
            { name: t('refunds.left'), value: String(refund.sessionsLeft), number: true },
            { name: t('refunds.cause'), value: t(`refund.cause.${refund.cause}`) },
          ]}
        />
        <View className="k-text-s k-muted">{t('refunds.rule')}</View>
        {turn === party ? (
          <Field label={t('refunds.note')} optional error={tried && !note.trim() ? t('refunds.note.required') : undefined}>
            <TextArea
              id="refund-note"
              label={t('refunds.note')}
              placeholder={t('refunds.note.placeholder')}
              lengthMax={200}
              value={note}
              onChange={setNote}
            />
          </Field>
        ) : null}
        <View>
          <View className="k-strong k-card__title">{t('refunds.timeline')}</View>
          <Timeline steps={stepsOf(refund)} />
        </View>
      </View>
    </Sheet>
  );
}

/** What the provider cannot send back may be paid from the supervised account, and recorded here with its document. */
function ByHand({ refund, onDone }: { readonly refund: Refund; onDone(): void }) {
  const { schoolId, refundId } = refund;
  const [document, setDocument] = useState('');
  const [tried, setTried] = useState(false);
  const missing = document.trim().length < DOCUMENT_LENGTH_MIN;
  const record = useAction(() => api.billing.recordRefundPaid({ schoolId, refundId, document: document.trim() }), {
    done: t('refunds.byHand.done'),
    refresh: reads,
    onDone,
  });
  const ask = async () => {
    setTried(true);
    if (missing) return;
    const sure = await platform.modal({
      title: t('refunds.byHand.title', { amount: formatFen(refund.amountFen) }),
      content: t('refunds.byHand.content'),
      confirmText: t('refunds.byHand'),
      danger: true,
    });
    if (sure) await record.run(undefined);
  };
  return (
    <View className="k-column">
      <View className="k-text-s k-muted">{t('refunds.retry.hint')}</View>
      <Field label={t('refunds.byHand.document')} optional error={tried && missing ? t('refunds.byHand.required') : undefined}>
        <TextInput
          id="refund-document"
          label={t('refunds.byHand.document')}
          placeholder={t('refunds.byHand.placeholder')}
          lengthMax={REFUND_DOCUMENT_LENGTH_MAX}
          value={document}
          onChange={setDocument}
        />
      </Field>
      <Button kind="plain" block id="refund-by-hand" running={record.running} onTap={ask}>
        {t('refunds.byHand')}
      </Button>
    </View>
  );
}

function stepsOf({ timeline, status }: Refund): readonly TimelineStep[] {
  return timeline.map((step, index) => {
    const last = index === timeline.length - 1;
    const bad = step.status === 'attention' || step.status === 'refused';
    return {
      key: `${step.at}.${step.status}`,
      title: t(`refund.${step.status}`),
      time: moment(step.at),
      detail: [byText(step.by), step.reminded ? t('refunds.reminded') : step.note].filter(Boolean).join(' · ') || undefined,
      state: bad ? 'failed' : last && status !== 'succeeded' ? 'now' : 'done',
    };
  });
}

const actors = ['parent', 'system', 'school', 'operator', 'bureau', 'provider'] as const;

/** Who took a step; a name stands as it is. */
function byText(by: string | undefined): string | undefined {
  const known = actors.find((one) => one === by);
  return known ? t(`refunds.by.${known}`) : by;
}
