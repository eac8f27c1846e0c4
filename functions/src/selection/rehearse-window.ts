/**
 * Starting and reading rehearsals: one at a time a window, a few a day. What is played, and how, is not here (`functions/src/rehearsal`):
 * the function that serves requests only puts the wish on record, the state machine `rehearsal` has it played.
 */
import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { chinaDate, type Instant, ms } from '@kehou/shared/kernel/time';
import { isRehearsing, REHEARSALS_A_DAY_MAX, Rehearsal } from '@kehou/shared/selection/rehearsal';
import type { selectionRoutes } from '@kehou/shared/selection/routes';
import { Window } from '@kehou/shared/selection/window';
import * as z from 'zod';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { ConditionFailed, put, type Table } from '../platform/table.ts';
import type { Change } from '../use-cases.ts';
import { mustHaveWindow } from './manage-window.ts';

type Routes = typeof selectionRoutes;

/** The newest of a window: the next one takes its place, and the day's count goes on in it. */
export const StoredRehearsal = Rehearsal.extend({ day: z.string(), ofDay: z.int() });
export type StoredRehearsal = z.infer<typeof StoredRehearsal>;

/** Only what has not begun can be rehearsed. */
export function refuseRehearsal(window: Window, now: Instant): void {
  const isAhead = (window.status === 'draft' || window.status === 'published') && ms(now) < ms(window.opensAt);
  if (!isAhead) throw new DomainError('rehearsal.too_late');
}

/** Asks for a rehearsal. Two reads, one write. The same id again answers the first. */
export function startRehearsal({ table, clock }: Pick<Platform, 'table' | 'clock'>) {
  return async (input: ParsedOf<Routes['startRehearsal']>, _actor: Actor): Promise<ReplyOf<Routes['startRehearsal']>> => {
    const window = await mustHaveWindow(table, input);
    const now = clock.now();
    const last = await getStored(table, input.windowId);
    if (last?.rehearsalId === input.rehearsalId) return last;
    refuseRehearsal(window, now);
    if (last && isRehearsing(last, ms(now))) throw new DomainError('rehearsal.running');
    const day = chinaDate(now);
    const ofDay = last?.day === day ? last.ofDay + 1 : 1;
    if (ofDay > REHEARSALS_A_DAY_MAX) throw new DomainError('rehearsal.too_many', { most: REHEARSALS_A_DAY_MAX });
    const inWindow = new Set<string>(window.offeringIds);
    const rehearsal: StoredRehearsal = {
      rehearsalId: input.rehearsalId,
      windowId: window.windowId,
      schoolId: window.schoolId,
      status: 'running',
      parents: input.parents,
      seed: input.seed,
      favourites: [...new Set(input.favourites)].filter((id) => inWindow.has(id)),
      startedAt: now,
      heardAt: now,
      progress: 0,
      day,
      ofDay,
    };
    const condition = last
      ? { expression: '#rehearsalId = :last', values: { last: last.rehearsalId } }
      : { expression: 'attribute_not_exists(PK)' };
    try {
      await table.write([put(keys.rehearsal(window.windowId), rehearsal, { condition })]);
    } catch (error) {
      // Somebody else asked in this very moment.
      if (error instanceof ConditionFailed) throw new DomainError('rehearsal.running');
      throw error;
    }
    return rehearsal;
  };
}

/** The newest of a window. Two reads. */
export function getRehearsal({ table }: Pick<Platform, 'table'>) {
  return async (input: ParsedOf<Routes['getRehearsal']>, _actor: Actor): Promise<ReplyOf<Routes['getRehearsal']>> => {
    await mustHaveWindow(table, input);
    return { rehearsal: await getStored(table, input.windowId) };
  };
}

export function getStored(table: Table, windowId: string): Promise<StoredRehearsal | undefined> {
  return table.get(keys.rehearsal(windowId), StoredRehearsal);
}

/** A rehearsal that is asked for has a state machine, named after it. */
export function followRehearsals({ workflows }: Pick<Platform, 'workflows'>) {
  return async ({ keys: { SK }, before, after }: Change): Promise<void> => {
    if (SK !== 'REHEARSAL' || !after || before?.rehearsalId === after.rehearsalId) return;
    const { rehearsalId, windowId } = StoredRehearsal.parse(after);
    await workflows.start('rehearsal', rehearsalId, { rehearsalId, windowId });
  };
}

const WINDOWS_LOOKED_AT = 50;

/** The newest windows of a school that have not opened, drafts among them. One query. */
export async function windowsAheadOf(table: Table, schoolId: string): Promise<Window[]> {
  const pk = keys.windowsOfSchool(schoolId, '' as Instant, '').GSI1PK;
  const { items } = await table.query({ index: 'GSI1', pk, newestFirst: true, limit: WINDOWS_LOOKED_AT }, Window);
  return items.filter(({ status }) => status === 'draft' || status === 'published');
}
