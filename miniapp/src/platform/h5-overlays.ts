/** Toast and dialog of a browser, in plain DOM: they live above every page and need none of them. Styled in `theme/overlays.scss`. */
import { t } from '../texts/common.ts';
import type { ModalOptions } from './platform.ts';
import '../theme/overlays.scss';

let shown: { element: HTMLElement; timer: ReturnType<typeof setTimeout> } | undefined;

export function showToast(text: string, kind: 'done' | 'plain'): void {
  if (shown) {
    clearTimeout(shown.timer);
    shown.element.remove();
  }
  const element = document.createElement('div');
  element.className = `k-root k-toast k-toast--${kind}`;
  element.setAttribute('role', 'status');
  element.textContent = text;
  document.body.append(element);
  // Long words stay longer; nobody reads faster because the text is short.
  const timer = setTimeout(() => element.remove(), Math.min(6000, 1800 + text.length * 80));
  shown = { element, timer };
}

/** A `<dialog>`: the browser keeps the focus inside and closes it on Escape. */
export function showDialog({ title, content, confirmText, cancelText, acknowledgeOnly, danger }: ModalOptions): Promise<boolean> {
  return new Promise((resolve) => {
    const dialog = document.createElement('dialog');
    dialog.className = 'k-root k-dialog';
    const heading = document.createElement('h2');
    heading.textContent = title;
    heading.id = 'k-dialog-title';
    dialog.setAttribute('aria-labelledby', heading.id);
    dialog.append(heading);
    if (content) {
      const text = document.createElement('p');
      text.textContent = content;
      dialog.append(text);
    }
    const row = document.createElement('div');
    row.className = 'k-dialog__row';
    const button = (label: string, className: string, value: string) => {
      const element = document.createElement('button');
      element.type = 'button';
      element.className = className;
      element.textContent = label;
      element.addEventListener('click', () => dialog.close(value));
      row.append(element);
      return element;
    };
    if (!acknowledgeOnly) button(cancelText ?? t('common.cancel'), 'k-button k-button--plain', '');
    const confirm = button(
      confirmText ?? t(acknowledgeOnly ? 'common.understood' : 'common.confirm'),
      `k-button ${danger ? 'k-button--danger' : 'k-button--primary'}`,
      'yes',
    );
    dialog.append(row);
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'yes');
    });
    document.body.append(dialog);
    dialog.showModal();
    confirm.focus();
  });
}
