import { api } from '../base/api.ts';
import { action, fill, h, notice } from '../base/dom.ts';
import { changed, keep, onChange, type Person, state } from '../base/state.ts';
import { t } from '../base/texts.ts';

const SHOWN_MAX = 120;

/** Everyone of the demo first, in its order, then whoever was added. */
export async function loadPeople(): Promise<void> {
  const [demo, all] = await Promise.all([api.demoPeople(), api.people()]);
  const known = new Map<string, Person>();
  for (const { openId, name, phone, role, note } of demo) known.set(openId, { openId, name, phone, role, note });
  for (const { openId, nickname, phone } of all) if (!known.has(openId)) known.set(openId, { openId, name: nickname, phone });
  state.people = [...known.values()];
  changed();
}

export function people(choose: (person: Person) => void): HTMLElement {
  const search = h('input', { type: 'search', 'data-test': 'people-search' });
  const list = h('div', { class: 'people-list' });
  const foot = h('details', { class: 'add' });

  function row(person: Person): HTMLElement {
    const isHolder = person.openId === state.person?.openId;
    const button = h('button', {
      type: 'button',
      class: `person${isHolder ? ' chosen' : ''}`,
      'aria-pressed': isHolder ? 'true' : 'false',
      'data-test': `person-${person.openId}`,
      onclick: () => {
        keep({ personId: person.openId });
        choose(person);
        changed();
      },
    });
    button.append(h('strong', {}, person.name), h('span', {}, [person.note, person.phone].filter(Boolean).join(' · ')));
    return button;
  }

  function draw(): void {
    search.placeholder = t('people.search');
    search.setAttribute('aria-label', t('people.search'));
    const wanted = search.value.trim();
    const found = state.people.filter(({ name, phone, role, note }) => [name, phone, role, note].some((text) => text?.includes(wanted)));
    const groups = new Map<string, Person[]>();
    for (const person of found.slice(0, SHOWN_MAX)) {
      const group = person.role ?? t('people.other');
      groups.set(group, [...(groups.get(group) ?? []), person]);
    }
    fill(
      list,
      found.length === 0 && h('p', { class: 'quiet' }, t('people.none')),
      ...[...groups].flatMap(([group, members]) => [h('h3', {}, group), ...members.map(row)]),
    );
    if (!foot.open) drawAdd();
  }

  function drawAdd(): void {
    const phone = h('input', { type: 'tel', placeholder: t('people.phone'), 'aria-label': t('people.phone'), 'data-test': 'add-phone' });
    const name = h('input', { type: 'text', placeholder: t('people.name'), 'aria-label': t('people.name'), 'data-test': 'add-name' });
    const add = action(
      t('people.add'),
      async () => {
        const made = await api.addPerson(phone.value.trim(), name.value.trim());
        notice(t('people.added', { name: made.nickname }));
        foot.open = false;
        await loadPeople();
      },
      { class: 'main wide', 'data-test': 'add-person' },
    );
    fill(foot, h('summary', {}, t('people.add')), h('div', { class: 'panel' }, phone, name, add));
  }

  search.addEventListener('input', draw);
  const heading = h('h2');
  onChange(() => {
    heading.textContent = t('people.title');
    draw();
  });
  return h('aside', { class: 'column people' }, heading, search, list, foot);
}
