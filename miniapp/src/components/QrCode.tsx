/** A QR code as a picture: dark on white in both schemes, with its quiet zone, for any camera. */
import { Image, View } from '@tarojs/components';
import { useMemo } from 'react';
import { t } from '../texts/common.ts';
import { qrDataUrl } from './qr.ts';
import './QrCode.scss';

export interface QrCodeProps {
  readonly text: string;
  /** Edge in px; with `fill`, as wide as its place. */
  readonly size?: number;
  readonly fill?: boolean;
  readonly id?: string;
}

export function QrCode({ text, size = 220, fill, id }: QrCodeProps) {
  const url = useMemo(() => qrDataUrl(text), [text]);
  const edge = fill ? '100%' : `${size}px`;
  return (
    <View {...(id ? { id } : {})} className="k-qr" style={{ width: edge, ...(fill ? {} : { height: edge }) }}>
      <Image
        className="k-qr__image"
        src={url}
        mode="aspectFit"
        {...(process.env.TARO_ENV === 'h5' ? { 'aria-label': t('qr.label'), role: 'img' } : {})}
      />
    </View>
  );
}
