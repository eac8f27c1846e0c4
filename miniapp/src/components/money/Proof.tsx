/** H2's sum on the screen: what there is on the left, whose it is on the right, and whether they are equal. */
import type { Balances } from '@kehou/shared/billing/ledger';
import { formatFen } from '@kehou/shared/kernel/fen';
import type { Id } from '@kehou/shared/kernel/id';
import { Text, View } from '@tarojs/components';
import { useCall } from '../../queries.ts';
import { t } from '../../texts/desks.ts';
import { Panel } from '../desk/Panel.tsx';
import { moment } from '../format.ts';
import { Icon } from '../Icon.tsx';
import { ListState } from '../ListState.tsx';
import './Proof.scss';

export function useProof(organisationId: Id<'organisation'>) {
  return useCall('billing', 'proveLedger', { organisationId }, { everyMs: 60_000 });
}

export function Proof({ organisationId }: { readonly organisationId: Id<'organisation'> }) {
  const proof = useProof(organisationId);
  const data = proof.data;
  return (
    <Panel title={t('money.proof')} hint={t('money.proof.rule')} id="ledger-proof">
      <ListState of={proof} skeletonRows={1} skeletonHeight={160}>
        {() =>
          data ? (
            <View className="k-column k-column--wide">
              <View
                className={`k-notice ${data.holds ? 'k-notice--done' : 'k-notice--danger'}`}
                id={data.holds ? 'proof-holds' : 'proof-broken'}
              >
                <Icon name={data.holds ? 'check-circle' : 'alert'} />
                <Text>
                  {data.holds ? t('money.proof.holds') : t('money.proof.broken')} · {t('desks.asOf', { when: moment(data.asOf) })}
                </Text>
              </View>
              <Sides balances={data.balances} />
            </View>
          ) : null
        }
      </ListState>
    </Panel>
  );
}

/** What is owed stands as a credit, which is negative in the ledger: people read it as a sum. */
export function Sides({ balances }: { readonly balances: Balances }) {
  const have = ['bank', 'transit', 'fees'] as const;
  const owe = ['parents', 'payees', 'fund'] as const;
  const sum = (accounts: readonly (keyof Balances)[], sign: 1 | -1) =>
    accounts.reduce((total, account) => total + sign * balances[account], 0) + 0;
  return (
    <View className="d-proof">
      <Side
        title={t('money.proof.have')}
        lines={have.map((account) => ({ name: t(`money.account.${account}`), fen: balances[account] }))}
        totalFen={sum(have, 1)}
      />
      <View className="d-proof__equals">=</View>
      <Side
        title={t('money.proof.owe')}
        lines={owe.map((account) => ({ name: t(`money.account.${account}`), fen: -balances[account] + 0 }))}
        totalFen={sum(owe, -1)}
      />
    </View>
  );
}

function Side({
  title,
  lines,
  totalFen,
}: {
  readonly title: string;
  readonly lines: readonly { readonly name: string; readonly fen: number }[];
  readonly totalFen: number;
}) {
  return (
    <View className="d-proof__side">
      <View className="k-text-s k-muted">{title}</View>
      {lines.map((line) => (
        <View key={line.name} className="k-row k-row--between d-proof__line">
          <Text>{line.name}</Text>
          <Text className="k-number">{formatFen(line.fen)}</Text>
        </View>
      ))}
      <View className="k-row k-row--between d-proof__line d-proof__total">
        <Text className="k-strong">{t('desks.total')}</Text>
        <Text className="k-number k-strong">{formatFen(totalFen)}</Text>
      </View>
    </View>
  );
}
