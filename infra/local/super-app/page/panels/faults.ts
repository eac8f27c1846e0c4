import { api, type Switch } from '../base/api.ts';
import { action, fill, h } from '../base/dom.ts';
import { named, t, yuan } from '../base/texts.ts';

const WECHAT: readonly Readonly<Record<string, unknown>>[] = [
  { kind: 'callback.duplicate' },
  { kind: 'callback.late', minutes: 10 },
  { kind: 'callback.lost' },
  { kind: 'callback.forged-signature' },
  { kind: 'callback.wrong-content', amountFen: 1 },
  { kind: 'refund.abnormal' },
  { kind: 'refund.silent' },
  { kind: 'http.timeout' },
  { kind: 'http.lost-reply' },
  { kind: 'http.error' },
];
const BANK: readonly Readonly<Record<string, unknown>>[] = [{ kind: 'reject' }];

interface Shown {
  readonly wechat: readonly Switch[];
  readonly bank: readonly Switch[];
  readonly balanceFen: number;
  readonly stuck: readonly { readonly outRefundNo: string; readonly amountFen: number }[];
}

export function faultsPanel(): { element: HTMLElement; refresh: () => Promise<void>; draw: () => void } {
  const element = h('section', { class: 'panel' });
  const always = h('input', { type: 'checkbox', 'data-test': 'fault-always' });
  let shown: Shown = { wechat: [], bank: [], balanceFen: 0, stuck: [] };

  const offer = (kinds: typeof WECHAT, set: (input: Readonly<Record<string, unknown>>) => Promise<unknown>) =>
    h(
      'div',
      { class: 'jumps' },
      ...kinds.map((input) =>
        action(
          named('fault', String(input.kind)),
          async () => {
            await set({ ...input, times: always.checked ? 'always' : 1 });
            await refresh();
          },
          { 'data-test': `fault-${input.kind}` },
        ),
      ),
    );
  const active = (one: Switch, remove: (id: string) => Promise<unknown>) =>
    h(
      'p',
      { class: 'event' },
      h(
        'span',
        {},
        `${named('fault', one.kind)}${one.times === 'always' ? ` · ${t('faults.always')}` : one.times > 1 ? ` × ${one.times}` : ''}`,
      ),
      action(t('faults.remove'), async () => {
        await remove(one.switchId);
        await refresh();
      }),
    );

  const draw = () => {
    const balance = h('input', {
      type: 'number',
      step: '0.01',
      min: 0,
      value: (shown.balanceFen / 100).toFixed(2),
      'data-test': 'balance',
    });
    const arranged = [
      ...shown.wechat.map((one) => active(one, api.removeSwitch)),
      ...shown.bank.map((one) => active(one, api.removeBankSwitch)),
    ];
    fill(
      element,
      h('h3', {}, t('faults.title')),
      h('label', { class: 'row' }, always, t('faults.always')),
      h('h4', {}, t('faults.wechat')),
      offer(WECHAT, api.setSwitch),
      h('h4', {}, t('faults.bank')),
      offer(BANK, api.setBankSwitch),
      h('h3', {}, t('faults.active')),
      ...(arranged.length > 0 ? arranged : [h('p', { class: 'quiet' }, t('faults.none'))]),
      h(
        'label',
        { class: 'row' },
        t('faults.balance'),
        balance,
        action(t('faults.set'), async () => {
          await api.setBalance(Math.round(balance.valueAsNumber * 100));
          await refresh();
        }),
      ),
      shown.stuck.length > 0 && h('h3', {}, t('faults.refunds')),
      ...shown.stuck.map(({ outRefundNo, amountFen }) =>
        h(
          'p',
          { class: 'event' },
          h('span', {}, `${yuan(amountFen)} · ${outRefundNo}`),
          ...(['SUCCESS', 'ABNORMAL'] as const).map((as) =>
            action(t(as === 'SUCCESS' ? 'faults.succeed' : 'faults.abnormal'), async () => {
              await api.endRefund(outRefundNo, as);
              await refresh();
            }),
          ),
        ),
      ),
    );
  };
  const refresh = async () => {
    const [wechat, bank, summary, refunds] = await Promise.all([api.switches(), api.bankSwitches(), api.settings(), api.refunds()]);
    const stuck = refunds.filter(({ state, settlesAt }) => state === 'PROCESSING' && settlesAt === undefined);
    const next = { wechat, bank, balanceFen: summary.settings.balanceFen, stuck };
    const isSame = JSON.stringify(next) === JSON.stringify(shown);
    shown = next;
    if (!isSame) draw();
  };
  return { element, refresh, draw };
}
