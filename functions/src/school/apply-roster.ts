/**
 * Writes the rows of an accepted import. Every row is one piece of a transaction that holds only on what was read, so a
 * chunk may be applied again by whoever takes it up: rows that this import has written already count as it counted them.
 */

import type { Child } from '@kehou/shared/identity/person';
import { maskPhone, PersonName } from '@kehou/shared/identity/person';
import type { Id } from '@kehou/shared/kernel/id';
import { chinaDate, type Instant } from '@kehou/shared/kernel/time';
import type { AuditAction } from '@kehou/shared/organisation/audit';
import type { Organisation } from '@kehou/shared/organisation/organisation';
import type { PupilRow, StaffRow } from '@kehou/shared/school/school';
import * as z from 'zod';
import { promiseChildWrites, refreshChild } from '../identity/guardian.repository.ts';
import { promiseRoleWrites, rolesPromised, withdrawRoleWrites } from '../identity/role.repository.ts';
import { auditWrite } from '../organisation/audit.ts';
import { mustGetSchool } from '../organisation/organisation.repository.ts';
import { derivedId } from '../platform/derived-id.ts';
import { getAll } from '../platform/get-all.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { absent, ConditionFailed, put, type Table, type Write } from '../platform/table.ts';
import type { Follower } from '../use-cases.ts';
import { type Dropped, droppedBy, dropWrites, endsWith } from './dropped-links.ts';
import { standingWrites } from './leave-school.ts';
import { pupilIdOf, type RosterGuardian, StoredPupil } from './pupil.repository.ts';
import { type Counts, chunkAppliedWrites, getImport, mustGetChunk, type StoredImport } from './roster-import.repository.ts';

type Deps = Pick<Platform, 'table' | 'clock'>;
type Outcome = Exclude<keyof Counts, 'linksRemoved'>;

const TRANSACTION_ITEMS_MAX = 100;
const TRIES_MAX = 5;

/** A member of staff as the roster names them. */
const StoredStaff = z.object({
  name: PersonName,
  role: z.enum(['teacher', 'school']),
  staffNumber: z.string().optional(),
  importedBy: z.string().optional(),
  importOutcome: z.enum(['added', 'changed', 'unchanged']).optional(),
  version: z.int(),
});
type StoredStaff = z.infer<typeof StoredStaff>;

/** Applies an import from where it stands to its end. Idempotent; answers it as it then is. Two reads and a few transactions a hundred rows. */
export async function applyRoster(deps: Deps, given: StoredImport): Promise<StoredImport> {
  const { table, clock } = deps;
  let rosterImport = given;
  const school = await mustGetSchool(table, given.schoolId);
  while (rosterImport.status === 'applying') {
    const chunk = await mustGetChunk(table, rosterImport, rosterImport.nextChunk);
    const counts = await applyChunk(
      () => (chunk.staff ? planStaff(deps, school, rosterImport, chunk.staff) : planPupils(deps, school, rosterImport, chunk.pupils ?? [])),
      table,
    );
    // Refused: another process is at it too, and was first.
    await table.tryWrite(chunkAppliedWrites(rosterImport, counts, clock.now()));
    const now = await getImport(table, rosterImport.schoolId, rosterImport.rosterImportId);
    if (!now) throw new Error(`import ${rosterImport.rosterImportId} is gone`);
    rosterImport = now;
  }
  return rosterImport;
}

/** What a row comes to: the writes that belong together, none when nothing changes. */
interface Plan {
  readonly outcome: Outcome;
  readonly linksRemoved?: number | undefined;
  readonly writes: readonly Write[];
}

async function applyChunk(plan: () => Promise<readonly Plan[]>, table: Table): Promise<Counts> {
  for (let attempt = 1; ; attempt++) {
    const plans = await plan();
    try {
      for (const writes of transactionsOf(plans)) await table.write(writes);
      const count = (outcome: Outcome) => plans.filter((each) => each.outcome === outcome).length;
      const linksRemoved = plans.reduce((sum, each) => sum + (each.linksRemoved ?? 0), 0);
      return { added: count('added'), changed: count('changed'), unchanged: count('unchanged'), linksRemoved };
    } catch (error) {
      // Something that the plan stood on has changed: plan anew on what is there now.
      if (!(error instanceof ConditionFailed) || attempt >= TRIES_MAX) throw error;
    }
  }
}

