/** What WeChat lays over the app: asking for consent, the cashier, choosing a chat, the scanner. Each ends in an answer. */
import { api, type Cashier } from '../base/api.ts';
import { action, fill, h } from '../base/dom.ts';
import type { Person } from '../base/state.ts';
import { t, yuan } from '../base/texts.ts';
import { HostRefusal } from './host.ts';
import { pickCode } from './scanner.ts';

const layer = h('div', { class: 'sheets', hidden: true });
export const sheetLayer = layer;

let dismiss: (() => void) | undefined;

/** Ends what is open: the phone was handed to somebody else, or the app entered anew. */
export function closeSheets(): void {
  dismiss?.();
}

/** Shows one sheet; resolves with what `done` is called with, `undefined` when it was closed. */
function open<T>(title: string, build: (done: (value: T) => void) => readonly (Node | string)[], kind = ''): Promise<T | undefined> {
  dismiss?.();
  return new Promise((resolve) => {
    const end = (value: T | undefined) => {
      dismiss = undefined;
      layer.hidden = true;
      fill(layer);
      resolve(value);
    };
    dismiss = () => end(undefined);
    const close = h(
      'button',
      { type: 'button', class: 'quiet', 'data-test': 'sheet-close', onclick: () => end(undefined) },
      t('sheet.close'),
    );
    const sheet = h(
      'section',
      { class: `sheet ${kind}`, role: 'dialog', 'aria-label': title },
      h('header', {}, h('h2', {}, title), close),
      ...build(end),
    );
    fill(layer, sheet);
    layer.hidden = false;
    sheet.querySelector<HTMLElement>('button.main, input, button')?.focus();
  });
}

function choice(allow: () => void | Promise<void>, deny: () => void): HTMLElement {
  return h(
    'div',
    { class: 'choice' },
    action(t('sheet.deny'), deny, { 'data-test': 'sheet-deny' }),
    action(t('sheet.allow'), allow, { class: 'main', 'data-test': 'sheet-allow' }),
  );
}

export async function askPhoneNumber(person: Person): Promise<{ code: string }> {
  const phone = person.phone.replace(/^(\d{3})\d+(\d{4})$/, '$1****$2');
  const agreed = await open<boolean>(t('number.title'), (done) => [
    h('p', {}, t('number.text', { phone })),
    choice(
      () => done(true),
      () => done(false),
    ),
  ]);
  if (!agreed) throw new HostRefusal('platform.denied');
  return api.phoneCode(person.openId);
}

export async function askToSubscribe(person: Person, templateIds: readonly string[]): Promise<{ accepted: string[] }> {
  const agreed = await open<boolean>(t('subscribe.title'), (done) => [
    h('p', {}, t('subscribe.text')),
    h('ul', {}, ...templateIds.map((id) => h('li', {}, id))),
    choice(
      () => done(true),
      () => done(false),
    ),
  ]);
  if (!agreed) return { accepted: [] };
  await api.consent(person.openId, templateIds);
  return { accepted: [...templateIds] };
}

/** The phone checks the merchant's signature before it shows anything, as WeChat does. */
export async function pay(person: Person, payment: unknown): Promise<Record<string, never>> {
  const order: Cashier = await api.cashier(person.openId, payment).catch((error: Error) => {
    throw new HostRefusal('platform.failed', error.message);
  });
  const sum = yuan(order.amountFen);
  const paid = await open<boolean>(
    t('cashier.title'),
    (done) => [
      h('p', { class: 'sum' }, sum),
      h(
        'dl',
        {},
        h('dt', {}, t('cashier.to')),
        h('dd', {}, order.merchantName),
        h('dt', {}, t('cashier.for')),
        h('dd', {}, order.description),
      ),
      h(
        'div',
        { class: 'choice' },
        action(t('cashier.cancel'), () => done(false), { 'data-test': 'cashier-cancel' }),
        action(
          t('cashier.pay', { sum }),
          async () => {
            await api.pay(person.openId, payment);
            done(true);
          },
          { class: 'main', 'data-test': 'cashier-pay' },
        ),
      ),
    ],
    'cashier',
  );
  if (!paid) throw new HostRefusal('platform.cancelled');
  return {};
}

export interface Card {
  readonly title: string;
  readonly path: string;
  readonly imageUrl?: string | undefined;
}

/** Into which chat; `false`: none. */
export async function share(person: Person, card: Card): Promise<boolean> {
  const chosen = await open<boolean>(t('share.title'), (done) => [
    h('p', { class: 'card-preview' }, card.title),
    card.imageUrl !== undefined ? h('img', { class: 'card-picture', src: card.imageUrl, alt: '' }) : '',
    action(
      t('share.group'),
      async () => {
        await api.say({ author: person.name, card: { title: card.title, path: card.path, imageUrl: card.imageUrl } });
        done(true);
      },
      { class: 'main wide', 'data-test': 'share-group' },
    ),
  ]);
  return chosen ?? false;
}

export async function scan(): Promise<string> {
  const text = await open<string>(t('scan.title'), (done) => pickCode(done), 'scanner');
  if (text === undefined) throw new HostRefusal('platform.cancelled');
  return text;
}
