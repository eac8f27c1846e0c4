import { parseArgs } from 'node:util';
import { addBalances, ledgerHolds } from '@kehou/shared/billing/ledger';
import { formatFen } from '@kehou/shared/kernel/fen';
import { Id } from '@kehou/shared/kernel/id';
import { addMonths, ChinaMonth, chinaMonth } from '@kehou/shared/kernel/time';
import * as z from 'zod';
import { recomputeLedger } from '../src/billing/recompute-ledger.ts';
import { allSchoolsUnder } from '../src/billing/show-money.ts';
import { getOrganisation } from '../src/organisation/organisation.repository.ts';
import { systemClock } from '../src/platform/clock.ts';
import { tableOf } from './table-of.ts';

const USAGE = 'npm run prove-ledger -- --organisation <org_…> [--from YYYY-MM] [--to YYYY-MM] [--data .data] [--repair] [--json]';
const MONTHS_BACK = 24;

function stop(why: string): never {
  process.stderr.write(`${why}\n${USAGE}\n`);
  process.exit(2);
}

const { values } = parseArgs({
  options: {
    organisation: { type: 'string' },
    from: { type: 'string' },
    to: { type: 'string' },
    data: { type: 'string', default: '.data' },
    repair: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const thisMonth = chinaMonth(systemClock.now());
const input = z
  .object({
    organisation: Id('organisation'),
    from: ChinaMonth.default(addMonths(thisMonth, -MONTHS_BACK)),
    // A simulated clock may be ahead of this machine's.
    to: ChinaMonth.default(addMonths(thisMonth, MONTHS_BACK)),
  })
  .safeParse(values);
if (!input.success) stop(input.error.issues.map((issue) => `--${issue.path.join('.')}: ${issue.message}`).join('\n'));

const table = tableOf(values.data, stop);
const organisation = await getOrganisation(table, input.data.organisation);
if (!organisation) stop(`there is no organisation ${input.data.organisation}`);
const schools = organisation.kind === 'school' ? [organisation] : await allSchoolsUnder(table, organisation);

const rows = [];
for (const school of schools) {
  const months = { from: input.data.from, to: input.data.to };
  rows.push({
    schoolId: school.organisationId,
    name: school.name,
    ...(await recomputeLedger(table, school.organisationId, months, { repair: values.repair })),
  });
}
const sum = addBalances(rows.map((row) => row.balances));
const holds = rows.every((row) => row.holds) && ledgerHolds(sum);

if (values.json) process.stdout.write(`${JSON.stringify({ holds, balances: sum, schools: rows }, null, 2)}\n`);
else {
  for (const row of rows) {
    const repaired = row.repaired > 0 ? `, ${row.repaired} counted just now` : '';
    process.stdout.write(`${row.holds ? 'holds ' : 'BROKEN'}  ${row.name}: ${row.transactions} transactions${repaired}\n`);
    if (!row.holds) process.stdout.write(`        entries ${JSON.stringify(row.balances)}\n        shown   ${JSON.stringify(row.shown)}\n`);
    for (const id of row.unbalanced) process.stdout.write(`        does not sum to zero: ${id}\n`);
  }
  process.stdout.write(
    `\nbank ${formatFen(sum.bank)} + in transit ${formatFen(sum.transit)} + fees owed by operators ${formatFen(sum.fees)} ${holds ? '=' : '≠'} ` +
      `owed to parents ${formatFen(-sum.parents)} + owed to payees ${formatFen(-sum.payees)} + earmarked funds ${formatFen(-sum.fund)}\n`,
  );
}
process.exitCode = holds ? 0 : 1;
