/** Buttons that WeChat answers itself: the verified phone number, and sharing into a chat. Styled as any other button. */
import { Button } from '@tarojs/components';
import type { ReactNode } from 'react';
import type { ShareCard } from './platform.ts';
import { PlatformError } from './platform.ts';

export interface PhoneNumberButtonProps {
  readonly className?: string;
  readonly disabled?: boolean;
  readonly children: ReactNode;
  /** The code to exchange for the number, on the server, once. */
  onCode(code: string): void;
  /** Refused or failed, with the reason. */
  onRefused(error: PlatformError): void;
}

export function PhoneNumberButton({ className, disabled, children, onCode, onRefused }: PhoneNumberButtonProps) {
  return (
    <Button
      className={className ?? ''}
      disabled={disabled ?? false}
      openType="getPhoneNumber"
      onGetPhoneNumber={({ detail }) => {
        if (detail.code) onCode(detail.code);
        else onRefused(new PlatformError(/deny|cancel/i.test(detail.errMsg) ? 'platform.cancelled' : 'platform.failed', detail.errMsg));
      }}
    >
      {children}
    </Button>
  );
}

export interface ShareButtonProps {
  readonly className?: string;
  readonly children: ReactNode;
  /** The same card that the page gives to `usePlatformShare`: WeChat asks the page for it. */
  readonly card: ShareCard;
  onFailed?(error: unknown): void;
}

export function ShareButton({ className, children }: ShareButtonProps) {
  return (
    <Button className={className ?? ''} openType="share">
      {children}
    </Button>
  );
}
