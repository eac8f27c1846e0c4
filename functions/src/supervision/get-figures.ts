import { fen } from '@kehou/shared/kernel/fen';
import type { ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import type { Organisation } from '@kehou/shared/organisation/organisation';
import { nothing, plus } from '@kehou/shared/supervision/figures';
import type { supervisionRoutes } from '@kehou/shared/supervision/routes';
import { mustGetOrganisation, schoolsUnder } from '../organisation/organisation.repository.ts';
import type { Platform } from '../platform/platform.ts';
import type { Table } from '../platform/table.ts';
import { figuresOf } from './figures.repository.ts';

type Get = typeof supervisionRoutes.getFigures;

const SCHOOLS_A_PAGE = 200;
/** A city has some 300; a reply of so many is 200 KB. */
const SCHOOLS_MAX = 1000;

/** The schools of a subtree (or an operator's, or the one school) as numbers, with their sum: 3 round trips for a county, 4 for a city of 300 schools. */
export function getFigures({ table, clock }: Pick<Platform, 'table' | 'clock'>) {
  return async (input: ParsedOf<Get>): Promise<ReplyOf<Get>> => {
    const organisation = await mustGetOrganisation(table, input.organisationId);
    const schools = organisation.kind === 'school' ? [organisation] : await everySchool(table, organisation);
    const tallies = await figuresOf(
      table,
      schools.map(({ organisationId }) => organisationId),
    );
    const { science: _, ...total } = tallies.reduce(plus, nothing);
    return {
      schools: schools.map(({ organisationId, name, area }, index) => {
        const { science, ...figures } = tallies[index] ?? nothing;
        return {
          schoolId: organisationId,
          schoolName: name,
          area,
          ...figures,
          paidFen: fen(figures.paidFen),
          refundedFen: fen(figures.refundedFen),
          hasScience: science > 0,
        };
      }),
      total: { ...total, paidFen: fen(total.paidFen), refundedFen: fen(total.refundedFen) },
      asOf: clock.now(),
    };
  };
}

async function everySchool(table: Table, { organisationId }: Organisation): Promise<Organisation[]> {
  const schools: Organisation[] = [];
  let cursor: string | undefined;
  do {
    const page = await schoolsUnder(table, organisationId, { limit: SCHOOLS_A_PAGE, cursor });
    schools.push(...page.items);
    cursor = page.cursor;
    if (schools.length > SCHOOLS_MAX) throw new Error(`${organisationId} has more than ${SCHOOLS_MAX} schools`);
  } while (cursor);
  return schools;
}
