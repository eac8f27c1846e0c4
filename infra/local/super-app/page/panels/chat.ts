import { api, type ChatLine } from '../base/api.ts';
import { action, fill, h, notice } from '../base/dom.ts';
import { state } from '../base/state.ts';
import { t, when } from '../base/texts.ts';
import { openInApp } from '../phone/phone.ts';

let lines: readonly ChatLine[] = [];

function bubble(line: ChatLine): HTMLElement {
  const mine = line.author === state.person?.name;
  const open = () => {
    if (!state.person) notice(t('chat.pick'));
    else if (line.card) openInApp(line.card.path);
  };
  const card = line.card && action(line.card.title, open, { class: 'share-card', 'data-test': 'chat-card', 'data-path': line.card.path });
  // As WeChat shows it: the title, the picture in 5:4, and that it is a mini-program's.
  if (card && line.card?.imageUrl) card.append(h('img', { class: 'card-picture', src: line.card.imageUrl, alt: '' }));
  if (card) card.append(h('small', {}, t('chat.card')));
  return h(
    'div',
    { class: `line${mine ? ' mine' : ''}` },
    h('small', {}, `${line.author} · ${when(line.at)}`),
    line.text !== undefined && h('p', {}, line.text),
    card,
  );
}

export function chat(): { element: HTMLElement; refresh: () => Promise<void>; draw: () => void } {
  const list = h('div', { class: 'lines' });
  const input = h('input', { type: 'text', maxlength: 500, 'data-test': 'chat-text' });
  const form = h('form', { class: 'row', onsubmit: (event: Event) => event.preventDefault() });
  const draw = () => {
    fill(list, lines.length === 0 && h('p', { class: 'quiet' }, t('chat.empty')), ...lines.map(bubble));
    input.placeholder = t('chat.say');
    input.setAttribute('aria-label', t('chat.say'));
    fill(
      form,
      input,
      action(
        t('chat.send'),
        async () => {
          const text = input.value.trim();
          if (!state.person) return notice(t('chat.pick'));
          if (!text) return;
          await api.say({ author: state.person.name, text });
          input.value = '';
          await refresh();
        },
        { class: 'main' },
      ),
    );
  };
  const refresh = async () => {
    const next = await api.chat();
    const isNew = next.at(-1)?.id !== lines.at(-1)?.id;
    lines = next;
    if (!isNew) return;
    fill(list, ...lines.map(bubble));
    list.scrollTop = list.scrollHeight;
  };
  return { element: h('section', { class: 'panel chat' }, list, form), refresh, draw };
}
