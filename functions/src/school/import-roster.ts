import { createHash } from 'node:crypto';
import { maskPhone } from '@kehou/shared/identity/person';
import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import type { Organisation } from '@kehou/shared/organisation/organisation';
import { type RosterLine, readPupilRoster, readStaffRoster } from '@kehou/shared/school/roster';
import type { schoolRoutes } from '@kehou/shared/school/routes';
import {
  type PupilRow,
  RosterImport,
  type RosterKind,
  type RosterRemoval,
  type RowProblem,
  type StaffRow,
} from '@kehou/shared/school/school';
import { auditWrite } from '../organisation/audit.ts';
import { mustGetSchool } from '../organisation/organisation.repository.ts';
import { getAll } from '../platform/get-all.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { ConditionFailed, type Table } from '../platform/table.ts';
import { applyRoster } from './apply-roster.ts';
import { droppedBy, endsWith } from './dropped-links.ts';
import { pupilIdOf, StoredPupil } from './pupil.repository.ts';
import { readRosterFile } from './roster-file.ts';
import {
  acceptedWrites,
  CHUNK_ROWS,
  type Chunk,
  chunkWrite,
  getImport,
  LOCK_WRITE,
  refusedWrite,
  StoredImport,
} from './roster-import.repository.ts';

type Routes = typeof schoolRoutes;
type Deps = Pick<Platform, 'table' | 'clock'>;

const PROBLEMS_SHOWN_MAX = 200;
const REMOVALS_SHOWN_MAX = 200;

/**
 * Imports a roster: the file is checked whole, against itself and against what is there, before its first row is written.
 * Accepted rows are kept in chunks and then applied; a process that dies is taken up by the sweeper, or by the same request
 * again. About 2 reads and 8 transactions a hundred rows. One that would end more links of guardians than was agreed to is answered with
 * whose, and not kept.
 * Throws `roster.unreadable`, `roster.too_large`, `roster.busy`, `request.id_reused`.
 */
export function importRoster(deps: Deps) {
  const { table, clock } = deps;
  return async (input: ParsedOf<Routes['importRoster']>, actor: Actor): Promise<ReplyOf<Routes['importRoster']>> => {
    const { schoolId, rosterImportId, kind, filename } = input;
    const file = Buffer.from(input.contentBase64, 'base64');
    const fingerprint = createHash('sha256').update(`${kind}\n${filename}\n`).update(file).digest('hex');
    const known = await getImport(table, schoolId, rosterImportId);
    if (known) return resume(deps, known, fingerprint);

    const school = await mustGetSchool(table, schoolId);
    const { chunks, rows, problems, removals } = await check(table, school, kind, file);
    const isAgreed = removals.length <= input.linksRemoved;
    const rosterImport = StoredImport.parse({
      rosterImportId,
      schoolId,
      kind,
      filename,
      status: problems.length > 0 ? 'refused' : isAgreed ? 'applying' : 'unconfirmed',
      rows,
      applied: 0,
      added: 0,
      changed: 0,
      unchanged: 0,
      problems: problems.slice(0, PROBLEMS_SHOWN_MAX),
      problemCount: problems.length,
      startedAt: clock.now(),
      fingerprint,
      chunks: chunks.length,
      nextChunk: 0,
      personId: actor.personId,
      requestId: actor.requestId,
    });
    if (rosterImport.status === 'unconfirmed') {
      return shown({ ...rosterImport, linksRemoved: removals.length, removals: removals.slice(0, REMOVALS_SHOWN_MAX) });
    }
    if (problems.length === 0)
      for (const [index, chunk] of chunks.entries()) await table.write([chunkWrite(rosterImport, index, chunk, clock.now())]);
    try {
      await table.write(
        problems.length > 0 ? [refusedWrite(rosterImport)] : [...acceptedWrites(rosterImport, clock.now()), accepted(rosterImport, actor)],
      );
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      const sameId = await getImport(table, schoolId, rosterImportId);
      if (sameId) return resume(deps, sameId, fingerprint);
      if (error.failed.includes(LOCK_WRITE)) throw new DomainError('roster.busy');
      throw error;
    }
    return shown(await applyRoster(deps, rosterImport));
  };
}

/** One round trip. */
export function showRosterImport({ table }: Pick<Platform, 'table'>) {
  return async (input: ParsedOf<Routes['getRosterImport']>): Promise<ReplyOf<Routes['getRosterImport']>> => {
    const rosterImport = await getImport(table, input.schoolId, input.rosterImportId);
    if (!rosterImport) throw new DomainError('request.not_found');
    return shown(rosterImport);
  };
}

