import type { Id } from '@kehou/shared/kernel/id';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { type ChinaMonth, chinaMonth, monthDays } from '@kehou/shared/kernel/time';
import { Offering, Session } from '@kehou/shared/offering/offering';
import { Organisation } from '@kehou/shared/organisation/organisation';
import type { Statement, StatementLine } from '@kehou/shared/payout/payout';
import type { payoutRoutes } from '@kehou/shared/payout/routes';
import { LINES_MAX, linesFen } from '@kehou/shared/payout/rules';
import { StoredRecord } from '../attendance/record.repository.ts';
import { instructorOfPerson } from '../library/instructor.repository.ts';
import { derivedId } from '../platform/derived-id.ts';
import { getAll } from '../platform/get-all.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import type { Table } from '../platform/table.ts';
import { unpaid } from './count-run.ts';
import { StoredStatement } from './statement.repository.ts';

type List = typeof payoutRoutes.listMyStatements;
/** An instructor's sessions in a month: four a day on every day is 124. */
const SESSIONS_MAX = 150;

/**
 * My statements, newest first; on the first page, before them, the running month as it stands at each school that has not
 * counted it yet. Two round trips, and up to five more for the running month.
 */
export function listMyStatements({ table, clock }: Pick<Platform, 'table' | 'clock'>) {
  return async (input: ParsedOf<List>, actor: Actor): Promise<ReplyOf<List>> => {
    const instructorId = await instructorOfPerson(table, actor.personId);
    if (!instructorId) return { items: [] };
    const month = chinaMonth(clock.now());
    const { GSI1PK } = keys.statementsOfInstructor(instructorId, month, '');
    const [page, running] = await Promise.all([
      table.query({ index: 'GSI1', pk: GSI1PK, limit: input.limit, cursor: input.cursor, newestFirst: true }, StoredStatement),
      input.cursor ? [] : runningMonth(table, instructorId, month),
    ]);
    const counted = page.items.filter(({ status }) => status !== 'counting');
    const uncounted = running.filter(
      ({ schoolId }) => !counted.some((statement) => statement.schoolId === schoolId && statement.month === month),
    );
    return { items: [...uncounted, ...counted], cursor: page.cursor };
  };
}

/** One provisional statement a school. */
async function runningMonth(table: Table, instructorId: Id<'instructor'>, month: ChinaMonth): Promise<Statement[]> {
  const { first, last } = monthDays(month);
  const sessions = await table.query({ ...keys.sessionsOfInstructorBetween(instructorId, first, last), limit: SESSIONS_MAX }, Session);
  const records = await getAll(
    table,
    sessions.items.map(({ offeringId, sessionId }) => keys.sessionRecord(offeringId, sessionId)),
    StoredRecord,
  );
  const mine = records.filter((record) => record !== undefined).filter((record) => record.instructorId === instructorId);
  const open = await unpaid(table, mine);
  const offeringIds = [...new Set(open.map(({ offeringId }) => offeringId))];
  const schoolIds = [...new Set(open.map(({ schoolId }) => schoolId))];
  const [offerings, schools] = await Promise.all([
    getAll(
      table,
      offeringIds.map((id) => keys.offering(id)),
      Offering,
    ),
    getAll(
      table,
      schoolIds.map((id) => keys.organisation(id)),
      Organisation,
    ),
  ]);
  return schoolIds.map((schoolId, index) => {
    const lines = open
      .filter((record) => record.schoolId === schoolId)
      .flatMap(({ sessionId, offeringId, date }): StatementLine[] => {
        const offering = offerings[offeringIds.indexOf(offeringId)];
        return offering ? [{ sessionId, offeringId, date, courseName: offering.courseName, payFen: offering.payPerSessionFen }] : [];
      })
      .slice(0, LINES_MAX);
    return {
      statementId: derivedId('statement', 'running', instructorId, schoolId, month),
      schoolId,
      schoolName: schools[index]?.name ?? '—',
      instructorId,
      instructorName: sessions.items[0]?.instructorName ?? '—',
      month,
      lines,
      carriedFen: linesFen([]) as Statement['carriedFen'],
      carriedFrom: [],
      totalFen: linesFen(lines) as Statement['totalFen'],
      status: 'counting',
    };
  });
}
