/** How long until an instant, by the server's clock: `02:13:05`, `14:20`, `3天 04:00:00`. Calls `onOver` once. */
import { type Instant, ms } from '@kehou/shared/kernel/time';
import { Text } from '@tarojs/components';
import { useEffect, useRef } from 'react';
import { useServerNow } from '../clock.ts';
import { t } from '../texts/common.ts';

export interface CountdownProps {
  readonly until: Instant;
  readonly className?: string;
  readonly id?: string;
  onOver?(): void;
}

export function remaining(leftMs: number): string {
  const seconds = Math.max(0, Math.ceil(leftMs / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor((seconds % 86_400) / 3600);
  const tail = `${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`;
  if (days > 0) return t('countdown.days', { days, time: `${two(hours)}:${tail}` });
  return hours > 0 ? `${two(hours)}:${tail}` : tail;
}

export function Countdown({ until, className = '', id, onOver }: CountdownProps) {
  const now = useServerNow();
  const left = ms(until) - now;
  const over = left <= 0;
  const told = useRef<string | null>(null);
  useEffect(() => {
    if (!over || told.current === until) return;
    told.current = until;
    onOver?.();
  }, [over, until, onOver]);
  return (
    <Text {...(id ? { id } : {})} className={`k-number ${className}`} {...(process.env.TARO_ENV === 'h5' ? { role: 'timer' } : {})}>
      {over ? t('countdown.over') : remaining(left)}
    </Text>
  );
}
