import { api, type Execution } from '../base/api.ts';
import { action, fill, h, notice } from '../base/dom.ts';
import { named, t, when } from '../base/texts.ts';

/** State machines and what the stream could not deliver: what on AWS the console shows. */
export function machinePanel(): { element: HTMLElement; refresh: () => Promise<void>; draw: () => void } {
  const element = h('section', { class: 'panel' });
  let chosen: string | undefined;
  let last = '';

  const stands = (execution: Execution) =>
    execution.at.map(({ state, until, waitsForToken }) =>
      h(
        'small',
        {},
        [state, waitsForToken && t('machine.token'), until && t('machine.until', { at: when(until) })].filter(Boolean).join(' · '),
      ),
    );
  const row = (execution: Execution) => {
    const button = action('', async () => {
      chosen = execution.id;
      await refresh();
    });
    button.className = 'execution';
    button.append(
      h('strong', {}, named('machine', execution.machine)),
      h('span', { class: `status ${execution.status}` }, named('machine', execution.status)),
      h('small', {}, `${execution.name} · ${when(execution.startedAt)}`),
      ...stands(execution),
      ...(execution.error === undefined ? [] : [h('small', { class: 'danger' }, execution.error)]),
    );
    return button;
  };

  async function drawOne(id: string): Promise<void> {
    const { history, ...execution } = await api.execution(id);
    fill(
      element,
      action(t('machine.back'), async () => {
        chosen = undefined;
        last = '';
        await refresh();
      }),
      h('h3', {}, `${named('machine', execution.machine)} ${execution.name}`),
      ...stands(execution),
      ...history.map((event) =>
        h(
          'details',
          { class: 'event' },
          h('summary', {}, h('time', {}, when(event.at)), ` ${event.type} ${event.state}`),
          event.detail !== undefined && h('pre', {}, event.detail),
        ),
      ),
    );
  }
  const refresh = async () => {
    if (chosen !== undefined) return drawOne(chosen);
    const [executions, parked] = await Promise.all([api.executions(), api.parked()]);
    const next = JSON.stringify([executions, parked]);
    if (next === last) return;
    last = next;
    fill(
      element,
      h('h3', {}, t('machine.executions')),
      executions.length === 0 && h('p', { class: 'quiet' }, t('machine.none')),
      ...executions.slice(0, 50).map(row),
      h('h3', {}, t('machine.parked')),
      parked.length === 0 && h('p', { class: 'quiet' }, t('machine.parkedNone')),
      ...parked.map((record) =>
        h(
          'p',
          { class: 'event' },
          h('span', {}, `${record.keys} · ${record.error}`),
          action(t('machine.retry'), async () => {
            const { done } = await api.retryParked(record.id);
            notice(t(done ? 'machine.retried' : 'machine.stillFails'), done ? 'plain' : 'danger');
            await refresh();
          }),
        ),
      ),
    );
  };
  const draw = () => {
    last = '';
    void refresh();
  };
  return { element, refresh, draw };
}
