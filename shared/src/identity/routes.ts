import * as z from 'zod';
import { Id } from '../kernel/id.ts';
import { PageInput, page, route } from '../kernel/route.ts';
import { Instant } from '../kernel/time.ts';
import { Me, PersonName, Phone, Session } from './person.ts';

/** What a desk shows while it waits for a phone; `qrText` is what the phone scans (read by `readDeskTicketText`). */
export const DeskTicket = z.object({
  deskTicketId: Id('deskTicket'),
  /** Only the desk that asked knows this. */ secret: z.string(),
  qrText: z.string(),
  expiresAt: Instant,
});

export const LinkRequest = z.object({
  linkRequestId: Id('linkRequest'),
  pupilId: Id('pupil'),
  pupilName: PersonName,
  schoolId: Id('organisation'),
  requesterName: z.string(),
  requesterPhone: z.string(),
  relation: z.string(),
  status: z.enum(['pending', 'approved', 'refused']),
  requestedAt: Instant,
});

/** What a phone calls itself when it signs somebody in. */
const DeviceId = z.string().regex(/^[A-Za-z0-9_-]{16,64}$/);

export const identityRoutes = {
  /** Signs in with the code of `wx.login`. The first time makes the person. */
  signIn: route({
    method: 'POST',
    path: '/api/sessions',
    summary: 'Sign in with WeChat',
    access: { by: 'anyone' },
    input: z.object({ code: z.string().min(1).max(200), deviceId: DeviceId.optional() }),
    output: Session,
  }),
  /** Exchanges a live token for a fresh one with the roles of now. */
  renewSession: route({
    method: 'POST',
    path: '/api/sessions/renew',
    summary: 'A fresh token with the roles of now',
    access: { by: 'signed-in' },
    input: z.object({}),
    output: Session,
  }),
  /** Binds the number that WeChat verified; children and jobs that rosters hold under it are linked at once. */
  verifyPhone: route({
    method: 'POST',
    path: '/api/me/phone',
    summary: 'Verify the phone number; links children and roles on the rosters',
    access: { by: 'signed-in' },
    input: z.object({ phoneCode: z.string().min(1).max(200) }),
    output: Session,
  }),
  me: route({
    method: 'GET',
    path: '/api/me',
    summary: 'Who I am: roles, children, unread messages',
    access: { by: 'signed-in' },
    input: z.object({}),
    output: Me,
  }),
  setName: route({
    method: 'PUT',
    path: '/api/me/name',
    summary: 'Set my name',
    access: { by: 'signed-in' },
    input: z.object({ name: PersonName }),
    output: Me,
  }),

  /** Pupil number and name must match the roster; wrong pairs say no more than that, and five a day are the limit. */
  requestChildLink: route({
    method: 'POST',
    path: '/api/me/link-requests',
    summary: 'Ask to be linked to a child by pupil number and name',
    access: { by: 'signed-in' },
    input: z.object({
      linkRequestId: Id('linkRequest'),
      schoolId: Id('organisation'),
      pupilNumber: z.string().trim().min(4).max(30),
      pupilName: PersonName,
      myName: PersonName,
      relation: z.enum(['mother', 'father', 'grandparent', 'other']),
    }),
    output: z.object({ linkRequestId: Id('linkRequest'), status: LinkRequest.shape.status }),
  }),
  /** Requests that I may decide: for my children, as their guardian. */
  listLinkRequests: route({
    method: 'GET',
    path: '/api/me/link-requests',
    summary: 'Link requests that I, as a guardian, may decide',
    access: { by: 'signed-in' },
    input: z.object({}),
    output: z.object({ items: z.array(LinkRequest) }),
  }),
  listSchoolLinkRequests: route({
    method: 'GET',
    path: '/api/schools/{schoolId}/link-requests',
    summary: 'Pending link requests of a school',
    access: { by: 'role', roles: ['school'], organisation: 'schoolId' },
    input: PageInput.extend({ schoolId: Id('organisation') }),
    output: page(LinkRequest),
  }),
  /** By an existing guardian of that pupil, or by the school (the use case looks up which). */
  decideLinkRequest: route({
    method: 'POST',
    path: '/api/link-requests/{linkRequestId}/decision',
    summary: 'Approve or refuse a link request',
    access: { by: 'owner', roles: ['parent', 'school'] },
    input: z.object({ linkRequestId: Id('linkRequest'), approve: z.boolean() }),
    output: LinkRequest,
  }),

  /** An id that was used before is refused, even by the same desk: whoever reads the id off the code must not get its secret. */
  openDeskTicket: route({
    method: 'POST',
    path: '/api/desk-tickets',
    summary: 'A desk asks for a QR code to sign in by',
    access: { by: 'anyone' },
    input: z.object({
      deskTicketId: Id('deskTicket'),
      /** What the desk calls itself (`Chrome, Windows`): shown on the phone before it confirms. */
      browser: z.string().trim().max(60).default(''),
    }),
    output: DeskTicket,
  }),
  /** What the phone shows before it confirms: roles that can sit at a desk, and where the request comes from. */
  previewDeskTicket: route({
    method: 'GET',
    path: '/api/desk-tickets/{deskTicketId}',
    summary: 'What the phone is about to confirm',
    access: { by: 'signed-in' },
    input: z.object({ deskTicketId: Id('deskTicket'), signature: z.string().max(200) }),
    output: z.object({ deskTicketId: Id('deskTicket'), openedAt: Instant, expiresAt: Instant, browser: z.string() }),
  }),
  confirmDeskTicket: route({
    method: 'POST',
    path: '/api/desk-tickets/{deskTicketId}/confirmation',
    summary: 'The signed-in phone confirms the desk',
    access: { by: 'signed-in' },
    input: z.object({ deskTicketId: Id('deskTicket'), signature: z.string().max(200) }),
    output: z.object({ deskTicketId: Id('deskTicket') }),
  }),
  /** Polled by the desk with its secret; the session is handed out once. */
  collectDeskSession: route({
    method: 'POST',
    path: '/api/desk-tickets/{deskTicketId}/session',
    summary: 'The desk collects its session',
    access: { by: 'anyone' },
    input: z.object({ deskTicketId: Id('deskTicket'), secret: z.string().max(200) }),
    output: z.discriminatedUnion('status', [
      z.object({ status: z.literal('waiting') }),
      z.object({ status: z.literal('ready'), session: Session }),
    ]),
  }),

  /** Gives a role in an organisation to whoever verifies this phone number. Recorded in the audit trail. */
  grantRole: route({
    method: 'POST',
    path: '/api/organisations/{organisationId}/roles',
    summary: 'Give a role to a phone number (by that organisation or one above)',
    access: { by: 'role', roles: ['bureau', 'school', 'operator'], organisation: 'organisationId' },
    input: z.object({
      organisationId: Id('organisation'),
      role: z.enum(['teacher', 'school', 'operator', 'bureau']),
      phone: Phone,
      name: PersonName,
    }),
    output: z.object({ granted: z.literal(true) }),
  }),
  revokeRole: route({
    method: 'POST',
    path: '/api/organisations/{organisationId}/roles/revocations',
    summary: 'Take a role away; it ends with the running token at the latest',
    access: { by: 'role', roles: ['bureau', 'school', 'operator'], organisation: 'organisationId' },
    input: z.object({ organisationId: Id('organisation'), role: z.enum(['teacher', 'school', 'operator', 'bureau']), phone: Phone }),
    output: z.object({ revoked: z.literal(true) }),
  }),
};
