import * as z from 'zod';
import { Child } from '../identity/person.ts';
import { Base64 } from '../kernel/base64.ts';
import { Id } from '../kernel/id.ts';
import { PageInput, page, route } from '../kernel/route.ts';
import { Instant } from '../kernel/time.ts';
import { HeldBack, OfferingStatus, Reserve } from '../offering/offering.ts';
import { Pupil, PupilRow } from '../school/school.ts';
import { BASKET_CHILDREN_MAX, BASKET_LINES_MAX, BasketChild, BasketResult, Shortlist, ShortlistChange } from './basket.ts';
import { Enrolment } from './enrolment.ts';
import { ChildDraw, Choices, PublishedDraw, Receipt } from './lottery.ts';
import { Rehearsal, RehearsalInput } from './rehearsal.ts';
import { OpenedShareLink, ShareLink, ShareLinkShown } from './share.ts';
import { Wait, WaitShown } from './wait.ts';
import { ClassCard, ClassPage, Window, WindowInput } from './window.ts';

const schoolId = Id('organisation');
const bySchool = { by: 'role', roles: ['school'], organisation: 'schoolId' } as const;
const bySchoolOrAbove = { by: 'role', roles: ['school', 'operator', 'bureau'], organisation: 'schoolId' } as const;
const byGuardian = { by: 'guardian', pupil: 'pupilId' } as const;

