/** A month's payouts over all schools: whose turn it is, approving in one run, and starting what is missing. */
import { formatFen } from '@kehou/shared/kernel/fen';
import { addMonths, type ChinaMonth } from '@kehou/shared/kernel/time';
import type { Organisation } from '@kehou/shared/organisation/organisation';
import type { PayoutRun } from '@kehou/shared/payout/payout';
import { View } from '@tarojs/components';
import { useMemo, useState } from 'react';
import { api } from '../../api.ts';
import { Button } from '../../components/Button';
import { type Column, DataTable } from '../../components/DataTable';
import { usePerSchool } from '../../components/desk/reads.ts';
import { payoutState } from '../../components/desk/words.ts';
import { yuan } from '../../components/desk/yuan.ts';
import { Figures } from '../../components/Figures.tsx';
import { month as monthWords, whole } from '../../components/format.ts';
import { DateInput } from '../../components/Inputs';
import { ListState } from '../../components/ListState.tsx';
import { PayoutDrawer } from '../../components/payout/PayoutDrawer.tsx';
import { StatusChip } from '../../components/StatusChip.tsx';
import { useToday } from '../../components/today.ts';
import { failureOf } from '../../failure.ts';
import { platform } from '../../platform/current';
import { useAction } from '../../queries.ts';
import { t as desks } from '../../texts/desks.ts';
import { t } from '../../texts/operator.ts';
import { OperatorDesk, useSchools } from '../desk.tsx';
import '../operator.scss';

/** Enough months for what a desk looks back at. */
const MONTHS = 24;
const EVERY_MS = 20_000;

export default function OperatorPayouts() {
  return (
    <OperatorDesk current="operator/payouts" title={t('operator.payouts.title')} lead={t('operator.payouts.lead')}>
      <Loaded />
    </OperatorDesk>
  );
}

function Loaded() {
  const schools = useSchools();
  return (
    <ListState
      of={schools}
      empty={schools.items.length === 0}
      emptyIcon="school"
      emptyText={t('operator.board.none')}
      emptyHint={t('operator.board.none.hint')}
    >
      <Month schools={schools.items} />
    </ListState>
  );
}

interface Row {
  readonly school: Organisation;
  readonly run: PayoutRun | undefined;
}

const columns = (): readonly Column<Row>[] => [
  { key: 'school', title: desks('payout.school'), value: (row) => row.school.name, head: true },
  { key: 'people', title: desks('payout.statements'), align: 'end', value: (row) => row.run?.statements },
  { key: 'sessions', title: desks('payout.sessions'), align: 'end', value: (row) => row.run?.sessions },
  ...(['total', 'paid', 'rejected'] as const).map(
    (key): Column<Row> => ({
      key,
      title: desks(`payout.${key}`),
      align: 'end',
      value: (row) => row.run?.[`${key}Fen`],
      exported: (row) => row.run && yuan(row.run[`${key}Fen`]),
      render: (row) => (row.run ? formatFen(row.run[`${key}Fen`]) : desks('desks.none')),
    }),
  ),
  {
    key: 'next',
    title: desks('payout.next'),
    value: (row) => (row.run?.next ? desks(`party.${row.run.next}`) : desks('desks.none')),
    filter: true,
  },
  {
    key: 'status',
    title: desks('payout.status'),
    value: (row) => (row.run ? payoutState(row.run).words : t('operator.payouts.notStarted')),
    filter: true,
    render: (row) =>
      row.run ? (
        <StatusChip tone={payoutState(row.run).tone}>{payoutState(row.run).words}</StatusChip>
      ) : (
        <StatusChip tone="plain">{t('operator.payouts.notStarted')}</StatusChip>
      ),
  },
];

function Month({ schools }: { readonly schools: readonly Organisation[] }) {
  const thisMonth = useToday().slice(0, 7) as ChinaMonth;
  const [chosen, setMonth] = useState<ChinaMonth>();
  // A month is paid once it is over.
  const lastMonth = addMonths(thisMonth, -1);
  const month = chosen ?? lastMonth;
  const [openId, setOpenId] = useState<string>();
  const readings = usePerSchool(
    schools.map((one) => one.organisationId),
    {
      key: ['payout', 'listPayouts'],
      input: (schoolId) => ({ schoolId, limit: MONTHS }),
      read: (schoolId) => api.payout.listPayouts({ schoolId, limit: MONTHS }),
      everyMs: EVERY_MS,
    },
  );
  const rows = schools.map((school, index): Row => ({ school, run: readings[index]?.data?.items.find((one) => one.month === month) }));
  const loading = readings.find((reading) => reading.isPending);
  const failed = readings.find((reading) => reading.error && !reading.data);
  const mine = rows.filter((row) => row.run?.status === 'approving' && row.run.next === 'operator');
  const missing = loading || failed ? [] : rows.filter((row) => row.run === undefined || row.run.status === 'refused');
  const shown = useMemo(columns, []);
  const open = rows.find((row) => row.school.organisationId === openId);
  return (
    <View className="d-stack">
      <View className="k-row k-row--wrap o-bar o-bar--end">
        <View className="o-bar__date">
          <DateInput
            mode="month"
            id="payout-month"
            label={t('operator.payouts.month')}
            value={month}
            max={lastMonth}
            onChange={(value) => value && setMonth(value as ChinaMonth)}
          />
        </View>
        <View className="k-row k-row--wrap">
          <Start month={month} schools={missing.map((row) => row.school)} />
          <ApproveAll month={month} rows={mine} />
        </View>
      </View>
      <Sums rows={rows} mine={mine} />
      <DataTable
        key={month}
        name={`${t('operator.payouts.title')} ${monthWords(month)}`}
        columns={shown}
        rows={rows}
        keyOf={(row) => row.school.organisationId}
        {...(loading ? { of: loading } : failed ? { of: failed } : {})}
        pageSize={50}
        emptyText={t('operator.payouts.none')}
        onOpen={(row) => {
          if (row.run) setOpenId(row.school.organisationId);
          else platform.toast(t('operator.payouts.notStarted'));
        }}
        openKey={openId}
      />
      {open?.run ? (
        <PayoutDrawer
          schoolId={open.school.organisationId}
          schoolName={open.school.name}
          month={month}
          party="operator"
          onClose={() => setOpenId(undefined)}
        />
      ) : null}
    </View>
  );
}

