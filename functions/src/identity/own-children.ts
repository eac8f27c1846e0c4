/** Whose children are whose, for requests that name several. */
import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor } from '@kehou/shared/kernel/route';
import * as z from 'zod';
import { keys } from '../platform/keys.ts';
import type { Table } from '../platform/table.ts';

/** Which of these pupils the actor is a guardian of: by the token where it says so, else by the table (one read). */
export async function childrenAmong(table: Table, actor: Actor, pupilIds: readonly string[]): Promise<Set<string>> {
  const mine = new Set(pupilIds.filter((pupilId) => actor.children.some((child) => child.pupilId === pupilId)));
  const others = [...new Set(pupilIds.filter((pupilId) => !mine.has(pupilId)))];
  const links = await table.getMany(
    others.map((pupilId) => keys.personChild(actor.personId, pupilId)),
    z.object({}),
  );
  for (const [index, pupilId] of others.entries()) if (links[index]) mine.add(pupilId);
  return mine;
}

/** 404 unless every one of these pupils is the actor's own. */
export async function mustBeGuardianOfAll(table: Table, actor: Actor, pupilIds: readonly string[]): Promise<void> {
  const mine = await childrenAmong(table, actor, pupilIds);
  if (!pupilIds.every((pupilId) => mine.has(pupilId))) throw new DomainError('request.not_found');
}
