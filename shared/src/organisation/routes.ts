import * as z from 'zod';
import { Id } from '../kernel/id.ts';
import { PageInput, page, route } from '../kernel/route.ts';
import { Fence, Organisation, OrganisationKind } from './organisation.ts';

export const organisationRoutes = {
  getOrganisation: route({
    method: 'GET',
    path: '/api/organisations/{organisationId}',
    summary: 'One organisation by id: name, place in the tree',
    access: { by: 'signed-in' },
    input: z.object({ organisationId: Id('organisation') }),
    output: Organisation,
  }),
  /** Creates (or, same id and content, confirms) an organisation under a bureau. Bureaus only, within their subtree. */
  createOrganisation: route({
    method: 'POST',
    path: '/api/organisations/{parentId}/children',
    summary: 'Add an office, county bureau or school under a bureau',
    access: { by: 'role', roles: ['bureau'], organisation: 'parentId' },
    input: z.object({
      parentId: Id('organisation'),
      organisationId: Id('organisation'),
      kind: OrganisationKind.exclude(['city-bureau', 'operator']),
      name: Organisation.shape.name,
      area: Organisation.shape.area,
      stage: Organisation.shape.stage,
      fence: Fence.optional(),
      operatorId: Id('organisation').optional(),
    }),
    output: Organisation,
  }),
  /** Where a school is and who runs its service. `null` takes the fence or the operator away. Recorded in the audit trail. */
  changeSchool: route({
    method: 'PUT',
    path: '/api/schools/{schoolId}/place',
    summary: "Change a school's area, fence or operator (by a bureau above)",
    access: { by: 'role', roles: ['bureau'], organisation: 'schoolId' },
    input: z.object({
      schoolId: Id('organisation'),
      area: Organisation.shape.area.unwrap(),
      stage: Organisation.shape.stage.unwrap(),
      fence: Fence.nullable(),
      operatorId: Id('organisation').nullable(),
    }),
    output: Organisation,
  }),
  createOperator: route({
    method: 'POST',
    path: '/api/organisations/{bureauId}/operators',
    summary: 'Authorise an operator (city bureau)',
    access: { by: 'role', roles: ['bureau'], organisation: 'bureauId' },
    input: z.object({ bureauId: Id('organisation'), organisationId: Id('organisation'), name: Organisation.shape.name }),
    output: Organisation,
  }),
  listBureaus: route({
    method: 'GET',
    path: '/api/bureaus/{bureauId}/bureaus',
    summary: 'County bureaus and offices below a bureau, whatever the depth',
    access: { by: 'role', roles: ['bureau'], organisation: 'bureauId' },
    input: PageInput.extend({ bureauId: Id('organisation') }),
    output: page(Organisation),
  }),
  /** Operators stand under the city: a county's schools may name them too. */
  listOperators: route({
    method: 'GET',
    path: '/api/bureaus/{bureauId}/operators',
    summary: 'Operators that schools of this bureau may name: those authorised by it or by the city above it',
    access: { by: 'role', roles: ['bureau'], organisation: 'bureauId' },
    input: PageInput.extend({ bureauId: Id('organisation') }),
    output: page(Organisation),
  }),
  /** Schools under a bureau, whatever the depth, or schools that an operator is authorised for. */
  listSchools: route({
    method: 'GET',
    path: '/api/organisations/{organisationId}/schools',
    summary: 'Schools under a bureau, or authorised to an operator',
    access: { by: 'role', roles: ['bureau', 'operator'], organisation: 'organisationId' },
    input: PageInput.extend({ organisationId: Id('organisation') }),
    output: page(Organisation),
  }),
};
