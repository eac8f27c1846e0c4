/** How WeChat writes times and sums. */
import { type Instant, ms } from '@kehou/shared/kernel/time';

/** `2026-09-01T16:30:05+08:00` */
export function rfc3339(at: Instant): string {
  return `${new Date(ms(at) + 8 * 3_600_000).toISOString().slice(0, 19)}+08:00`;
}

/** `2026-09-01 16:30:05`, in China, as bills write it. */
export function billTime(at: Instant): string {
  return rfc3339(at).slice(0, 19).replace('T', ' ');
}

/** Fen → `12.34`. */
export function yuan(fens: number): string {
  const absolute = Math.abs(fens);
  return `${fens < 0 ? '-' : ''}${Math.floor(absolute / 100)}.${String(absolute % 100).padStart(2, '0')}`;
}
