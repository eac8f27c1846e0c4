/** A QR code as a picture: dark on white in both schemes, with its quiet zone, for any camera. */
import { Image, View } from '@tarojs/components';
import qrcode from 'qrcode-generator';
import { useMemo } from 'react';
import { t } from '../texts/common.ts';
import { utf8 } from './utf8.ts';
import './QrCode.scss';

qrcode.stringToBytes = (text: string) => [...utf8(text)];

export interface QrCodeProps {
  readonly text: string;
  /** Edge in px; with `fill`, as wide as its place. */
  readonly size?: number;
  readonly fill?: boolean;
  readonly id?: string;
}

const CELL_PX = 6;
const QUIET_CELLS = 4;

/** The picture as a data URL. */
export function qrDataUrl(text: string): string {
  const code = qrcode(0, 'M');
  code.addData(text, 'Byte');
  code.make();
  return code.createDataURL(CELL_PX, CELL_PX * QUIET_CELLS);
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
