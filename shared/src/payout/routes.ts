import * as z from 'zod';
import { Fen } from '../kernel/fen.ts';
import { Id } from '../kernel/id.ts';
import { PageInput, page, route } from '../kernel/route.ts';
import { ChinaMonth } from '../kernel/time.ts';
import { PayoutRun, Statement } from './payout.ts';

const schoolId = Id('organisation');
const bySchoolOrAbove = { by: 'role', roles: ['school', 'operator', 'bureau'], organisation: 'schoolId' } as const;

export const payoutRoutes = {
  /** Starts (or, same month, shows) a school's payout. Twice pays nobody twice. */
  startPayout: route({
    method: 'POST',
    path: '/api/schools/{schoolId}/payouts',
    summary: 'Start the payout of a month by hand',
    access: { by: 'role', roles: ['school', 'operator'], organisation: 'schoolId' },
    input: z.object({ schoolId, month: ChinaMonth }),
    output: PayoutRun,
  }),
  listPayouts: route({
    method: 'GET',
    path: '/api/schools/{schoolId}/payouts',
    summary: 'Payouts of a school, newest first',
    access: bySchoolOrAbove,
    input: PageInput.extend({ schoolId }),
    output: page(PayoutRun),
  }),
  getPayout: route({
    method: 'GET',
    path: '/api/schools/{schoolId}/payouts/{month}',
    summary: 'A payout with its statements',
    access: bySchoolOrAbove,
    input: z.object({ schoolId, month: ChinaMonth }),
    output: z.object({ run: PayoutRun, statements: z.array(Statement) }),
  }),
  decidePayout: route({
    method: 'POST',
    path: '/api/schools/{schoolId}/payouts/{month}/decision',
    summary: 'Approve or refuse as the next in the chain; never the same person twice',
    access: bySchoolOrAbove,
    input: z.object({
      schoolId,
      month: ChinaMonth,
      approve: z.boolean(),
      note: z.string().trim().max(200).optional(),
      /** What whoever decides has seen. Refused when the payout has been counted afresh since (`request.changed`). */
      version: z.int().min(1),
      totalFen: Fen,
    }),
    output: PayoutRun,
  }),
  listMyStatements: route({
    method: 'GET',
    path: '/api/teacher/statements',
    summary: 'My monthly statements, newest first; the running month as it stands',
    access: { by: 'owner', roles: ['teacher'] },
    input: PageInput,
    output: page(Statement),
  }),
};
