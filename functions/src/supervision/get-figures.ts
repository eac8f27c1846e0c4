import { fen } from '@kehou/shared/kernel/fen';
import type { ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { chinaDate } from '@kehou/shared/kernel/time';
import type { Organisation } from '@kehou/shared/organisation/organisation';
import { currentTerm } from '@kehou/shared/school/current-term';
import { nothing, plus, type TermTally } from '@kehou/shared/supervision/figures';
import type { supervisionRoutes } from '@kehou/shared/supervision/routes';
import { mustGetOrganisation, schoolsUnder } from '../organisation/organisation.repository.ts';
import type { Platform } from '../platform/platform.ts';
import type { Table } from '../platform/table.ts';
import { termDaysOf } from '../school/term.repository.ts';
import { figuresOf } from './figures.repository.ts';

type Get = typeof supervisionRoutes.getFigures;

const SCHOOLS_A_PAGE = 200;
/** A city has some 300; a reply of so many is 200 KB. */
const SCHOOLS_MAX = 1000;

/**
 * The schools of a subtree (or an operator's, or the one school) as numbers, with their sum: enrolments of each school's
 * current term, everything else as it stands. 3 round trips for a county, 4 for a city of 300 schools.
 */
export function getFigures({ table, clock }: Pick<Platform, 'table' | 'clock'>) {
  return async (input: ParsedOf<Get>): Promise<ReplyOf<Get>> => {
    const organisation = await mustGetOrganisation(table, input.organisationId);
    const schools = organisation.kind === 'school' ? [organisation] : await everySchool(table, organisation);
    const schoolIds = schools.map(({ organisationId }) => organisationId);
    const [tallies, terms] = await Promise.all([figuresOf(table, schoolIds), termDaysOf(table, schoolIds)]);
    const today = chinaDate(clock.now());
    const current = terms.map((days) => currentTerm(days, today)?.termId);
    const ofTerm = (index: number): TermTally => tallies[index]?.terms[current[index] ?? ''] ?? noTerm;
    const { science: _, terms: __, ...total } = tallies.reduce(plus, nothing);
    return {
      schools: schools.map(({ organisationId, name, area }, index) => {
        const { science, terms: ___, ...figures } = tallies[index] ?? nothing;
        return {
          schoolId: organisationId,
          schoolName: name,
          area,
          ...figures,
          ...ofTerm(index),
          paidFen: fen(figures.paidFen),
          refundedFen: fen(figures.refundedFen),
          hasScience: science > 0,
        };
      }),
      total: {
        ...total,
        ...tallies.map((_tally, index) => ofTerm(index)).reduce(sumOf, noTerm),
        paidFen: fen(total.paidFen),
        refundedFen: fen(total.refundedFen),
      },
      asOf: clock.now(),
    };
  };
}

const noTerm: TermTally = { taking: 0, enrolments: 0 };
const sumOf = (a: TermTally, b: TermTally): TermTally => ({ taking: a.taking + b.taking, enrolments: a.enrolments + b.enrolments });

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