function Sums({ rows, mine }: { readonly rows: readonly Row[]; readonly mine: readonly Row[] }) {
  const sum = (pick: (run: PayoutRun) => number, of: readonly Row[] = rows) =>
    of.reduce((total, row) => total + (row.run ? pick(row.run) : 0), 0);
  const withSchools = rows.filter((row) => row.run?.next === 'school').length;
  const rejected = sum((run) => run.rejectedFen);
  const blocked = rows.filter((row) => row.run?.status === 'blocked').length;
  return (
    <Figures
      figures={[
        { key: 'total', label: desks('payout.total'), value: formatFen(sum((run) => run.totalFen)) },
        {
          key: 'waiting',
          label: t('operator.payouts.waiting'),
          value: whole(mine.length),
          hint: formatFen(sum((run) => run.totalFen, mine)),
          tone: mine.length > 0 ? 'attention' : undefined,
        },
        { key: 'schools', label: t('operator.payouts.school'), value: whole(withSchools) },
        ...(blocked > 0
          ? [
              {
                key: 'blocked',
                label: t('operator.payouts.blocked'),
                value: whole(blocked),
                hint: t('operator.payouts.blocked.hint'),
                tone: 'danger' as const,
              },
            ]
          : []),
        { key: 'paid', label: t('operator.payouts.paid'), value: formatFen(sum((run) => run.paidFen)) },
        // Five fit in a row: one of nothing gives way.
        ...(blocked === 0 || rejected > 0
          ? [
              {
                key: 'rejected',
                label: t('operator.payouts.rejected'),
                value: formatFen(rejected),
                tone: rejected > 0 ? ('danger' as const) : undefined,
              },
            ]
          : []),
      ]}
    />
  );
}

/** One after the other: each is its own decision, and what failed is said by name. */
async function each<T>(items: readonly T[], perform: (item: T) => Promise<unknown>) {
  let done = 0;
  const reasons: string[] = [];
  for (const item of items) {
    try {
      await perform(item);
      done += 1;
    } catch (error) {
      reasons.push(failureOf(error).message);
    }
  }
  return { done, failed: reasons.length, reason: [...new Set(reasons)].join('；') };
}
type Outcome = Awaited<ReturnType<typeof each>>;

const outcomeText = ({ done, failed, reason }: Outcome): string =>
  failed === 0 ? t('operator.payouts.done', { done }) : t('operator.payouts.someFailed', { done, failed, reason });

function ApproveAll({ month, rows }: { readonly month: ChinaMonth; readonly rows: readonly Row[] }) {
  const approve = useAction(
    // What is on this page: a payout that was counted afresh since is left out, and said.
    (seen: readonly Row[]) =>
      each(
        seen.flatMap(({ run }) => (run ? [run] : [])),
        ({ schoolId, version, totalFen }) => api.payout.decidePayout({ schoolId, month, approve: true, version, totalFen }),
      ),
    {
      done: outcomeText,
      refresh: [['payout']],
    },
  );
  const ask = async () => {
    const seen = rows;
    const amount = formatFen(seen.reduce((total, row) => total + (row.run?.totalFen ?? 0), 0));
    const sure = await platform.modal({
      title: t('operator.payouts.approveAll.title', { count: seen.length, amount }),
      content: t('operator.payouts.approveAll.content'),
      confirmText: desks('payout.approve'),
    });
    if (sure) await approve.run(seen);
  };
  return (
    <Button kind="primary" icon="check" id="payout-approve-all" disabled={rows.length === 0} running={approve.running} onTap={ask}>
      {t('operator.payouts.approveAll', { count: rows.length })}
    </Button>
  );
}

function Start({ month, schools }: { readonly month: ChinaMonth; readonly schools: readonly Organisation[] }) {
  const start = useAction(() => each(schools, ({ organisationId }) => api.payout.startPayout({ schoolId: organisationId, month })), {
    done: outcomeText,
    refresh: [['payout']],
  });
  if (schools.length === 0) return null;
  const ask = async () => {
    const sure = await platform.modal({
      title: t('operator.payouts.start.title', { count: schools.length, month: monthWords(month) }),
      content: t('operator.payouts.start.content'),
    });
    if (sure) await start.run(undefined);
  };
  return (
    <Button kind="plain" icon="plus" id="payout-start-all" running={start.running} onTap={ask}>
      {t('operator.payouts.start', { month: monthWords(month) })}
    </Button>
  );
}
