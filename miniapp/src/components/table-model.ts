/** What a table does with its rows, apart from drawing: find, filter, sort, page, export. */
import { utf8 } from '../platform/utf8.ts';

export type CellValue = string | number | boolean | undefined;

export interface ColumnModel<Row> {
  readonly key: string;
  readonly title: string;
  /** What is searched, filtered, sorted and exported. Numbers sort as numbers. */
  value(row: Row): CellValue;
  /** For exports, where the value itself is not what people read (fen → yuan). */
  exported?(row: Row): CellValue;
}

export interface TableState {
  readonly search: string;
  /** Column key → the values that are let through. */
  readonly filters: Readonly<Record<string, string>>;
  readonly sort: { readonly key: string; readonly descending: boolean } | undefined;
  /** From 0. */
  readonly page: number;
}

export const initialTableState: TableState = { search: '', filters: {}, sort: undefined, page: 0 };

export interface TableView<Row> {
  readonly rows: readonly Row[];
  /** All that match, over every page, in order. */
  readonly matching: readonly Row[];
  readonly page: number;
  readonly pages: number;
}

export function viewOf<Row>(
  rows: readonly Row[],
  columns: readonly ColumnModel<Row>[],
  state: TableState,
  pageSize: number,
): TableView<Row> {
  const words = state.search.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const filters = Object.entries(state.filters).filter(([, wanted]) => wanted !== '');
  const byKey = new Map(columns.map((column) => [column.key, column]));
  let matching = rows.filter((row) => {
    for (const [key, wanted] of filters) {
      const column = byKey.get(key);
      if (column && String(column.value(row) ?? '') !== wanted) return false;
    }
    if (words.length === 0) return true;
    const text = columns
      .map((column) => String(column.value(row) ?? ''))
      .join('\n')
      .toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const column = state.sort && byKey.get(state.sort.key);
  if (column) {
    const sign = state.sort?.descending ? -1 : 1;
    // Array.prototype.sort keeps the order of equals, so a second sort refines the first.
    matching = [...matching].sort((a, b) => compare(column.value(a), column.value(b), sign));
  }
  const pages = Math.max(1, Math.ceil(matching.length / pageSize));
  const page = Math.min(Math.max(0, state.page), pages - 1);
  return { rows: matching.slice(page * pageSize, (page + 1) * pageSize), matching, page, pages };
}

// Empty cells are last, whichever way it is sorted.
function compare(a: CellValue, b: CellValue, sign: 1 | -1): number {
  const emptyA = a === undefined || a === '';
  const emptyB = b === undefined || b === '';
  if (emptyA || emptyB) return Number(emptyA) - Number(emptyB);
  if (typeof a === 'number' && typeof b === 'number') return sign * (a - b);
  return sign * String(a).localeCompare(String(b), 'zh-CN', { numeric: true });
}

/** The choices of a column's filter: each value that occurs, in order, at most `max` (more than that is no filter). */
export function choicesOf<Row>(rows: readonly Row[], column: ColumnModel<Row>, max = 40): readonly string[] {
  const values = new Set<string>();
  for (const row of rows) {
    const value = String(column.value(row) ?? '');
    if (value !== '') values.add(value);
    if (values.size > max) return [];
  }
  return [...values].sort((a, b) => compare(a, b, 1));
}

/** Next sort of a column: ascending, descending, none. */
export function nextSort(sort: TableState['sort'], key: string): TableState['sort'] {
  if (sort?.key !== key) return { key, descending: false };
  return sort.descending ? undefined : { key, descending: true };
}

/**
 * CSV that Excel opens as UTF-8. A cell that begins like a formula is kept text: names come from people, and a
 * spreadsheet would run them.
 */
export function csvOf<Row>(rows: readonly Row[], columns: readonly ColumnModel<Row>[]): Uint8Array {
  const cell = (value: CellValue) => {
    if (typeof value === 'number') return String(value);
    const text = value === undefined ? '' : String(value);
    const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\n\r]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
  };
  const lines = [
    columns.map((column) => cell(column.title)).join(','),
    ...rows.map((row) => columns.map((column) => cell((column.exported ?? column.value)(row))).join(',')),
  ];
  return utf8(`\ufeff${lines.join('\r\n')}\r\n`);
}
