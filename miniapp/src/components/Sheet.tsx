/** A sheet from below on phones, a drawer from the right on desks. Closes on the shade, the cross and Escape. */
import Popup from '@nutui/nutui-react-taro/dist/es/packages/popup';
import { View } from '@tarojs/components';
import { type ReactNode, useEffect, useId, useRef } from 'react';
import { useWide } from '../platform/appearance.ts';
import { t } from '../texts/common.ts';
import { Icon } from './Icon.tsx';
import { Tap } from './Tap';
import '@nutui/nutui-react-taro/dist/es/packages/popup/style/css';
import './Sheet.scss';

const LAYER = 900;

export interface SheetProps {
  readonly open: boolean;
  readonly title: string;
  readonly children: ReactNode;
  /** Stays at the bottom while the rest scrolls: the buttons. */
  readonly footer?: ReactNode;
  /** For desks: wider drawers for tables. */
  readonly wide?: boolean;
  readonly id?: string;
  onClose(): void;
}

export function Sheet({ open, title, children, footer, wide, id, onClose }: SheetProps) {
  const own = useId().replace(/[^\w-]/g, '');
  const sheetId = id ?? `k-sheet-${own}`;
  const desk = useWide();
  const close = useRef(onClose);
  close.current = onClose;

  useEffect(() => {
    if (process.env.TARO_ENV !== 'h5' || !open) return undefined;
    return trapFocus(sheetId, () => close.current());
  }, [open, sheetId]);

  if (!open) return null;
  return (
    <Popup
      visible
      position={desk ? 'right' : 'bottom'}
      zIndex={LAYER}
      overlayClassName="k-sheet__shade"
      className={`k-sheet${wide ? ' k-sheet--wide' : ''}`}
      style={{ display: 'flex' }}
      onOverlayClick={() => {
        onClose();
        // The page decides whether it closes: `open` says so.
        return false;
      }}
    >
      <View
        id={sheetId}
        className="k-sheet__panel"
        {...(process.env.TARO_ENV === 'h5' ? { role: 'dialog', 'aria-modal': 'true', 'aria-label': title, tabIndex: -1 } : {})}
      >
        <View className="k-sheet__head">
          <View className="k-sheet__title">{title}</View>
          <Tap className="k-sheet__close" label={t('common.close')} onTap={onClose}>
            <Icon name="close" />
          </Tap>
        </View>
        <View className="k-sheet__body">{children}</View>
        {footer ? <View className="k-sheet__foot">{footer}</View> : null}
      </View>
    </Popup>
  );
}

const FOCUSABLE = 'button:not(:disabled), [tabindex="0"], input:not(:disabled), select, textarea, a[href]';

/** Browser only: the focus goes in, stays in, and goes back where it was. */
function trapFocus(id: string, close: () => void): () => void {
  const before = document.activeElement as HTMLElement | null;
  const panel = () => document.getElementById(id);
  const frame = requestAnimationFrame(() => panel()?.focus());
  const onKey = (event: KeyboardEvent) => {
    const root = panel();
    if (!root) return;
    if (event.key === 'Escape' && !document.querySelector('dialog[open]')) {
      event.stopPropagation();
      close();
      return;
    }
    if (event.key !== 'Tab') return;
    const stops = [...root.querySelectorAll<HTMLElement>(FOCUSABLE)].filter((element) => element.offsetParent !== null);
    const first = stops[0];
    const last = stops.at(-1);
    const active = document.activeElement;
    if (!first || !last) return;
    const outside = !root.contains(active);
    if (event.shiftKey && (active === first || active === root || outside)) {
      event.preventDefault();
      last.focus();
    } else if (!event.shiftKey && (active === last || outside)) {
      event.preventDefault();
      first.focus();
    }
  };
  document.addEventListener('keydown', onKey);
  return () => {
    cancelAnimationFrame(frame);
    document.removeEventListener('keydown', onKey);
    before?.focus?.();
  };
}
