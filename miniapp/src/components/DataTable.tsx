/**
 * The one table of desks: finds, filters, sorts, pages, exports; rows open with Enter. On phones (this file) each row is a card;
 * `DataTable.h5.tsx` draws a real table where there is room.
 */
import { Text, View } from '@tarojs/components';
import { type ReactNode, useMemo, useState } from 'react';
import { platform } from '../platform/current';
import { t } from '../texts/common.ts';
import { Button } from './Button';
import { SearchInput, SelectInput } from './Inputs';
import { Empty, Failed, hasData, type Reading, Skeleton } from './ListState.tsx';
import { Tap } from './Tap';
import { type CellValue, type ColumnModel, choicesOf, csvOf, initialTableState, nextSort, type TableState, viewOf } from './table-model.ts';
import './DataTable.scss';

export interface Column<Row> extends ColumnModel<Row> {
  /** What is drawn; the value as text unless given. */
  render?(row: Row): ReactNode;
  /** Numbers and money are right-aligned, with figures of equal width. */
  readonly align?: 'start' | 'end';
  readonly width?: string;
  readonly sortable?: boolean;
  /** A choice of the values that occur, above the table. */
  readonly filter?: boolean;
  /** Not on phones' cards. */
  readonly deskOnly?: boolean;
  /** The line that names the row on phones' cards; the first column unless one says so. */
  readonly head?: boolean;
}

export interface DataTableProps<Row> {
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  keyOf(row: Row): string;
  /** The read behind the rows, for loading and failing. */
  readonly of?: Reading | readonly Reading[];
  /** What the table holds: its accessible name and the export's file name. */
  readonly name: string;
  readonly pageSize?: number;
  readonly emptyText?: string;
  readonly emptyAction?: ReactNode;
  readonly searchable?: boolean;
  /** The exported rows, instead of a CSV of what matches; `false`: no export. */
  readonly onExport?: false | ((rows: readonly Row[]) => void);
  /** The server has more than these rows. */
  readonly hasMore?: boolean;
  readonly loadingMore?: boolean;
  onMore?(): void;
  onOpen?: (row: Row) => void;
  /** The row whose drawer is open. */
  readonly openKey?: string | undefined;
  /** Beside the search field: more filters, buttons. */
  readonly tools?: ReactNode;
  readonly initialSort?: TableState['sort'];
}

export function useTable<Row>({ columns, rows, pageSize = 25, initialSort, name, onExport }: DataTableProps<Row>) {
  const [state, setState] = useState<TableState>({ ...initialTableState, sort: initialSort });
  const view = useMemo(() => viewOf(rows, columns, state, pageSize), [rows, columns, state, pageSize]);
  const change = (next: Partial<TableState>) => setState((now) => ({ ...now, page: 0, ...next }));
  return {
    state,
    view,
    search: (search: string) => change({ search }),
    filter: (key: string, value: string) => change({ filters: { ...state.filters, [key]: value } }),
    sort: (key: string) => change({ sort: nextSort(state.sort, key) }),
    turn: (page: number) => setState((now) => ({ ...now, page })),
    clear: () => change({ search: '', filters: {} }),
    filtered: state.search !== '' || Object.values(state.filters).some((value) => value !== ''),
    exportRows: () => {
      if (onExport) return onExport(view.matching);
      const bytes = csvOf(view.matching, columns);
      platform
        .saveFile(bytes.buffer as ArrayBuffer, `${name}.csv`, 'text/csv')
        .then(() => undefined)
        .catch(() => platform.toast(t('error.unexpected')));
      return undefined;
    },
  };
}

export const cellText = (value: CellValue): string => (value === undefined ? '' : String(value));

