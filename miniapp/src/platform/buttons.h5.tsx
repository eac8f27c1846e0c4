/** The same two buttons in a browser: the host is asked. At a desk, sharing copies the card's words. */
import { Button } from '@tarojs/components';
import type { PhoneNumberButtonProps, ShareButtonProps } from './buttons';
import { hasHost, phoneNumberCode, platform, shareNow } from './h5.ts';
import { PlatformError } from './platform.ts';

export function PhoneNumberButton({ className, disabled, children, onCode, onRefused }: PhoneNumberButtonProps) {
  return (
    <Button
      className={className ?? ''}
      disabled={disabled ?? false}
      onClick={() => {
        phoneNumberCode().then(onCode, (reason: unknown) =>
          onRefused(reason instanceof PlatformError ? reason : new PlatformError('platform.failed', String(reason))),
        );
      }}
    >
      {children}
    </Button>
  );
}

export function ShareButton({ className, children, card, onFailed }: ShareButtonProps) {
  return (
    <Button
      className={className ?? ''}
      onClick={() => {
        const shared = hasHost()
          ? shareNow(card)
          : platform.copy(`${card.title} ${window.location.origin}${window.location.pathname}#${card.path}`);
        shared.catch((reason: unknown) => onFailed?.(reason));
      }}
    >
      {children}
    </Button>
  );
}
