/** Money in forms: people write yuan, everything else is fen. */

/** `1500` → `15`, `1550` → `15.50`. */
export function yuanText(fen: number): string {
  return fen % 100 === 0 ? String(fen / 100) : (fen / 100).toFixed(2);
}

/** `15`, `15.5`, `1,200.00`, `¥15` → fen; `undefined` when it is not an amount with at most two decimals. */
export function fenOf(text: string): number | undefined {
  const plain = text
    .trim()
    .replace(/^[¥￥]/, '')
    .replace(/[,，\s]/g, '');
  const match = /^(\d{1,7})(?:\.(\d{1,2}))?$/.exec(plain);
  if (!match) return undefined;
  return Number(match[1]) * 100 + Number((match[2] ?? '').padEnd(2, '0'));
}

/** Fen as a number of yuan, for exported columns and axes. */
export const yuan = (fen: number): number => fen / 100;