/** As many whole rows as go into a transaction. What several rows check alike is checked once: a transaction names an item once. */
function transactionsOf(plans: readonly Plan[]): Write[][] {
  const transactions: Write[][] = [];
  let current: Write[] = [];
  let checked = new Set<string>();
  for (const { writes } of plans) {
    if (current.length + writes.length > TRANSACTION_ITEMS_MAX) {
      transactions.push(current);
      current = [];
      checked = new Set();
    }
    for (const write of writes) {
      const asked = write.op === 'check' ? JSON.stringify(write) : undefined;
      if (asked && checked.has(asked)) continue;
      if (asked) checked.add(asked);
      current.push(write);
    }
  }
  return current.length > 0 ? [...transactions, current] : transactions;
}

/** The outcome of a row that is as the file says: what this very import did to it before, else nothing. */
function settled(
  known: { importedBy?: string | undefined; importOutcome?: Outcome | undefined; importUnlinked?: number | undefined },
  rosterImport: StoredImport,
): Plan {
  if (known.importedBy !== rosterImport.rosterImportId) return { outcome: 'unchanged', writes: [] };
  return { outcome: known.importOutcome ?? 'unchanged', linksRemoved: known.importUnlinked, writes: [] };
}

async function planPupils(
  { table, clock }: Deps,
  school: Organisation,
  rosterImport: StoredImport,
  rows: readonly PupilRow[],
): Promise<Plan[]> {
  const ids = rows.map((row) => pupilIdOf(rosterImport.schoolId, row.pupilNumber));
  const known = await getAll(
    table,
    ids.map((pupilId) => keys.pupil(pupilId)),
    StoredPupil,
  );
  const dropped = await droppedBy(table, rows, known);
  const at = clock.now();
  return rows.map((row, index) => planPupil(school, rosterImport, row, ids[index] as Id<'pupil'>, at, dropped[index] ?? [], known[index]));
}

function planPupil(
  school: Organisation,
  rosterImport: StoredImport,
  row: PupilRow,
  pupilId: Id<'pupil'>,
  at: Instant,
  dropped: readonly Dropped[],
  known?: StoredPupil,
): Plan {
  // Left before they ever came here: not on the roster at all.
  if (!known && row.standing === 'left') return { outcome: 'unchanged', writes: [] };
  // A row that names a number names it anew: a link of it that was undone comes back. One without guardians leaves that as it was.
  const guardians: readonly RosterGuardian[] = row.guardians ?? known?.rosterGuardians ?? [];
  const pupil = {
    pupilId,
    schoolId: rosterImport.schoolId,
    pupilNumber: row.pupilNumber,
    name: row.name,
    grade: row.grade,
    className: row.className,
    rosterGuardians: [...guardians],
  };
  const leaves = row.standing === 'left' && !known?.leftOn;
  const returns = row.standing === 'here' && known?.leftOn !== undefined;
  if (known && !leaves && !returns && sameFields(known, pupil)) return settled(known, rosterImport);
  const outcome = known ? 'changed' : 'added';
  const child: Child = {
    pupilId,
    name: row.name,
    schoolId: rosterImport.schoolId,
    schoolName: school.name,
    grade: row.grade,
    className: row.className,
  };
  const ending = dropped.filter(endsWith).length + ((known?.importedBy === rosterImport.rosterImportId && known.importUnlinked) || 0);
  const stored = StoredPupil.parse({
    ...pupil,
    ...(leaves ? { leftOn: chinaDate(at), leftAt: at, leftReason: `名册：${row.standingWord ?? '离校'}` } : returns ? {} : leftOf(known)),
    // The first outcome of this import stays: a file names a pupil once, so a second one is the same row taken up again.
    importedBy: rosterImport.rosterImportId,
    importOutcome: outcome,
    ...(ending > 0 ? { importUnlinked: ending } : {}),
    version: (known?.version ?? 0) + 1,
  });
  return {
    outcome,
    linksRemoved: ending,
    writes: [
      put(
        keys.pupil(pupilId),
        { ...stored, ...keys.pupilsOfSchool(rosterImport.schoolId, row.grade, row.className, row.pupilNumber) },
        { condition: known ? { expression: '#version = :version', values: { version: known.version } } : absent },
      ),
      ...(known ? [] : [put(keys.pupilNumber(rosterImport.schoolId, row.pupilNumber), { pupilId, name: row.name })]),
      ...guardians.flatMap(({ phone, name, relation, unlinkedAt }) => promiseChildWrites({ phone, child, name, relation, unlinkedAt })),
      ...dropped.flatMap((each) => dropWrites(each, { pupil: stored, school, rosterImport, at })),
      ...(leaves || returns ? standingWrites(stored, { personId: rosterImport.personId, requestId: rosterImport.requestId }, at) : []),
    ],
  };
}

