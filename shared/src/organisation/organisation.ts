import * as z from 'zod';
import { Id } from '../kernel/id.ts';
import type { Membership, OrganisationRole } from '../kernel/route.ts';

/** The tree of A1: city bureau → county (or district, zone) bureau → (office) → school; and operators, who stand beside it. */
export const OrganisationKind = z.enum(['city-bureau', 'county-bureau', 'office', 'school', 'operator']);
export type OrganisationKind = z.infer<typeof OrganisationKind>;

/** A circle on the ground, centre in GCJ-02 (what phones in China report). */
export const Fence = z.object({
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
  radiusMetres: z.int().min(30).max(3000),
});
export type Fence = z.infer<typeof Fence>;

export const Organisation = z.object({
  organisationId: Id('organisation'),
  kind: OrganisationKind,
  name: z.string().min(2).max(60),
  parentId: Id('organisation').optional(),
  /** From the root down to the parent; empty for a city bureau. An operator's: the bureau that authorised it. */
  ancestorIds: z.array(Id('organisation')).max(6),
  /** Schools: where they are, how they are supervised. */
  area: z.enum(['urban', 'rural']).optional(),
  stage: z.enum(['primary', 'junior', 'nine-year']).optional(),
  fence: Fence.optional(),
  /** Schools: the operator authorised to run their service. */
  operatorId: Id('organisation').optional(),
});
export type Organisation = z.infer<typeof Organisation>;

/** What may stand under what. Operators stand beside the tree: a city bureau authorises them, and its schools name them. */
export const mayContain: Readonly<Record<OrganisationKind, readonly OrganisationKind[]>> = {
  'city-bureau': ['county-bureau', 'school', 'operator'],
  'county-bureau': ['office', 'school'],
  office: ['school'],
  school: [],
  operator: [],
};

/** Roles that people may hold in an organisation of this kind. */
export const rolesIn: Readonly<Record<OrganisationKind, readonly OrganisationRole[]>> = {
  'city-bureau': ['bureau'],
  'county-bureau': ['bureau'],
  office: ['bureau'],
  school: ['school', 'teacher'],
  operator: ['operator'],
};

/**
 * Does a role held in one organisation reach another? A school's and a teacher's reach the school itself; an operator's
 * itself and the schools that authorised it; a bureau's itself and everything below it.
 */
export function reaches(membership: Membership, target: Organisation): boolean {
  if (membership.organisationId === target.organisationId) return rolesIn[target.kind].includes(membership.role);
  if (membership.role === 'operator') return target.kind === 'school' && target.operatorId === membership.organisationId;
  return membership.role === 'bureau' && target.ancestorIds.some((ancestorId) => ancestorId === membership.organisationId);
}

/** Who looks after a school's money beside the school itself. One without an operator is not kept waiting for one: the bureau above it stands in. */
export function operatorOrBureau(school: Pick<Organisation, 'operatorId'>): 'operator' | 'bureau' {
  return school.operatorId ? 'operator' : 'bureau';
}
