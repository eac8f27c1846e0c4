/** Whose children are whose, for requests that name several. */
import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor } from '@kehou/shared/kernel/route';
import * as z from 'zod';
import { keys } from '../platform/keys.ts';
import type { Table } from '../platform/table.ts';

/** Which of these pupils the actor is a guardian of right now: by the table, since a token outlives a link that was undone. One read. */
export async function childrenAmong(table: Table, actor: Actor, pupilIds: readonly string[]): Promise<Set<string>> {
  const asked = [...new Set(pupilIds)];
  const links = await table.getMany(
    asked.map((pupilId) => keys.personChild(actor.personId, pupilId)),
    z.object({}),
  );
  return new Set(asked.filter((_, index) => links[index] !== undefined));
}

/** 404 unless every one of these pupils is the actor's own. */
export async function mustBeGuardianOfAll(table: Table, actor: Actor, pupilIds: readonly string[]): Promise<void> {
  const mine = await childrenAmong(table, actor, pupilIds);
  if (!pupilIds.every((pupilId) => mine.has(pupilId))) throw new DomainError('request.not_found');
}
