/** Elements without a framework: the page is small, and what it shows is redrawn panel by panel. */
type Child = Node | string | number | undefined | false;
type Properties = Readonly<Record<string, unknown>>;

/** `h('button', { class: 'main', onclick: pay, 'data-test': 'pay' }, 'text')`. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Properties = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === false) continue;
    if (name.startsWith('on') && typeof value === 'function') element.addEventListener(name.slice(2), value as EventListener);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  for (const child of children)
    if (child !== undefined && child !== false) element.append(typeof child === 'number' ? String(child) : child);
  return element;
}

export function fill(element: Element, ...children: Child[]): void {
  element.replaceChildren(
    ...children
      .filter((child) => child !== undefined && child !== false)
      .map((child) => (typeof child === 'number' ? String(child) : child)),
  );
}

/** A button that is busy while its work runs, and says what went wrong beneath `where`. */
export function action(label: string, work: () => Promise<unknown> | unknown, properties: Properties = {}): HTMLButtonElement {
  const button = h('button', { type: 'button', ...properties }, label);
  button.addEventListener('click', async () => {
    if (button.disabled) return;
    button.disabled = true;
    button.setAttribute('aria-busy', 'true');
    try {
      await work();
    } catch (error) {
      notice(error instanceof Error ? error.message : String(error), 'danger');
    } finally {
      button.disabled = false;
      button.removeAttribute('aria-busy');
    }
  });
  return button;
}

/** One line at the foot of the page, gone after a while. */
export function notice(text: string, kind: 'plain' | 'danger' = 'plain'): void {
  document.querySelector('.notice')?.remove();
  const line = h('div', { class: `notice ${kind}`, role: 'status' }, text);
  document.body.append(line);
  setTimeout(() => line.remove(), 6000);
}
