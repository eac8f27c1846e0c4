/** The phone: the app in its frame, what WeChat shows around it, and what the person does that is WeChat's and not the app's. */
import { api, type Sent } from '../base/api.ts';
import { action, fill, h, notice } from '../base/dom.ts';
import { isDark, onChange, type Person, state } from '../base/state.ts';
import { t } from '../base/texts.ts';
import { Host, HostRefusal } from './host.ts';
import { askPhoneNumber, askToSubscribe, type Card, closeSheets, pay, scan, share, sheetLayer } from './sheets.ts';

const APP = '/';
const LARGE = 1.3;

const frame = h('iframe', { class: 'app', title: t('page.title'), 'data-test': 'app', allow: 'clipboard-write' });
const empty = h('div', { class: 'phone-empty' });
const title = h('div', { class: 'phone-title', 'aria-live': 'polite' });
const banner = h('div', { class: 'banner', hidden: true });
const controls = h('div', { class: 'phone-controls' });
let card: Card | undefined;

const appearance = () => ({
  statusBarHeight: 0,
  safeBottom: 0,
  fontScale: state.kept.large ? LARGE : 1,
  dark: isDark(),
  reducedMotion: matchMedia('(prefers-reduced-motion: reduce)').matches,
  language: state.kept.language,
});

function holder(): Person {
  if (!state.person) throw new HostRefusal('platform.unavailable', 'nobody holds the phone');
  return state.person;
}

const host = new Host(
  frame,
  () => ({
    version: 1,
    personKey: holder()
      .openId.replace(/[^\w-]/g, '-')
      .slice(0, 64),
    appearance: appearance(),
  }),
  {
    login: () => api.loginCode(holder().openId),
    phoneNumberCode: () => askPhoneNumber(holder()),
    requestPayment: (payment) => pay(holder(), payment),
    scan: async () => ({ text: await scan() }),
    locate: () => {
      if (state.kept.locationDenied) throw new HostRefusal('platform.denied');
      return state.kept.place;
    },
    subscribe: ({ templateIds }) => askToSubscribe(holder(), templateIds),
    setShareCard: ({ card: given }) => {
      card = given ?? undefined;
      return {};
    },
    share: async ({ card: given }) => {
      if (!(await share(holder(), given))) throw new HostRefusal('platform.cancelled');
      notice(t('share.sent'));
      return {};
    },
    setTitle: ({ title: text }) => {
      title.textContent = text;
      return {};
    },
  },
  () => undefined,
);

/** Hands the phone to somebody, at a page if one is named. */
export function take(person: Person | undefined, path?: string): void {
  closeSheets();
  card = undefined;
  state.person = person;
  frame.hidden = !person;
  empty.hidden = Boolean(person);
  title.textContent = '';
  if (!person) return;
  host.enter(APP);
  if (path) host.tell({ name: 'open', path });
}

/** A card or a message was tapped. */
export function openInApp(path: string): void {
  if (state.person) host.tell({ name: 'open', path });
}

/** The clock was moved: the app was put away meanwhile and asks for everything again. */
export function wakeApp(): void {
  if (!state.person) return;
  host.tell({ name: 'hide' });
  host.tell({ name: 'show' });
}

/** A service message slides in over the app. */
export function announce(message: Sent): void {
  const text = Object.values(message.data).join(' · ');
  const show = action(`${t('phone.message')}：${text}`, () => {
    banner.hidden = true;
    if (message.page) openInApp(`/${message.page.replace(/^\//, '')}`);
  });
  fill(banner, show);
  banner.hidden = false;
  setTimeout(() => {
    if (banner.contains(show)) banner.hidden = true;
  }, 8000);
}

async function shareThis(): Promise<void> {
  const person = holder();
  if (!card) return notice(t('phone.noCard'));
  if (await share(person, card)) notice(t('share.sent'));
}

/**
 * WeChat's own scanner opens what a mini-program code names, and the app's own addresses ("ordinary links that open the
 * mini-program", as an operator sets them up); nothing of other codes here. The app's scanner gets the text as it is.
 */
async function scanOutside(): Promise<void> {
  holder();
  const seen = await scan().catch((error: unknown) => {
    if (error instanceof HostRefusal) return undefined;
    throw error;
  });
  if (seen === undefined) return;
  const own = `${location.origin}${APP}#`;
  const text = seen.startsWith(own) ? seen.slice(own.length) : seen;
  if (/^\/[a-z0-9/-]+(\?.*)?$/i.test(text)) openInApp(text);
  else notice(t('scan.unknown', { text }));
}

function redraw(): void {
  empty.textContent = t('phone.empty');
  const press = (label: string, work: () => unknown, test: string) =>
    action(label, work, { 'data-test': test, ...(state.person ? {} : { disabled: true }) });
  fill(
    controls,
    press(t('phone.back'), () => host.tell({ name: 'back' }), 'phone-back'),
    press(t('phone.share'), shareThis, 'phone-share'),
    press(t('phone.scan'), scanOutside, 'phone-scan'),
    press(t('phone.restart'), () => take(state.person), 'phone-restart'),
  );
  if (state.person) host.tell({ name: 'appearance', appearance: appearance() });
}

export function phone(): HTMLElement {
  frame.hidden = true;
  onChange(redraw);
  redraw();
  return h(
    'main',
    { class: 'stage' },
    h('div', { class: 'phone' }, h('div', { class: 'glass' }, empty, frame, banner, sheetLayer)),
    controls,
    title,
  );
}