/** The sweeper found an import that nobody is applying any more. */
export function resumeOverdueImport(deps: Deps) {
  return async (item: Readonly<Record<string, unknown>>): Promise<void> => {
    const { schoolId, rosterImportId } = StoredImport.parse(item);
    const rosterImport = await getImport(deps.table, schoolId, rosterImportId);
    if (rosterImport) await applyRoster(deps, rosterImport);
  };
}

async function resume(deps: Deps, known: StoredImport, fingerprint: string): Promise<RosterImport> {
  if (known.fingerprint !== fingerprint) throw new DomainError('request.id_reused');
  return shown(await applyRoster(deps, known));
}

function shown(rosterImport: StoredImport): RosterImport {
  return RosterImport.parse(rosterImport);
}

function accepted(rosterImport: StoredImport, actor: Actor) {
  return auditWrite({
    organisationId: rosterImport.schoolId,
    at: rosterImport.startedAt,
    actor,
    action: 'school.roster-imported',
    subject: rosterImport.rosterImportId,
    details: { kind: rosterImport.kind, rows: rosterImport.rows },
  });
}

interface Checked {
  readonly rows: number;
  readonly chunks: readonly Chunk[];
  readonly problems: readonly RowProblem[];
  readonly removals: readonly RosterRemoval[];
}

async function check(table: Table, school: Organisation, kind: RosterKind, file: Buffer): Promise<Checked> {
  const cells = await readRosterFile(file);
  if (kind === 'staff') {
    const { lines, problems } = readStaffRoster(cells);
    const rows = lines.map(({ row }) => row);
    return { rows: rows.length, problems, removals: [], chunks: chunksOf(rows).map((staff: StaffRow[]) => ({ staff })) };
  }
  const { lines, problems } = readPupilRoster(cells, school.stage ?? 'nine-year');
  const known = problems.length === 0 ? await knownPupils(table, school, lines) : [];
  const wrong = [...problems, ...numbersOfOthers(lines, known)];
  const rows = lines.map(({ row }) => row);
  const removals = wrong.length === 0 ? await removalsBy(table, lines, known) : [];
  return { rows: rows.length, problems: wrong, removals, chunks: chunksOf(rows).map((pupils: PupilRow[]) => ({ pupils })) };
}

function knownPupils(table: Table, school: Organisation, lines: readonly RosterLine<PupilRow>[]): Promise<(StoredPupil | undefined)[]> {
  return getAll(
    table,
    lines.map(({ row }) => keys.pupil(pupilIdOf(school.organisationId, row.pupilNumber))),
    StoredPupil,
  );
}

/** Guardians who would lose a child: the row names other numbers than theirs. */
async function removalsBy(
  table: Table,
  lines: readonly RosterLine<PupilRow>[],
  known: readonly (StoredPupil | undefined)[],
): Promise<RosterRemoval[]> {
  const dropped = await droppedBy(
    table,
    lines.map(({ row }) => row),
    known,
  );
  return lines.flatMap(({ line, row }, index) =>
    (dropped[index] ?? []).filter(endsWith).map(({ guardian, link }) => ({
      line,
      pupilName: row.name,
      guardianName: link?.name ?? guardian.name,
      phone: maskPhone(guardian.phone),
    })),
  );
}

/**
 * Pupil numbers that belong to someone else: another name, and no guardian in common. With one in common it is the same
 * child under a corrected name.
 */
function numbersOfOthers(lines: readonly RosterLine<PupilRow>[], known: readonly (StoredPupil | undefined)[]): RowProblem[] {
  return lines.flatMap(({ line, row }, index) => {
    const pupil = known[index];
    if (!pupil || pupil.name === row.name) return [];
    const isFamily = pupil.rosterGuardians.some(({ phone }) => row.guardians?.some((guardian) => guardian.phone === phone));
    if (isFamily) return [];
    return [
      { line, column: '学号', value: row.pupilNumber, reason: `这个学号已属于“${pupil.name}”，请核对；如需改名，请保留一位家长的手机号` },
    ];
  });
}

function chunksOf<T>(rows: readonly T[]): T[][] {
  const chunks: T[][] = [];
  for (let start = 0; start < rows.length; start += CHUNK_ROWS) chunks.push(rows.slice(start, start + CHUNK_ROWS));
  return chunks;
}