/** Above the rows: search, filters, the page's own tools, export. The same on phones and desks. */
export function TableTools<Row>({
  props,
  table,
}: {
  readonly props: DataTableProps<Row>;
  readonly table: ReturnType<typeof useTable<Row>>;
}) {
  const filters = props.columns.filter((column) => column.filter);
  return (
    <View className="k-table-tools">
      {props.searchable === false ? null : (
        <View className="k-table-tools__search">
          <SearchInput value={table.state.search} label={t('table.search')} onChange={table.search} />
        </View>
      )}
      {filters.map((column) => (
        <View key={column.key} className="k-table-tools__filter">
          <SelectInput
            label={column.title}
            value={table.state.filters[column.key] ?? ''}
            options={[
              { value: '', label: `${column.title} · ${t('common.all')}` },
              ...choicesOf(props.rows, column).map((value) => ({ value, label: value })),
            ]}
            onChange={(value) => table.filter(column.key, value)}
          />
        </View>
      ))}
      {props.tools}
      <View className="k-grow" />
      {props.onExport === false ? null : (
        <Button kind="plain" small icon="download" id="table-export" disabled={table.view.matching.length === 0} onTap={table.exportRows}>
          {t('common.export')}
        </Button>
      )}
    </View>
  );
}

/** Under the rows: how many, which page, and on. */
export function TableFoot<Row>({
  props,
  table,
}: {
  readonly props: DataTableProps<Row>;
  readonly table: ReturnType<typeof useTable<Row>>;
}) {
  const { page, pages, matching } = table.view;
  return (
    <View className="k-table-foot">
      <Text className="k-number k-muted">{t('table.rows', { count: matching.length })}</Text>
      {props.hasMore && props.onMore ? (
        <Button kind="text" small running={props.loadingMore ?? false} onTap={props.onMore}>
          {t('list.more')}
        </Button>
      ) : null}
      <View className="k-grow" />
      {pages > 1 ? (
        <View className="k-row">
          <Button kind="plain" small icon="back" label={t('table.previous')} disabled={page === 0} onTap={() => table.turn(page - 1)}>
            {null}
          </Button>
          <Text className="k-number k-text-s">{t('table.page', { page: page + 1, pages })}</Text>
          <Button kind="plain" small icon="forward" label={t('table.next')} disabled={page >= pages - 1} onTap={() => table.turn(page + 1)}>
            {null}
          </Button>
        </View>
      ) : null}
    </View>
  );
}

/** Loading, failed and empty; `undefined` when there are rows to draw. */
export function tableState<Row>(props: DataTableProps<Row>, table: ReturnType<typeof useTable<Row>>): ReactNode | undefined {
  const readings = props.of ? [props.of].flat() : [];
  const failed = readings.find((reading) => reading.error && (props.rows.length === 0 || !hasData(reading)));
  if (failed) return <Failed error={failed.error} onRetry={() => failed.refetch()} />;
  if (readings.some(({ isPending }) => isPending)) return <Skeleton rows={6} height={44} />;
  if (table.view.matching.length > 0) return undefined;
  return table.filtered ? (
    <Empty
      text={t('table.empty')}
      icon="search"
      action={
        <Button kind="plain" onTap={table.clear}>
          {t('table.clear')}
        </Button>
      }
    />
  ) : (
    <Empty text={props.emptyText ?? t('list.empty')} action={props.emptyAction} />
  );
}

export function TableCards<Row>({
  props,
  table,
}: {
  readonly props: DataTableProps<Row>;
  readonly table: ReturnType<typeof useTable<Row>>;
}) {
  const shown = props.columns.filter((column) => !column.deskOnly);
  const head = shown.find((column) => column.head) ?? shown[0];
  return (
    <View className="k-table-cards">
      {table.view.rows.map((row) => (
        <Tap key={props.keyOf(row)} className="k-card k-table-card" onTap={props.onOpen ? () => props.onOpen?.(row) : undefined}>
          {head ? <View className="k-strong">{head.render ? head.render(row) : cellText(head.value(row))}</View> : null}
          <View className="k-table-card__pairs">
            {shown
              .filter((column) => column !== head)
              .map((column) => (
                <View key={column.key} className="k-table-card__pair">
                  <Text className="k-muted">{column.title}</Text>
                  <View className={column.align === 'end' ? 'k-number' : ''}>
                    {column.render ? column.render(row) : cellText(column.value(row))}
                  </View>
                </View>
              ))}
          </View>
        </Tap>
      ))}
    </View>
  );
}

export function DataTable<Row>(props: DataTableProps<Row>) {
  const table = useTable(props);
  const state = tableState(props, table);
  return (
    <View className="k-table-frame">
      <TableTools props={props} table={table} />
      {state ?? <TableCards props={props} table={table} />}
      {state ? null : <TableFoot props={props} table={table} />}
    </View>
  );
}
