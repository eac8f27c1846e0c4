/** One month's payout of a school: who gets what for how many sessions, whose turn it is, and the decision. */
import { formatFen } from '@kehou/shared/kernel/fen';
import type { Id } from '@kehou/shared/kernel/id';
import type { ChinaMonth, Instant } from '@kehou/shared/kernel/time';
import type { PayoutBlock, PayoutRun, Statement } from '@kehou/shared/payout/payout';
import { Text, View } from '@tarojs/components';
import { useMemo, useState } from 'react';
import { api } from '../../api.ts';
import { failureOf } from '../../failure.ts';
import { platform } from '../../platform/current';
import { go } from '../../platform/navigation.ts';
import { useAction, useCall } from '../../queries.ts';
import { t } from '../../texts/desks.ts';
import { Button } from '../Button';
import { type Column, DataTable } from '../DataTable';
import { payoutState, statementState } from '../desk/words.ts';
import { yuan } from '../desk/yuan.ts';
import { Field } from '../Field.tsx';
import { moment, month as monthWords, whole } from '../format.ts';
import { Icon } from '../Icon.tsx';
import { TextArea } from '../Inputs';
import { ListState } from '../ListState.tsx';
import { Money } from '../Money.tsx';
import { Sheet } from '../Sheet.tsx';
import { StatusChip } from '../StatusChip.tsx';
import { Timeline, type TimelineStep } from '../Timeline.tsx';

export type Party = 'school' | 'operator' | 'bureau';

export interface PayoutDrawerProps {
  readonly schoolId: Id<'organisation'>;
  readonly schoolName: string;
  readonly month: ChinaMonth;
  /** On whose behalf this desk approves. */
  readonly party: Party;
  onClose(): void;
}

// A function: the language is known when a page is drawn, not when its file is loaded.
const columns = (): readonly Column<Statement>[] => [
  { key: 'name', title: t('payout.instructor'), value: (row) => row.instructorName, head: true },
  { key: 'sessions', title: t('payout.sessions'), value: (row) => row.lines.length, align: 'end' },
  {
    key: 'total',
    title: t('payout.total'),
    align: 'end',
    value: (row) => row.totalFen,
    exported: (row) => yuan(row.totalFen),
    render: (row) => (
      <View>
        <View>{formatFen(row.totalFen)}</View>
        {row.carriedFen > 0 ? (
          <View className="k-text-xs k-muted">{t('payout.carried', { amount: formatFen(row.carriedFen) })}</View>
        ) : null}
      </View>
    ),
  },
  {
    key: 'account',
    title: t('payout.account'),
    value: (row) => (row.accountEnding ? t('instructor.account.ending', { ending: row.accountEnding }) : t('instructor.account.none')),
  },
  {
    key: 'status',
    title: t('payout.status'),
    value: (row) => t(`payout.statement.${row.status}`),
    filter: true,
    render: (row) => {
      const state = statementState(row.status);
      return (
        <View>
          <StatusChip tone={state.tone}>{state.words}</StatusChip>
          {row.rejectReason ? <View className="k-text-xs k-danger">{t('payout.rejectedBy', { reason: row.rejectReason })}</View> : null}
        </View>
      );
    },
  },
];

