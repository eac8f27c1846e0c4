/**
 * The stream keeps its records for 24 hours: what it lost is caught up from the table. Each school gets an entry that is due,
 * and the sweeper recounts it, so many pages a minute: whatever dies on the way goes on where it was.
 */
import { randomUUID } from 'node:crypto';
import { Id } from '@kehou/shared/kernel/id';
import * as z from 'zod';
import { schoolsUnder } from '../organisation/organisation.repository.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { put, remove, set, type Write } from '../platform/table.ts';
import type { Task } from '../use-cases.ts';
import { recountPages } from './recount.ts';

type Deps = Pick<Platform, 'table' | 'clock'>;

const CITIES_MAX = 100;
const SCHOOLS_A_PAGE = 100;
/** Of a hundred things each: some seconds of the sweeper's minute. */
const PAGES_A_ROUND = 20;

const City = z.object({ organisationId: Id('organisation') });
const CatchingUp = z.object({
  schoolId: Id('organisation'),
  /** Another request takes the place of this one: it begins anew. */
  token: z.string(),
  part: z.string().optional(),
  cursor: z.string().optional(),
});

/** Task `supervision.catchUp`: asks for every school of every city to be recounted. Answers how many. Asking again begins anew. */
export function catchUp({ table, clock }: Deps): Task {
  return async () => {
    const cities = await table.queryAll({ ...keys.cities, most: CITIES_MAX }, City);
    let schools = 0;
    for (const { organisationId } of cities) {
      let cursor: string | undefined;
      do {
        const page = await schoolsUnder(table, organisationId, { limit: SCHOOLS_A_PAGE, cursor });
        for (const { organisationId: schoolId } of page.items) {
          const due = keys.due(`catch-up-${schoolId}`, clock.now());
          await table.write([put(keys.catchUp(schoolId), { schoolId, token: randomUUID(), ...due })]);
        }
        schools += page.items.length;
        cursor = page.cursor;
      } while (cursor);
    }
    return { schools };
  };
}

/** The sweeper found a school that is to be caught up, or goes on with one. */
export function goOnCatchingUp(deps: Deps) {
  return async (item: Readonly<Record<string, unknown>>): Promise<void> => {
    const { schoolId, token, part, cursor } = CatchingUp.parse(item);
    const { next } = await recountPages(deps, schoolId, { part, cursor }, PAGES_A_ROUND);
    const mine = { expression: '#token = :token', values: { token } };
    const key = keys.catchUp(schoolId);
    const write: Write = next
      ? set(key, { part: next.part, cursor: next.cursor, ...keys.due(`catch-up-${schoolId}`, deps.clock.now()) }, { condition: mine })
      : remove(key, { condition: mine });
    // Refused: asked for again meanwhile, or finished by another sweep.
    await deps.table.tryWrite([write]);
  };
}
