/** The first organisation and its first officer: nobody is there yet who could make them through the API. */
import { Phone } from '@kehou/shared/identity/person';
import { DomainError } from '@kehou/shared/kernel/errors';
import { Id } from '@kehou/shared/kernel/id';
import { Organisation } from '@kehou/shared/organisation/organisation';
import * as z from 'zod';
import { auditWrite } from '../organisation/audit.ts';
import { createOrganisationWrites, getOrganisation, listCityWrite } from '../organisation/organisation.repository.ts';
import type { Platform } from '../platform/platform.ts';
import { promiseRoleWrites } from './role.repository.ts';
import { settlePhone } from './settle-phone.ts';

export const BootstrapInput = z.object({
  organisationId: Id('organisation'),
  name: Organisation.shape.name,
  officer: z.object({ name: z.string().trim().min(1).max(30), phone: Phone }),
});
export type BootstrapInput = z.input<typeof BootstrapInput>;

/**
 * Makes the city bureau and promises the bureau's role to its officer, who signs in and verifies that number. No route
 * leads here: it is run by whoever runs the deployment (`npm run bootstrap -w functions`) and by the demo city. Again,
 * with the same id, names another officer, sees to it that the city is listed, and changes nothing else; an id that names something else is `request.id_reused`.
 */
export async function bootstrapCity(deps: Pick<Platform, 'table' | 'clock' | 'log'>, given: BootstrapInput): Promise<Organisation> {
  const { table, clock } = deps;
  const input = BootstrapInput.parse(given);
  const bureau: Organisation = { organisationId: input.organisationId, kind: 'city-bureau', name: input.name, ancestorIds: [] };
  const grant = [
    ...promiseRoleWrites({
      ...input.officer,
      organisationId: bureau.organisationId,
      organisationName: bureau.name,
      role: 'bureau',
    }),
    auditWrite({
      organisationId: bureau.organisationId,
      at: clock.now(),
      actor: { personId: 'bootstrap', requestId: 'bootstrap' },
      action: 'organisation.city-bootstrapped',
      subject: bureau.organisationId,
    }),
  ];
  if (await table.tryWrite([...createOrganisationWrites(bureau), ...grant])) {
    const known = await getOrganisation(table, bureau.organisationId);
    if (known?.kind !== 'city-bureau' || known.name !== bureau.name) throw new DomainError('request.id_reused');
    await table.write([listCityWrite(known), ...grant]);
  }
  await settlePhone(deps, input.officer.phone);
  return bureau;
}