export function PayoutDrawer({ schoolId, schoolName, month, party, onClose }: PayoutDrawerProps) {
  const payout = useCall('payout', 'getPayout', { schoolId, month }, { everyMs: 10_000 });
  const shown = useMemo(columns, []);
  const [note, setNote] = useState('');
  const [tried, setTried] = useState(false);
  const run = payout.data?.run;
  const mine = run?.status === 'approving' && run.next === party;
  const decide = useAction(
    ({ approve, seen: { version, totalFen } }: { approve: boolean; seen: PayoutRun }) =>
      api.payout.decidePayout({ schoolId, month, approve, version, totalFen, ...(note.trim() ? { note: note.trim() } : {}) }),
    {
      done: (after) => (after.status === 'refused' ? t('payout.refused') : t('payout.approved')),
      refresh: [['payout']],
      onFailed: (error) => {
        payout.refetch().catch(() => undefined);
        if (failureOf(error).code !== 'request.changed') return false;
        platform.modal({ title: t('payout.changed'), content: t('payout.changed.content'), acknowledgeOnly: true }).catch(() => undefined);
        return true;
      },
    },
  );
  const retry = useAction(() => api.payout.startPayout({ schoolId, month }), { done: t('payout.retried'), refresh: [['payout']] });
  const ask = async (approve: boolean) => {
    if (!run) return;
    setTried(!approve);
    if (!approve && !note.trim()) return;
    const sure = await platform.modal(
      approve
        ? {
            title: t('payout.approve.title', { amount: formatFen(run.totalFen) }),
            content: t('payout.approve.content', { month: monthWords(month), count: run.statements }),
            confirmText: t('payout.approve'),
          }
        : { title: t('payout.refuse.title'), content: t('payout.refuse.content'), confirmText: t('payout.refuse'), danger: true },
    );
    if (sure) await decide.run({ approve, seen: run });
  };
  return (
    <Sheet
      open
      wide
      id="payout-drawer"
      title={`${schoolName} · ${monthWords(month)}`}
      onClose={onClose}
      footer={
        mine ? (
          <View className="k-buttons">
            <Button kind="plain" id="payout-refuse" disabled={decide.running} onTap={() => ask(false)}>
              {t('payout.refuse')}
            </Button>
            <Button kind="primary" id="payout-approve" running={decide.running} onTap={() => ask(true)}>
              {t('payout.approve')}
            </Button>
          </View>
        ) : run && (run.stuckAt || run.status === 'blocked') && party !== 'bureau' ? (
          <Button kind="primary" block icon="refresh" id="payout-retry" running={retry.running} onTap={() => retry.run(undefined)}>
            {run.stuckAt ? t('payout.tryAgain') : t('payout.retry')}
          </Button>
        ) : undefined
      }
    >
      <ListState of={payout} skeletonRows={5} skeletonHeight={64}>
        {() =>
          run ? (
            <View className="k-column k-column--wide">
              <View className="k-row k-row--between k-row--wrap">
                <View>
                  <Money fen={run.totalFen} size="xl" />
                  <View className="k-text-s k-muted">
                    {t('payout.statements')} {whole(run.statements)} · {t('payout.sessions')} {whole(run.sessions)}
                  </View>
                </View>
                <StatusChip tone={payoutState(run).tone}>{payoutState(run).words}</StatusChip>
              </View>
              {run.status === 'refused' && run.refusedNote ? (
                <View className="k-notice k-notice--danger">
                  <Icon name="alert" />
                  <Text>{t('payout.refusedNote', { reason: run.refusedNote })}</Text>
                </View>
              ) : null}
              {run.stuckAt ? <Stuck status={run.status} since={run.stuckAt} party={party} /> : null}
              {run.status === 'blocked' && run.block ? <Blocked run={run} block={run.block} party={party} /> : null}
              {mine ? (
                <Field label={t('payout.note')} optional error={tried && !note.trim() ? t('payout.note.required') : undefined}>
                  <TextArea
                    id="payout-note"
                    label={t('payout.note')}
                    placeholder={t('payout.note.placeholder')}
                    lengthMax={200}
                    value={note}
                    onChange={setNote}
                  />
                </Field>
              ) : null}
              <Timeline steps={stepsOf(run)} />
              <DataTable
                name={`${schoolName} ${monthWords(month)}`}
                columns={shown}
                rows={payout.data?.statements ?? []}
                keyOf={(row) => row.statementId}
                pageSize={50}
              />
            </View>
          ) : null
        }
      </ListState>
    </Sheet>
  );
}

/** Why an approved payout is held back, in words; and what a person can do about it. */
function Blocked({ run, block, party }: { readonly run: PayoutRun; readonly block: PayoutBlock; readonly party: Party }) {
  return (
    <View className="k-notice k-notice--danger" id="payout-blocked">
      <Icon name="alert" />
      <View className="k-grow k-column">
        <View>
          {block.reason === 'open-break'
            ? t('payout.blocked.open-break', { breaks: block.breaks })
            : t(`payout.blocked.${block.reason}`, { amount: formatFen(block.missingFen) })}
        </View>
        <View className="k-text-s">
          {run.blockedAt ? `${t('payout.blocked.since', { when: moment(run.blockedAt) })} · ` : ''}
          {t('payout.blocked.byItself')}
        </View>
        {block.reason === 'open-break' && party === 'operator' ? (
          <Button kind="plain" id="payout-to-breaks" onTap={() => go('operator/breaks')}>
            {t('payout.toBreaks')}
          </Button>
        ) : null}
      </View>
    </View>
  );
}

/** A step fails whatever is tried: which, what a person can look at, and who may try again. */
function Stuck({ status, since, party }: { readonly status: PayoutRun['status']; readonly since: Instant; readonly party: Party }) {
  return (
    <View className="k-notice k-notice--danger" id="payout-stuck">
      <Icon name="alert" />
      <View className="k-grow k-column">
        <View>{t(status === 'counting' ? 'payout.stuck.counting' : 'payout.stuck.paying')}</View>
        <View className="k-text-s">
          {`${t('payout.stuck.since', { when: moment(since) })} · `}
          {t(party === 'bureau' ? 'payout.stuck.bySchool' : 'payout.stuck.byItself')}
        </View>
      </View>
    </View>
  );
}

function stepsOf(run: PayoutRun): readonly TimelineStep[] {
  const refused = run.status === 'refused';
  return [
    {
      key: 'count',
      title: t('payout.step.started'),
      time: moment(run.startedAt),
      state: run.status === 'counting' ? 'now' : 'done',
    },
    ...run.chain.map((party, index): TimelineStep => {
      const approval = run.approvals[index];
      const refusedHere = refused && index === run.approvals.length;
      return {
        key: party,
        title: refusedHere
          ? `${t('payout.step.approval', { party: t(`party.${party}`) })} · ${t('payout.step.refused')}`
          : t('payout.step.approval', { party: t(`party.${party}`) }),
        time: approval ? moment(approval.at) : undefined,
        state: approval ? 'done' : refusedHere ? 'failed' : run.next === party ? 'now' : 'next',
      };
    }),
    {
      key: 'bank',
      title: t('payout.step.bank'),
      detail:
        run.status === 'done'
          ? `${t('payout.paid')} ${formatFen(run.paidFen)}${run.rejectedFen > 0 ? ` · ${t('payout.rejected')} ${formatFen(run.rejectedFen)}` : ''}`
          : run.status === 'blocked'
            ? t('payout.status.blocked')
            : undefined,
      state: run.status === 'done' ? 'done' : run.status === 'paying' ? 'now' : run.status === 'blocked' ? 'failed' : 'next',
    },
  ];
}
