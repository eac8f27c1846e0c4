/**
 * Which signed-in person is which instructor: the one who has verified the number under which the instructor was admitted.
 * Either may come first, so this follows both; it looks at what is there now, and may run twice or late.
 */
import { personOfPhone } from '../identity/person.repository.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { ConditionFailed, check, put, remove, type Table } from '../platform/table.ts';
import type { Follower } from '../use-cases.ts';
import { instructorOfPhone } from './instructor.repository.ts';

const TRIES_MAX = 5;

/** From the stream: a number was verified or has moved to another person, or an instructor was given it or given another. */
export function followInstructorPhones({ table }: Pick<Platform, 'table'>): Follower {
  return async ({ keys: { PK, SK }, before, after }) => {
    if (PK.startsWith('INSTRUCTORPHONE#')) {
      const number = PK.slice('INSTRUCTORPHONE#'.length);
      const former = before?.instructorId;
      if (typeof former === 'string' && former !== after?.instructorId) await letGo(table, number, former);
      return link(table, number);
    }
    if (!PK.startsWith('PHONE#') || SK !== 'PHONE') return;
    const phone = PK.slice('PHONE#'.length);
    if (before?.personId === after?.personId) return;
    if (typeof before?.personId === 'string') await unlink(table, phone, before.personId);
    await link(table, phone);
  };
}

async function link(table: Table, phone: string): Promise<void> {
  const instructorId = await instructorOfPhone(table, phone);
  if (!instructorId) return;
  for (let attempt = 1; ; attempt++) {
    const personId = await personOfPhone(table, phone);
    if (!personId) return;
    try {
      await table.write([
        put(keys.personInstructor(personId), { instructorId }),
        check(keys.phone(phone), { expression: '#personId = :holder', values: { holder: personId } }),
      ]);
      return;
    } catch (error) {
      // The number moved on while we looked.
      if (!(error instanceof ConditionFailed) || attempt >= TRIES_MAX) throw error;
    }
  }
}

async function unlink(table: Table, phone: string, personId: string): Promise<void> {
  const instructorId = await instructorOfPhone(table, phone);
  if (!instructorId) return;
  // Refused: not linked by this number, or theirs again.
  await table.tryWrite([
    remove(keys.personInstructor(personId), { condition: { expression: '#instructorId = :this', values: { this: instructorId } } }),
    check(keys.phone(phone), { expression: 'attribute_not_exists(PK) OR #personId <> :former', values: { former: personId } }),
  ]);
}

/** The number was not this instructor's after all: whoever has verified it is not them. */
async function letGo(table: Table, phone: string, instructorId: string): Promise<void> {
  const personId = await personOfPhone(table, phone);
  if (!personId) return;
  // Refused: not linked by this number, or theirs again.
  await table.tryWrite([
    remove(keys.personInstructor(personId), { condition: { expression: '#instructorId = :this', values: { this: instructorId } } }),
    check(keys.phone(phone), { expression: '#personId = :holder', values: { holder: personId } }),
    check(keys.instructorPhone(phone), {
      expression: 'attribute_not_exists(PK) OR #instructorId <> :this',
      values: { this: instructorId },
    }),
  ]);
}