export const selectionRoutes = {
  createWindow: route({
    method: 'POST',
    path: '/api/schools/{schoolId}/windows',
    summary: 'Draft a selection window',
    access: bySchool,
    input: WindowInput.extend({ schoolId }),
    output: Window,
  }),
  /** Drafts: everything. Published or open: the hours (the next version of the state machine takes over) and the note. */
  changeWindow: route({
    method: 'PUT',
    path: '/api/schools/{schoolId}/windows/{windowId}',
    summary: 'Change a window; parents are told of changed hours',
    access: bySchool,
    input: WindowInput.extend({ schoolId }),
    output: Window,
  }),
  /** Shows it to parents and starts the state machine. */
  publishWindow: route({
    method: 'POST',
    path: '/api/schools/{schoolId}/windows/{windowId}/publication',
    summary: 'Publish a window to parents beforehand',
    access: bySchool,
    input: z.object({ schoolId, windowId: Id('window') }),
    output: Window,
  }),
  withdrawWindow: route({
    method: 'POST',
    path: '/api/schools/{schoolId}/windows/{windowId}/withdrawal',
    summary: 'Withdraw a window that has not opened',
    access: bySchool,
    input: z.object({ schoolId, windowId: Id('window') }),
    output: Window,
  }),
  /** Plays the window with made-up parents on a copy of its data: nobody is told, and nothing of it happens. Poll `getRehearsal`. */
  startRehearsal: route({
    method: 'POST',
    path: '/api/schools/{schoolId}/windows/{windowId}/rehearsals',
    summary: 'Rehearse a window that has not opened',
    access: bySchool,
    input: RehearsalInput.extend({ schoolId, windowId: Id('window') }),
    output: Rehearsal,
  }),
  getRehearsal: route({
    method: 'GET',
    path: '/api/schools/{schoolId}/windows/{windowId}/rehearsal',
    summary: "A window's newest rehearsal with its report",
    access: bySchool,
    input: z.object({ schoolId, windowId: Id('window') }),
    output: z.object({ rehearsal: Rehearsal.optional() }),
  }),
  listWindows: route({
    method: 'GET',
    path: '/api/schools/{schoolId}/windows',
    summary: 'Windows of a school, newest first',
    access: bySchoolOrAbove,
    input: PageInput.extend({ schoolId }),
    output: page(Window),
  }),
  /** What a shared link shows to anyone signed in: the school's name and the hours, and which of my children may go in. */
  getSharedWindow: route({
    method: 'GET',
    path: '/api/windows/{windowId}',
    summary: 'A window as its share card shows it',
    access: { by: 'signed-in' },
    input: z.object({ windowId: Id('window') }),
    output: z.object({ window: Window.omit({ offeringIds: true }), children: z.array(Child) }),
  }),
  /** A link of its own for each place that the window is shared in. The client makes the id and sends the same on a retry. */
  createShareLink: route({
    method: 'POST',
    path: '/api/schools/{schoolId}/windows/{windowId}/share-links',
    summary: 'Make a link to a published window',
    access: bySchool,
    input: ShareLink.pick({ shareLinkId: true, name: true, until: true }).extend({ schoolId, windowId: Id('window') }),
    output: ShareLinkShown,
  }),
  listShareLinks: route({
    method: 'GET',
    path: '/api/schools/{schoolId}/windows/{windowId}/share-links',
    summary: 'Links to a window, newest first',
    access: bySchool,
    input: z.object({ schoolId, windowId: Id('window') }),
    output: z.object({ items: z.array(ShareLinkShown) }),
  }),
  withdrawShareLink: route({
    method: 'POST',
    path: '/api/schools/{schoolId}/share-links/{shareLinkId}/withdrawal',
    summary: 'Withdraw a link: from now on it opens no window',
    access: bySchool,
    input: z.object({ schoolId, shareLinkId: Id('shareLink') }),
    output: ShareLinkShown,
  }),
  /** The mini-program code that opens the link, as a PNG in base64. */
  getShareCode: route({
    method: 'GET',
    path: '/api/schools/{schoolId}/share-links/{shareLinkId}/code',
    summary: 'The mini-program code of a link',
    access: bySchool,
    input: z.object({ schoolId, shareLinkId: Id('shareLink') }),
    output: z.object({ png: Base64 }),
  }),
  /** What a link leads to for this person. One that is over or unknown is told so: that is no failure. */
  openShareLink: route({
    method: 'POST',
    path: '/api/share-links/{shareLinkId}/openings',
    summary: 'Open a link that was shared',
    access: { by: 'signed-in' },
    input: z.object({ shareLinkId: Id('shareLink') }),
    output: OpenedShareLink,
  }),
  /** Windows published for the child's school that are not settled yet. */
  listChildWindows: route({
    method: 'GET',
    path: '/api/pupils/{pupilId}/windows',
    summary: "Windows of a child's school",
    access: byGuardian,
    input: z.object({ pupilId: Id('pupil') }),
    output: z.object({ items: z.array(Window.omit({ offeringIds: true })) }),
  }),
  getClassPage: route({
    method: 'GET',
    path: '/api/pupils/{pupilId}/windows/{windowId}/classes',
    summary: 'Every class of a window for one child, with seats left',
    access: byGuardian,
    input: z.object({ pupilId: Id('pupil'), windowId: Id('window') }),
    output: ClassPage,
  }),
  /** Seats left alone, cheap to poll: the projection's age comes with it. */
  getSeats: route({
    method: 'GET',
    path: '/api/windows/{windowId}/seats',
    summary: 'Seats left in each class of a window',
    access: { by: 'signed-in' },
    input: z.object({ windowId: Id('window') }),
    output: z.object({
      seats: z.record(z.string(), ClassCard.pick({ taken: true, capacity: true, waiting: true, reserved: true })),
      asOf: Instant,
    }),
  }),
  /** Takes a seat: held for 15 minutes. The client makes the id and sends the same on a retry. Before the family's turn: refused. */
  takeSeat: route({
    method: 'POST',
    path: '/api/pupils/{pupilId}/enrolments',
    summary: 'Take a seat: held until paid, for 15 minutes',
    // Where every round trip counts.
    access: { ...byGuardian, byToken: true },
    input: z.object({
      pupilId: Id('pupil'),
      enrolmentId: Id('enrolment'),
      offeringId: Id('offering'),
      windowId: Id('window'),
      /** The token of the family's turn (`getClassPage`), where the window lets families in by turns. */
      turn: z.string().max(100).optional(),
    }),
    output: Enrolment,
  }),
  /** Marks classes for a child, beforehand or while the window is open: seen by every guardian, claiming nothing. */
  changeShortlist: route({
    method: 'POST',
    path: '/api/pupils/{pupilId}/windows/{windowId}/shortlist',
    summary: "Change a child's list of marked classes",
    access: byGuardian,
    input: ShortlistChange.extend({ pupilId: Id('pupil'), windowId: Id('window') }),
    output: Shortlist,
  }),
  /**
   * Takes the seats of several lines, over several of the actor's children. Each succeeds or fails by itself, with the refusals of
   * `takeSeat`; or a child's all together. The same again goes on, and answers what was decided.
   */
  submitBasket: route({
    method: 'POST',
    path: '/api/windows/{windowId}/baskets',
    summary: 'Take the seats of a basket, over several children',
    access: { by: 'owner', roles: ['parent'] },
    input: z.object({
      windowId: Id('window'),
      children: z
        .array(BasketChild)
        .min(1)
        .max(BASKET_CHILDREN_MAX)
        .refine((children) => children.reduce((sum, { lines }) => sum + lines.length, 0) <= BASKET_LINES_MAX, 'too many lines'),
    }),
    output: BasketResult,
  }),
  /**
   * Ranks a child's wishes in a lottery, or, with no class, withdraws them; the last word before the close counts.
   * It says which list it replaces: where another is there by now (the other guardian's), it is refused, and they are shown both.
   */
  submitChoices: route({
    method: 'PUT',
    path: '/api/pupils/{pupilId}/windows/{windowId}/choices',
    summary: "A child's wishes in a lottery, the dearest first",
    access: byGuardian,
    input: Choices.omit({ at: true }).extend({
      /** The `at` of the list that was shown; absent: there was none. */
      replaces: Instant.optional(),
    }),
    output: z.object({ choices: Choices, receipt: Receipt }),
  }),
  getChoices: route({
    method: 'GET',
    path: '/api/pupils/{pupilId}/windows/{windowId}/choices',
    summary: "A child's wishes as they stand",
    access: byGuardian,
    input: z.object({ pupilId: Id('pupil'), windowId: Id('window') }),
    output: z.object({ choices: Choices.optional(), receipt: Receipt.optional() }),
  }),
  /** The child's entry, the proof that it was in the list, and each of its turns. 404 before the list is fixed. */
  getChildDraw: route({
    method: 'GET',
    path: '/api/pupils/{pupilId}/windows/{windowId}/draw',
    summary: "A child's part of a draw, with proof",
    access: byGuardian,
    input: z.object({ pupilId: Id('pupil'), windowId: Id('window') }),
    output: ChildDraw,
  }),
  /** What is published, and the file that anybody can run again. */
  getDraw: route({
    method: 'GET',
    path: '/api/windows/{windowId}/draw',
    summary: 'What is published of a draw, with its file',
    access: { by: 'signed-in' },
    input: z.object({ windowId: Id('window') }),
    output: z.object({ draw: PublishedDraw, fileUrl: z.string() }),
  }),
  /** The value that was named beforehand, once it is born. On record once; on the audit trail. */
  recordPublicValue: route({
    method: 'POST',
    path: '/api/schools/{schoolId}/windows/{windowId}/public-value',
    summary: 'Record the public value that the draw was to wait for',
    access: bySchool,
    input: z.object({ schoolId, windowId: Id('window'), value: z.string().trim().min(1).max(200) }),
    output: PublishedDraw,
  }),
  /** From a full class, with one tap. The client makes the id and sends the same on a retry. */
  joinWaitingList: route({
    method: 'POST',
    path: '/api/pupils/{pupilId}/waits',
    summary: 'Join the waiting list of a full class',
    access: byGuardian,
    input: z.object({ pupilId: Id('pupil'), waitId: Id('wait'), offeringId: Id('offering'), windowId: Id('window') }),
    output: WaitShown,
  }),
  /** Leaves the list; an offer that is already there is given up as any held seat is. */
  leaveWaitingList: route({
    method: 'POST',
    path: '/api/pupils/{pupilId}/waits/{offeringId}/leaving',
    summary: 'Leave a waiting list',
    access: byGuardian,
    input: z.object({ pupilId: Id('pupil'), offeringId: Id('offering') }),
    output: Wait,
  }),
  listChildWaits: route({
    method: 'GET',
    path: '/api/pupils/{pupilId}/waits',
    summary: 'Waiting lists that a child is on, with the number of children before it',
    access: byGuardian,
    input: z.object({ pupilId: Id('pupil') }),
    output: z.object({ items: z.array(WaitShown) }),
  }),
  /** For the school: who waits for a class, in order. */
  listWaits: route({
    method: 'GET',
    path: '/api/schools/{schoolId}/offerings/{offeringId}/waits',
    summary: 'The waiting list of a class',
    access: bySchool,
    input: PageInput.extend({ schoolId, offeringId: Id('offering') }),
    output: page(
      z.object({
        waitId: Id('wait'),
        joinedAt: Instant,
        pupil: Pupil.pick({ name: true, grade: true, className: true, pupilNumber: true }),
      }),
    ),
  }),
  /** A class that is held back under its smallest size: it runs all the same, it is called off now, its families are asked to move to that one, or it becomes one with that one, at the same hours and the same fee. */
  decideUnderSize: route({
    method: 'POST',
    path: '/api/schools/{schoolId}/offerings/{offeringId}/under-size',
    summary: 'Say what becomes of a class under its smallest size',
    access: bySchool,
    input: z.object({
      schoolId,
      offeringId: Id('offering'),
      decision: z.enum(['run', 'cancel', 'move', 'merge']),
      /** With `move` and `merge`. */
      intoOfferingId: Id('offering').optional(),
    }),
    output: z.object({ offeringId: Id('offering'), status: OfferingStatus, heldBack: HeldBack.optional() }),
  }),
  /** One of the places that are kept for a purpose. Its family has its time to pay, as for a place offered from a waiting list. The client makes the id. */
  giveReservedPlace: route({
    method: 'POST',
    path: '/api/schools/{schoolId}/offerings/{offeringId}/reserved-places',
    summary: 'Give a place that is kept for a purpose to a pupil',
    access: bySchool,
    input: z.object({
      schoolId,
      offeringId: Id('offering'),
      purpose: Reserve.shape.purpose,
      pupilNumber: PupilRow.shape.pupilNumber,
      name: PupilRow.shape.name,
      enrolmentId: Id('enrolment'),
    }),
    output: Enrolment,
  }),
  listChildEnrolments: route({
    method: 'GET',
    path: '/api/pupils/{pupilId}/enrolments',
    summary: "A child's enrolments, newest first",
    access: byGuardian,
    input: z.object({ pupilId: Id('pupil') }),
    output: z.object({ items: z.array(Enrolment) }),
  }),
  /** Live, for the school: who is in, who is paying, who left. */
  listEnrolments: route({
    method: 'GET',
    path: '/api/schools/{schoolId}/offerings/{offeringId}/enrolments',
    summary: 'Enrolments of a class',
    access: bySchool,
    input: PageInput.extend({ schoolId, offeringId: Id('offering') }),
    output: page(Enrolment.extend({ pupil: Pupil.pick({ name: true, grade: true, className: true, pupilNumber: true }) })),
  }),
};
