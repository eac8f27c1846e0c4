import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type ColumnModel, choicesOf, csvOf, initialTableState, nextSort, viewOf } from './table-model.ts';

interface Row {
  readonly name: string;
  readonly feeFen: number | undefined;
  readonly status: string;
}
const columns: readonly ColumnModel<Row>[] = [
  { key: 'name', title: '姓名', value: (row) => row.name },
  { key: 'fee', title: '费用', value: (row) => row.feeFen, exported: (row) => (row.feeFen === undefined ? undefined : row.feeFen / 100) },
  { key: 'status', title: '状态', value: (row) => row.status },
];
const rows: readonly Row[] = [
  { name: '李木子', feeFen: 20_000, status: '已缴费' },
  { name: '陈思源', feeFen: 9_000, status: '待缴费' },
  { name: '王一', feeFen: undefined, status: '已缴费' },
];
const row = fc.record({ name: fc.string(), feeFen: fc.option(fc.nat(), { nil: undefined }), status: fc.constantFrom('a', 'b', '') });

test('numbers sort as numbers and empty cells are last whichever way', () => {
  const fees = (descending: boolean) =>
    viewOf(rows, columns, { ...initialTableState, sort: { key: 'fee', descending } }, 10).rows.map((r) => r.feeFen);
  expect(fees(false)).toEqual([9_000, 20_000, undefined]);
  expect(fees(true)).toEqual([20_000, 9_000, undefined]);
});

test('a column is sorted up, then down, then not at all', () => {
  const up = nextSort(undefined, 'fee');
  const down = nextSort(up, 'fee');
  expect([up, down, nextSort(down, 'fee')]).toEqual([{ key: 'fee', descending: false }, { key: 'fee', descending: true }, undefined]);
});

test('every word of a search has to be in the row, in whatever column', () => {
  const found = viewOf(rows, columns, { ...initialTableState, search: ' 已缴费  李 ' }, 10);
  expect(found.matching.map((r) => r.name)).toEqual(['李木子']);
});

test('filters let through what equals them, and their choices are the values that occur', () => {
  const found = viewOf(rows, columns, { ...initialTableState, filters: { status: '已缴费' } }, 10);
  expect(found.matching).toHaveLength(2);
  expect(choicesOf(rows, columns[2] as ColumnModel<Row>)).toEqual(['待缴费', '已缴费']);
});

test('the pages of a table are its matching rows, each once and in order', () => {
  fc.assert(
    fc.property(fc.array(row), fc.integer({ min: 1, max: 7 }), (many, pageSize) => {
      const first = viewOf(many, columns, initialTableState, pageSize);
      const pages = Array.from({ length: first.pages }, (_, page) => viewOf(many, columns, { ...initialTableState, page }, pageSize).rows);
      expect(pages.flat()).toEqual(first.matching);
    }),
  );
});

test('a page that is past the end shows the last one', () => {
  expect(viewOf(rows, columns, { ...initialTableState, page: 9 }, 2).page).toBe(1);
});

test('an export opens as UTF-8, quotes what needs it, and leaves formulas as text', () => {
  const evil = [{ name: '=HYPERLINK("x"),"y"', feeFen: -1_050, status: '@a' }];
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(csvOf(evil, columns));
  expect(text).toBe('\ufeff姓名,费用,状态\r\n"\'=HYPERLINK(""x""),""y""",-10.5,\'@a\r\n');
});
