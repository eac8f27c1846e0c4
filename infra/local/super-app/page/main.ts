/** The page that plays WeChat around the app: people, a phone, a group chat, and the machinery that no phone shows. */
import { fill, h, notice } from './base/dom.ts';
import { changed, isDark, keep, onChange, state } from './base/state.ts';
import { speak, type TextKey, t } from './base/texts.ts';
import { chat } from './panels/chat.ts';
import { clockPanel } from './panels/clock.ts';
import { faultsPanel } from './panels/faults.ts';
import { machinePanel } from './panels/machine.ts';
import { messages } from './panels/messages.ts';
import { loadPeople, people } from './panels/people.ts';
import { placePanel } from './panels/place.ts';
import { phone, take } from './phone/phone.ts';

const POLL_MS = 1500;

interface Tab {
  readonly key: TextKey;
  readonly panel: { element: HTMLElement; refresh: () => Promise<void>; draw: () => void };
  /** Refreshed also while another tab is open. */
  readonly always?: boolean;
}
const tabs: readonly Tab[] = [
  { key: 'tab.chat', panel: chat() },
  { key: 'tab.messages', panel: messages(), always: true },
  { key: 'tab.clock', panel: clockPanel(), always: true },
  { key: 'tab.place', panel: placePanel() },
  { key: 'tab.faults', panel: faultsPanel() },
  { key: 'tab.machine', panel: machinePanel() },
];
let open: Tab = tabs[0] as Tab;

const header = h('header', { class: 'top' });
const bar = h('nav', { class: 'tabs', role: 'tablist' });
const side = h('div', { class: 'side' });

function dress(): void {
  speak(state.kept.language);
  document.title = t('page.title');
  document.documentElement.classList.toggle('dark', isDark());
  const toggle = (key: TextKey, isOn: boolean, change: () => void, test: string) =>
    h('button', { type: 'button', 'aria-pressed': String(isOn), onclick: change, 'data-test': test }, t(key));
  fill(
    header,
    h('h1', {}, t('page.title')),
    h('span', { class: 'mark' }, t('page.simulator')),
    h('span', { class: 'preparing', role: 'status', hidden: true }),
    h(
      'span',
      { class: 'toggles' },
      toggle('page.font', state.kept.large, () => keep({ large: !state.kept.large }), 'toggle-font'),
      toggle('page.dark', isDark(), () => keep({ dark: !isDark() }), 'toggle-dark'),
      toggle('page.language', false, () => keep({ language: state.kept.language === 'zh' ? 'en' : 'zh' }), 'toggle-language'),
    ),
  );
  fill(
    bar,
    ...tabs.map((tab) =>
      h(
        'button',
        {
          type: 'button',
          role: 'tab',
          'aria-selected': String(tab === open),
          'data-test': tab.key,
          onclick: () => {
            open = tab;
            dress();
            void refresh();
          },
        },
        t(tab.key),
      ),
    ),
  );
  fill(side, open.panel.element);
  for (const { panel } of tabs) panel.draw();
}

let failing = false;
async function refresh(): Promise<void> {
  try {
    await Promise.all(tabs.filter((tab) => tab === open || tab.always).map(({ panel }) => panel.refresh()));
    if (state.people.length === 0) await loadPeople();
    failing = false;
  } catch (error) {
    // Said once: the process may have been stopped.
    if (!failing) notice(error instanceof Error ? error.message : String(error), 'danger');
    failing = true;
  }
}

const root = document.querySelector('#page');
onChange(dress);
if (root)
  fill(
    root,
    header,
    h(
      'div',
      { class: 'columns' },
      people((person) => take(person)),
      phone(),
      h('aside', { class: 'column right' }, bar, side),
    ),
  );
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', changed);
changed();
await loadPeople().catch(() => undefined);
const last = state.people.find(({ openId }) => openId === state.kept.personId);
if (last) take(last);
changed();
for (;;) {
  await refresh();
  await new Promise((resolve) => setTimeout(resolve, POLL_MS));
}
