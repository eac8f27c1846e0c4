/** The same two buttons in a browser: the host is asked. At a desk, sharing copies the card's words. */
import type { PhoneNumberButtonProps, ShareButtonProps } from './buttons';
import { hasHost, phoneNumberCode, platform, shareNow } from './h5.ts';
import { PlatformError } from './platform.ts';

export function PhoneNumberButton({ className, disabled, children, onCode, onRefused }: PhoneNumberButtonProps) {
  return (
    <button
      type="button"
      className={className}
      disabled={disabled}
      onClick={() => {
        phoneNumberCode().then(onCode, (reason: unknown) =>
          onRefused(reason instanceof PlatformError ? reason : new PlatformError('platform.failed', String(reason))),
        );
      }}
    >
      {children}
    </button>
  );
}

export function ShareButton({ className, children, card, onFailed }: ShareButtonProps) {
  return (
    <button
      type="button"
      className={className}
      onClick={() => {
        const shared = hasHost()
          ? shareNow(card)
          : platform.copy(`${card.title} ${window.location.origin}${window.location.pathname}#${card.path}`);
        shared.catch((reason: unknown) => onFailed?.(reason));
      }}
    >
      {children}
    </button>
  );
}
