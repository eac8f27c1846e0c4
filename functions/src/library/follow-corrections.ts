/**
 * An instructor's number or name was corrected: the teacher's role goes, at every school that has picked them, to the number
 * that they have now. Looks at what is there now; may run twice or late.
 */
import { Id } from '@kehou/shared/kernel/id';
import * as z from 'zod';
import { PromisedRole, promiseRoleWrites } from '../identity/role.repository.ts';
import { auditWrite } from '../organisation/audit.ts';
import { mustGetSchool } from '../organisation/organisation.repository.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { remove, type Table } from '../platform/table.ts';
import type { Follower } from '../use-cases.ts';
import { mustGetInstructor, StoredInstructor } from './instructor.repository.ts';

type Deps = Pick<Platform, 'table' | 'clock'>;
const SCHOOLS_A_PAGE = 100;
const PickedBy = z.object({ GSI1SK: Id('organisation') });

export function followCorrections(deps: Deps): Follower {
  return async ({ keys: { PK, SK }, before, after }) => {
    if (!PK.startsWith('INSTRUCTOR#') || SK !== 'INSTRUCTOR' || !before || !after) return;
    const was = StoredInstructor.parse(before);
    if (was.phone === after.phone && was.name === after.name) return;
    const instructor = await mustGetInstructor(deps.table, was.instructorId);
    const { GSI1PK } = keys.pickedBy(was.instructorId, '');
    let cursor: string | undefined;
    do {
      const page = await deps.table.query({ index: 'GSI1', pk: GSI1PK, limit: SCHOOLS_A_PAGE, cursor }, PickedBy);
      for (const { GSI1SK: schoolId } of page.items) {
        await promise(deps, instructor, schoolId);
        if (was.phone !== instructor.phone) await takeBack(deps, was, schoolId);
      }
      cursor = page.cursor;
    } while (cursor);
  };
}

async function promise({ table, clock }: Deps, instructor: StoredInstructor, schoolId: Id<'organisation'>): Promise<void> {
  const { phone, name } = instructor;
  const known = await promisedTo(table, phone, schoolId);
  if (known?.name === name) return;
  const school = await mustGetSchool(table, schoolId);
  await table.write([
    ...promiseRoleWrites({ phone, organisationId: schoolId, organisationName: school.name, role: 'teacher', name }),
    auditWrite({ ...audited(instructor, schoolId), at: clock.now(), action: 'identity.role-granted' }),
  ]);
}

/** From the number that was not theirs: unless the school itself has given that number the role, under another name. */
async function takeBack({ table, clock }: Deps, was: StoredInstructor, schoolId: Id<'organisation'>): Promise<void> {
  if ((await promisedTo(table, was.phone, schoolId))?.name !== was.name) return;
  const condition = { expression: '#name = :name', values: { name: was.name } };
  // Refused: given to somebody else since we looked.
  await table.tryWrite([
    remove(keys.phoneRole(was.phone, schoolId, 'teacher'), { condition }),
    auditWrite({ ...audited(was, schoolId), at: clock.now(), action: 'identity.role-revoked' }),
  ]);
}

function promisedTo(table: Table, phone: string, schoolId: string): Promise<PromisedRole | undefined> {
  return table.get(keys.phoneRole(phone, schoolId, 'teacher'), PromisedRole);
}

function audited({ instructorId, version }: StoredInstructor, schoolId: string) {
  return {
    organisationId: schoolId,
    actor: { personId: 'stream:instructor-corrected', requestId: `${instructorId}-v${version}` },
    subject: `teacher@${schoolId}#${instructorId}`,
    details: { instructorId },
  };
}
