/**
 * Makes the city bureau and its first officer in a deployed table, once, by whoever runs the deployment:
 *
 *   TABLE_NAME=kehou-prod AWS_REGION=cn-north-1 npm run bootstrap -w functions -- \
 *     --name 江城市教育局 --officer-name 周某 --officer-phone 139…
 *
 * Prints the bureau's id. With `--organisation <id>` it names another officer of the bureau that is there.
 */
import { parseArgs } from 'node:util';
import { newId } from '@kehou/shared/kernel/id';
import { BootstrapInput, bootstrapCity } from '../src/identity/bootstrap-city.ts';
import { systemClock } from '../src/platform/clock.ts';
import { silentLog } from '../src/platform/log.ts';
import { Table } from '../src/platform/table.ts';

const USAGE =
  'TABLE_NAME=… npm run bootstrap -w functions -- --name <bureau> --officer-name <name> --officer-phone <11 digits> [--organisation <id>]';

function stop(why: string): never {
  process.stderr.write(`${why}\n${USAGE}\n`);
  process.exit(2);
}

const name = process.env.TABLE_NAME;
if (!name) stop('TABLE_NAME is not set.');
const { values } = parseArgs({
  options: {
    name: { type: 'string' },
    'officer-name': { type: 'string' },
    'officer-phone': { type: 'string' },
    organisation: { type: 'string' },
  },
});
const input = BootstrapInput.safeParse({
  organisationId: values.organisation ?? newId('organisation'),
  name: values.name,
  officer: { name: values['officer-name'], phone: values['officer-phone'] },
});
if (!input.success) stop(input.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n'));

const endpoint = process.env.DYNAMODB_ENDPOINT;
const table = new Table({ name, ...(endpoint ? { config: { endpoint } } : {}) });
const bureau = await bootstrapCity({ table, clock: systemClock, log: silentLog }, input.data);
process.stdout.write(`${bureau.organisationId}\n`);
