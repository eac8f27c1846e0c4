import { useWide } from '../platform/appearance.ts';
import { t } from '../texts/common.ts';
import { cellText, type DataTableProps, TableCards, TableFoot, TableTools, tableState, useTable } from './DataTable.tsx';
import { Icon } from './Icon.tsx';

export type { Column, DataTableProps } from './DataTable.tsx';

export function DataTable<Row>(props: DataTableProps<Row>) {
  const table = useTable(props);
  const wide = useWide();
  const state = tableState(props, table);
  return (
    <div className={`k-table-frame${wide ? ' k-table-frame--wide' : ''}`}>
      <TableTools props={props} table={table} />
      {state ?? (wide ? <Wide props={props} table={table} /> : <TableCards props={props} table={table} />)}
      {state ? null : <TableFoot props={props} table={table} />}
    </div>
  );
}

function Wide<Row>({ props, table }: { readonly props: DataTableProps<Row>; readonly table: ReturnType<typeof useTable<Row>> }) {
  const { sort } = table.state;
  return (
    <div className="k-table-scroll">
      <table className="k-table" aria-label={props.name}>
        <thead>
          <tr>
            {props.columns.map((column) => {
              const sorted = sort?.key === column.key ? sort : undefined;
              const words = sorted ? (sorted.descending ? t('table.sorted.descending') : t('table.sorted.ascending')) : '';
              return (
                <th
                  key={column.key}
                  scope="col"
                  className={column.align === 'end' ? 'k-table__end' : ''}
                  style={column.width ? { width: column.width } : undefined}
                  aria-sort={sorted ? (sorted.descending ? 'descending' : 'ascending') : undefined}
                >
                  {column.sortable === false ? (
                    column.title
                  ) : (
                    <button type="button" className="k-table__sort" title={words} onClick={() => table.sort(column.key)}>
                      {column.title}
                      <span className={`k-table__arrow${sorted ? '' : ' k-table__arrow--off'}`}>
                        <Icon name={sorted?.descending ? 'down' : 'up'} size={1} />
                      </span>
                    </button>
                  )}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {table.view.rows.map((row) => {
            const key = props.keyOf(row);
            const open = props.onOpen;
            return (
              <tr
                key={key}
                data-key={key}
                className={`${open ? 'k-table__row--tap' : ''}${key === props.openKey ? ' k-table__row--open' : ''}`}
                {...(open
                  ? {
                      tabIndex: 0,
                      onClick: (event) => {
                        // A button inside the row does its own thing.
                        if (!(event.target as HTMLElement).closest('button, a, input, [role="button"]')) open(row);
                      },
                      onKeyDown: (event) => rowKey(event, () => open(row)),
                    }
                  : {})}
              >
                {props.columns.map((column) => (
                  <td key={column.key} className={column.align === 'end' ? 'k-table__end k-number' : ''}>
                    {column.render ? column.render(row) : cellText(column.value(row))}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** Enter opens; the arrows, Home and End walk. */
function rowKey(event: React.KeyboardEvent<HTMLTableRowElement>, open: () => void): void {
  if (event.target !== event.currentTarget) return;
  const row = event.currentTarget;
  const to = {
    ArrowDown: row.nextElementSibling,
    ArrowUp: row.previousElementSibling,
    Home: row.parentElement?.firstElementChild,
    End: row.parentElement?.lastElementChild,
  }[event.key];
  if (to instanceof HTMLElement) {
    event.preventDefault();
    to.focus();
  } else if (event.key === 'Enter' || event.key === ' ') {
    event.preventDefault();
    open();
  }
}
