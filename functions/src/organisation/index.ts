import type { organisationRoutes } from '@kehou/shared/organisation/routes';
import type { Platform } from '../platform/platform.ts';
import type { Area } from '../use-cases.ts';
import { changeSchool } from './change-school.ts';
import { createOperator, createOrganisation } from './create-organisation.ts';
import { listBureaus, listOperators, listSchools, showOrganisation } from './show-organisation.ts';

export function organisation(platform: Pick<Platform, 'table' | 'clock'>): Area<typeof organisationRoutes> {
  return {
    useCases: {
      getOrganisation: showOrganisation(platform),
      createOrganisation: createOrganisation(platform),
      changeSchool: changeSchool(platform),
      createOperator: createOperator(platform),
      listBureaus: listBureaus(platform),
      listOperators: listOperators(platform),
      listSchools: listSchools(platform),
    },
  };
}
