import { api, type Clock } from '../base/api.ts';
import { action, fill, h, notice } from '../base/dom.ts';
import { state } from '../base/state.ts';
import { eventOf, t, when } from '../base/texts.ts';
import { wakeApp } from '../phone/phone.ts';

const DAY_MINUTES = 1440;
let clock: Clock | undefined;

const chinaDay = (instant: string) => new Date(Date.parse(instant) + 8 * 3_600_000).toISOString().slice(0, 10);

export function clockPanel(): { element: HTMLElement; refresh: () => Promise<void>; draw: () => void } {
  const now = h('p', { class: 'now', 'data-test': 'clock-now' });
  const jumping = h('p', { class: 'attention', hidden: true });
  const buttons = h('div', { class: 'jumps' });
  const to = h('input', { type: 'datetime-local', 'data-test': 'clock-to' });
  const upcoming = h('div', { class: 'upcoming' });

  const jump = async (target: Parameters<typeof api.jump>[0]) => {
    jumping.hidden = false;
    try {
      const { fired, restless } = await api.jump(target);
      notice(
        [t('clock.arrived', { n: fired.length }), restless.length > 0 && t('clock.restless', { who: restless.join(', ') })]
          .filter(Boolean)
          .join('；'),
      );
    } finally {
      jumping.hidden = true;
      await refresh();
      wakeApp();
    }
  };
  const tomorrow = () => {
    const next = new Date(Date.parse(`${chinaDay(clock?.now ?? new Date().toISOString())}T08:00:00+08:00`) + DAY_MINUTES * 60_000);
    return { to: next.toISOString() };
  };

  const draw = () => {
    jumping.textContent = t('clock.jumping');
    fill(
      buttons,
      action(t('clock.next'), () => jump({ next: true }), { class: 'main wide', 'data-test': 'clock-next' }),
      ...[1, 15].map((n) => action(t('clock.minutes', { n }), () => jump({ minutes: n }), { 'data-test': `clock-minutes-${n}` })),
      action(t('clock.hour'), () => jump({ minutes: 60 })),
      action(t('clock.day'), () => jump({ minutes: DAY_MINUTES })),
      action(t('clock.morning'), () => jump(tomorrow())),
      h(
        'label',
        { class: 'row wide' },
        t('clock.to'),
        to,
        action(
          t('clock.go'),
          async () => {
            if (!to.value) return;
            const target = new Date(`${to.value}:00+08:00`);
            if (clock && target.toISOString() <= clock.now) return notice(t('clock.onlyForward'), 'danger');
            await jump({ to: target.toISOString() });
          },
          { 'data-test': 'clock-go' },
        ),
      ),
    );
    drawTime();
  };
  const drawTime = () => {
    if (!clock) return;
    fill(now, h('small', {}, t('clock.now')), h('strong', {}, when(clock.now, { seconds: true, year: true })));
    const events = clock.upcoming.filter(({ quiet }) => !quiet).slice(0, 12);
    fill(
      upcoming,
      h('h3', {}, t('clock.upcoming')),
      events.length === 0 && h('p', { class: 'quiet' }, t('clock.nothing')),
      ...events.map((event) => h('p', { class: 'event' }, h('time', {}, when(event.at)), h('span', {}, eventOf(event.name)))),
    );
  };
  const refresh = async () => {
    clock = await api.clock();
    state.now = clock.now;
    const preparing = document.querySelector('.preparing');
    if (preparing) {
      preparing.textContent = clock.preparing ? t('page.preparing', { what: clock.preparing }) : '';
      preparing.toggleAttribute('hidden', !clock.preparing);
    }
    drawTime();
  };
  return { element: h('section', { class: 'panel' }, now, jumping, buttons, upcoming), refresh, draw };
}
