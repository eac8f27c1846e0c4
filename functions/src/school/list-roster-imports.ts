import type { ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import type { schoolRoutes } from '@kehou/shared/school/routes';
import { RosterImportItem } from '@kehou/shared/school/school';
import { namesOf } from '../identity/person.repository.ts';
import type { Platform } from '../platform/platform.ts';
import { importsOf } from './roster-import.repository.ts';

type Route = (typeof schoolRoutes)['listRosterImports'];

/** Past imports, newest first, whoever made them and from whichever desk. Two round trips. */
export function listRosterImports({ table }: Pick<Platform, 'table'>) {
  return async (input: ParsedOf<Route>): Promise<ReplyOf<Route>> => {
    const { items, cursor } = await importsOf(table, input.schoolId, input);
    const names = await namesOf(
      table,
      items.map(({ personId }) => personId),
    );
    return { items: items.map((one) => RosterImportItem.parse({ ...one, byName: names.get(one.personId) })), cursor };
  };
}
