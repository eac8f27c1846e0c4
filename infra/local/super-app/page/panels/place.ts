import { api, type Place } from '../base/api.ts';
import { action, fill, h } from '../base/dom.ts';
import { keep, state } from '../base/state.ts';
import { t } from '../base/texts.ts';
import { openDesk, openDesks } from '../phone/scanner.ts';

let places: readonly Place[] = [];

export function placePanel(): { element: HTMLElement; refresh: () => Promise<void>; draw: () => void } {
  const element = h('section', { class: 'panel' });
  const draw = () => {
    const { place, locationDenied } = state.kept;
    const number = (label: string, value: number, change: (value: number) => void, test: string) => {
      const input = h('input', { type: 'number', step: 'any', value, 'data-test': test });
      input.addEventListener('change', () => {
        if (Number.isFinite(input.valueAsNumber)) change(input.valueAsNumber);
      });
      return h('label', { class: 'field' }, label, input);
    };
    const pick = h(
      'select',
      { 'aria-label': t('place.pick'), 'data-test': 'place-pick' },
      h('option', { value: '' }, t('place.pick')),
      ...places.map(({ name }, index) => h('option', { value: index }, name)),
    );
    pick.addEventListener('change', () => {
      const chosen = places[Number(pick.value)];
      if (pick.value !== '' && chosen) keep({ place: { ...place, latitude: chosen.latitude, longitude: chosen.longitude } });
    });
    const deny = h('input', { type: 'checkbox', ...(locationDenied ? { checked: true } : {}) });
    deny.addEventListener('change', () => keep({ locationDenied: deny.checked }));
    fill(
      element,
      h('h3', {}, t('place.title')),
      places.length > 0 && pick,
      number(t('place.latitude'), place.latitude, (latitude) => keep({ place: { ...place, latitude } }), 'place-latitude'),
      number(t('place.longitude'), place.longitude, (longitude) => keep({ place: { ...place, longitude } }), 'place-longitude'),
      number(
        t('place.accuracy'),
        place.accuracyMetres,
        (accuracyMetres) => keep({ place: { ...place, accuracyMetres } }),
        'place-accuracy',
      ),
      h('label', { class: 'row' }, deny, t('place.deny')),
      h('h3', {}, t('place.screens')),
      h('p', { class: 'quiet' }, t('place.screensText')),
      action(
        t('place.open'),
        () => {
          openDesk();
          draw();
        },
        { class: 'main wide', 'data-test': 'open-desk' },
      ),
      openDesks() > 0 && h('p', { class: 'quiet' }, t('place.opened', { n: openDesks() })),
    );
  };
  const refresh = async () => {
    const next = await api.places();
    if (next.length === places.length) return;
    places = next;
    draw();
  };
  return { element, refresh, draw };
}
