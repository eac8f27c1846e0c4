import { api, type Sent } from '../base/api.ts';
import { action, fill, h } from '../base/dom.ts';
import { state } from '../base/state.ts';
import { t, when } from '../base/texts.ts';
import { announce, openInApp } from '../phone/phone.ts';

let shown: readonly Sent[] = [];
/** Of whom the list is, so that only what comes later is announced. */
let of: string | undefined;

export function messages(): { element: HTMLElement; refresh: () => Promise<void>; draw: () => void } {
  const list = h('div', { class: 'lines' });
  const draw = () => {
    const { person } = state;
    fill(
      list,
      !person && h('p', { class: 'quiet' }, t('messages.pick')),
      person && shown.length === 0 && h('p', { class: 'quiet' }, t('messages.empty', { name: person.name })),
      ...shown.map((message) =>
        h(
          'article',
          { class: 'message', 'data-test': 'message' },
          h('small', {}, when(message.at)),
          ...Object.values(message.data).map((value) => h('p', {}, value)),
          message.page !== undefined && action(t('messages.open'), () => openInApp(`/${message.page?.replace(/^\//, '')}`)),
        ),
      ),
    );
  };
  const refresh = async () => {
    const { person } = state;
    const next = person ? await api.messages(person.openId) : [];
    const known = new Set(shown.map(({ messageId }) => messageId));
    const fresh = next.filter(({ messageId }) => !known.has(messageId));
    const isSame = of === person?.openId;
    shown = next;
    of = person?.openId;
    if (isSame && fresh.length === 0) return;
    draw();
    const [latest] = fresh;
    if (isSame && latest) announce(latest);
  };
  return { element: h('section', { class: 'panel' }, list), refresh, draw };
}