/** That a pupil has left stays so in a row that says nothing about it. */
function leftOf(known: StoredPupil | undefined) {
  const { leftOn, leftAt, leftReason } = known ?? {};
  return { leftOn, leftAt, leftReason };
}

function sameFields(known: StoredPupil, wanted: Pick<StoredPupil, 'name' | 'grade' | 'className' | 'rosterGuardians'>): boolean {
  const told = ({ name, grade, className, rosterGuardians }: typeof wanted) =>
    JSON.stringify([
      name,
      grade,
      className,
      rosterGuardians.map((guardian) => [guardian.phone, guardian.name, guardian.relation, guardian.unlinkedAt]),
    ]);
  return told(known) === told(wanted);
}

async function planStaff(deps: Deps, school: Organisation, rosterImport: StoredImport, rows: readonly StaffRow[]): Promise<Plan[]> {
  const known = await getAll(
    deps.table,
    rows.map((row) => keys.staff(rosterImport.schoolId, row.phone)),
    StoredStaff,
  );
  const promised = await rolesPromised(
    deps.table,
    rows.map(({ phone, role }) => ({ phone, organisationId: rosterImport.schoolId, role })),
  );
  return rows.map((row, index) => planMember(deps, school, rosterImport, row, promised[index] === true, known[index]));
}

function planMember(
  { clock }: Deps,
  school: Organisation,
  rosterImport: StoredImport,
  row: StaffRow,
  isPromised: boolean,
  known?: StoredStaff,
): Plan {
  const { schoolId, rosterImportId } = rosterImport;
  // As it was, and the role not taken away since: a file that names somebody again gives it back.
  if (known && isPromised && known.name === row.name && known.role === row.role && known.staffNumber === row.staffNumber) {
    return settled(known, rosterImport);
  }
  const outcome = known ? 'changed' : 'added';
  const stored: StoredStaff = {
    name: row.name,
    role: row.role,
    staffNumber: row.staffNumber,
    importedBy: rosterImportId,
    importOutcome: outcome,
    version: (known?.version ?? 0) + 1,
  };
  const actor = { personId: rosterImport.personId, requestId: rosterImport.requestId };
  const audit = (action: AuditAction, role: string) =>
    auditWrite({
      organisationId: schoolId,
      at: clock.now(),
      actor,
      action,
      // A row of its own for each number, without spelling it.
      subject: `${role}@${schoolId}#${derivedId('person', row.phone)}`,
      details: { rosterImportId, phone: maskPhone(row.phone) },
    });
  // Who teaches here may still do so when they come to run the school; who no longer runs it loses that at once.
  const isDemoted = known?.role === 'school' && row.role === 'teacher';
  return {
    outcome,
    writes: [
      put(keys.staff(schoolId, row.phone), stored, {
        condition: known ? { expression: '#version = :version', values: { version: known.version } } : absent,
      }),
      ...promiseRoleWrites({ phone: row.phone, organisationId: schoolId, organisationName: school.name, role: row.role, name: row.name }),
      audit('identity.role-granted', row.role),
      ...(isDemoted ? [...withdrawRoleWrites(row.phone, schoolId, 'school'), audit('identity.role-revoked', 'school')] : []),
    ],
  };
}

/** From the stream: a pupil's new name, grade or class reaches every guardian already linked. */
export function followPupils({ table }: Pick<Platform, 'table'>): Follower {
  return async ({ keys: { PK, SK }, before, after }) => {
    if (!PK.startsWith('PUPIL#') || SK !== 'PUPIL' || !before || !after) return;
    if (before.name === after.name && before.grade === after.grade && before.className === after.className) return;
    // What is there now, not what the record says: a later change may have been shown already.
    const pupil = await table.get({ PK, SK }, StoredPupil);
    if (!pupil) return;
    const school = await mustGetSchool(table, pupil.schoolId);
    await refreshChild({ table }, { ...pupil, schoolName: school.name });
  };
}
