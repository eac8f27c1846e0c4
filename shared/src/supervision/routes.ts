import * as z from 'zod';
import { Fen } from '../kernel/fen.ts';
import { Id } from '../kernel/id.ts';
import { PageInput, page, route } from '../kernel/route.ts';
import { ChinaMonth, Instant } from '../kernel/time.ts';
import { AuditRow } from '../organisation/audit.ts';

/** One school in numbers, kept by projections as things happen. */
export const SchoolFigures = z.object({
  schoolId: Id('organisation'),
  schoolName: z.string(),
  area: z.enum(['urban', 'rural']).optional(),
  pupils: z.int(),
  /** Pupils with at least one confirmed enrolment. */
  taking: z.int(),
  offerings: z.int(),
  enrolments: z.int(),
  paidFen: Fen,
  refundedFen: Fen,
  sessionsHeld: z.int(),
  hasScience: z.boolean(),
});
export type SchoolFigures = z.infer<typeof SchoolFigures>;

export const supervisionRoutes = {
  /** I1: the subtree's schools as numbers, with their sum. */
  getFigures: route({
    method: 'GET',
    path: '/api/organisations/{organisationId}/figures',
    summary: "Schools, pupils, enrolments and money of a bureau's subtree or an operator's schools",
    access: { by: 'role', roles: ['bureau', 'operator', 'school'], organisation: 'organisationId' },
    input: z.object({ organisationId: Id('organisation') }),
    output: z.object({
      schools: z.array(SchoolFigures),
      total: SchoolFigures.omit({ schoolId: true, schoolName: true, area: true, hasScience: true }),
      asOf: Instant,
    }),
  }),
  /** Newest first. One's own organisation's trail; for a bureau also that of any organisation below it. */
  listAudit: route({
    method: 'GET',
    path: '/api/organisations/{organisationId}/audit',
    summary: 'Who changed money or permissions in a month: the audit trail in words',
    access: { by: 'role', roles: ['bureau', 'operator', 'school'], organisation: 'organisationId' },
    input: PageInput.extend({ organisationId: Id('organisation'), month: ChinaMonth }),
    output: page(AuditRow),
  }),
};
