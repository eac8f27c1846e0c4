import * as z from 'zod';

/** Money: a whole number of fen (1 yuan = 100 fen). Never a float, never yuan. */
export const Fen = z.int().min(-1_000_000_000_000).max(1_000_000_000_000).brand<'Fen'>();
export type Fen = z.infer<typeof Fen>;

/** A price or a payment: fen, zero or more. */
export const PositiveFen = z.int().min(0).max(100_000_000).brand<'Fen'>();

/** Brands a whole number as fen; throws on anything that is not one. */
export function fen(amount: number): Fen {
  return Fen.parse(amount);
}

/** Sum of amounts in fen. */
export function sumFen(amounts: Iterable<number>): Fen {
  let total = 0;
  for (const amount of amounts) total += amount;
  return fen(total);
}

/**
 * Splits `total` in proportion to `weights`; the parts sum to `total` exactly. What does not divide goes, a fen
 * each, to the parts with the largest remainders, the earlier part first on a tie (largest-remainder method).
 * All weights zero: the first part gets everything.
 */
export function splitFen(total: Fen, weights: readonly number[]): Fen[] {
  if (weights.length === 0) throw new RangeError('splitFen needs at least one weight');
  if (weights.some((weight) => !Number.isSafeInteger(weight) || weight < 0)) {
    throw new RangeError('splitFen takes whole weights of zero or more');
  }
  const sign = total < 0 ? -1n : 1n;
  const amount = BigInt(total) * sign;
  const whole = weights.reduce((sum, weight) => sum + BigInt(weight), 0n);
  if (whole === 0n) return weights.map((_, index) => fen(index === 0 ? total : 0));
  const parts = weights.map((weight, index) => {
    const product = amount * BigInt(weight);
    return { index, floor: product / whole, remainder: product % whole };
  });
  let rest = Number(amount - parts.reduce((sum, part) => sum + part.floor, 0n));
  const bonus = new Set<number>();
  for (const part of [...parts].sort((a, b) => (a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1))) {
    if (rest-- <= 0) break;
    bonus.add(part.index);
  }
  return parts.map((part) => fen(Number(sign) * (Number(part.floor) + (bonus.has(part.index) ? 1 : 0))));
}

/** For screens only: `¥1,234.50`, with a leading minus for money that leaves. */
export function formatFen(amount: number): string {
  const absolute = Math.abs(amount);
  const yuan = String(Math.floor(absolute / 100)).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  return `${amount < 0 ? '−' : ''}¥${yuan}.${String(absolute % 100).padStart(2, '0')}`;
}
