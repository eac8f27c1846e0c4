import * as z from 'zod';
import { Id } from '../kernel/id.ts';
import { PageInput, page, route } from '../kernel/route.ts';
import { ChinaDate } from '../kernel/time.ts';
import { Offering, OfferingInput, PublicOffering, Session } from './offering.ts';

const schoolId = Id('organisation');
const bySchool = { by: 'role', roles: ['school'], organisation: 'schoolId' } as const;
const bySchoolOrAbove = { by: 'role', roles: ['school', 'operator', 'bureau'], organisation: 'schoolId' } as const;
const byStaff = { by: 'role', roles: ['school', 'teacher', 'operator', 'bureau'], organisation: 'schoolId' } as const;

export const offeringRoutes = {
  /** Only from the school's library, within the scale, with no clash of room or instructor (B5, C3, H1). */
  createOffering: route({
    method: 'POST',
    path: '/api/schools/{schoolId}/offerings',
    summary: 'Create a class from a picked course and instructor',
    access: bySchool,
    input: OfferingInput.safeExtend({ schoolId }),
    output: Offering,
  }),
  /** As long as it is a draft anything may change; published, only room, instructor, a larger capacity and fewer kept places: parents have seen the rest. */
  changeOffering: route({
    method: 'PUT',
    path: '/api/schools/{schoolId}/offerings/{offeringId}',
    summary: 'Change a class; those enrolled are told. Refused where it is not of the version that was read',
    access: bySchool,
    input: OfferingInput.safeExtend({ schoolId, version: z.int().min(1) }),
    output: Offering,
  }),
  /** Only what nobody has seen yet; what was published is called off instead. */
  removeOffering: route({
    method: 'DELETE',
    path: '/api/schools/{schoolId}/offerings/{offeringId}',
    summary: 'Remove a class that is still a draft',
    access: bySchool,
    input: z.object({ schoolId, offeringId: Id('offering') }),
    output: z.object({ offeringId: Id('offering') }),
  }),
  listOfferings: route({
    method: 'GET',
    path: '/api/schools/{schoolId}/terms/{termId}/offerings',
    summary: 'Classes of a term',
    access: bySchoolOrAbove,
    input: PageInput.extend({ schoolId, termId: Id('term') }),
    output: page(Offering),
  }),
  getOffering: route({
    method: 'GET',
    path: '/api/offerings/{offeringId}',
    summary: 'One class with its sessions; a draft only for its school',
    access: { by: 'signed-in' },
    input: z.object({ offeringId: Id('offering') }),
    output: z.object({ offering: PublicOffering, sessions: z.array(Session) }),
  }),
  /** Sessions of a school between two days (at most 35 days apart). */
  listSessions: route({
    method: 'GET',
    path: '/api/schools/{schoolId}/sessions',
    summary: 'Dated sessions of a school',
    access: byStaff,
    input: PageInput.extend({ schoolId, from: ChinaDate, to: ChinaDate }),
    output: page(Session),
  }),
  /** Cancels one session; pupils and instructor are told; it is neither charged on refund nor paid. */
  cancelSession: route({
    method: 'POST',
    path: '/api/schools/{schoolId}/sessions/{sessionId}/cancellation',
    summary: 'Cancel one session',
    access: bySchool,
    input: z.object({ schoolId, sessionId: Id('session'), offeringId: Id('offering'), reason: z.string().trim().min(2).max(100) }),
    output: Session,
  }),
};
