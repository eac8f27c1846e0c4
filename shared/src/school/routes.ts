import * as z from 'zod';
import { Base64 } from '../kernel/base64.ts';
import { Id } from '../kernel/id.ts';
import { PageInput, page, route } from '../kernel/route.ts';
import { ChinaDate } from '../kernel/time.ts';
import {
  CalendarDay,
  CalendarYear,
  Grade,
  Pupil,
  Room,
  RosterImport,
  RosterImportItem,
  RosterKind,
  Scale,
  SchoolSettings,
  Term,
} from './school.ts';

const schoolId = Id('organisation');
const bySchool = { by: 'role', roles: ['school'], organisation: 'schoolId' } as const;
const bySchoolOrAbove = { by: 'role', roles: ['school', 'operator', 'bureau'], organisation: 'schoolId' } as const;
const byStaff = { by: 'role', roles: ['school', 'teacher', 'operator', 'bureau'], organisation: 'schoolId' } as const;

/** A pupil in a list, with whom to call. */
export const PupilListItem = Pupil.extend({
  leftReason: z.string().optional(),
  guardians: z.array(z.object({ name: z.string().optional(), phone: z.string(), linked: z.boolean() })),
});

/** Someone who is linked to a pupil. `via`: a number on the roster, or a request that was approved. */
export const LinkedGuardian = z.object({
  personId: Id('person'),
  name: z.string().optional(),
  /** Masked; absent for a number that was never verified. */
  phone: z.string().optional(),
  relation: z.string().optional(),
  via: z.enum(['roster', 'request']),
});

export const schoolRoutes = {
  getSettings: route({
    method: 'GET',
    path: '/api/schools/{schoolId}/settings',
    summary: 'Periods, approvals, sign-in rules',
    access: bySchoolOrAbove,
    input: z.object({ schoolId }),
    output: SchoolSettings,
  }),
  putSettings: route({
    method: 'PUT',
    path: '/api/schools/{schoolId}/settings',
    summary: 'Change the settings of a school; recorded in the audit trail',
    access: bySchool,
    input: SchoolSettings.extend({ schoolId }),
    output: SchoolSettings,
  }),
  listTerms: route({
    method: 'GET',
    path: '/api/schools/{schoolId}/terms',
    summary: 'Terms of a school, newest first',
    access: byStaff,
    input: z.object({ schoolId }),
    output: z.object({ items: z.array(Term) }),
  }),
  putTerm: route({
    method: 'PUT',
    path: '/api/schools/{schoolId}/terms/{termId}',
    summary: 'Set a term; refused where a year in it has no published calendar',
    access: bySchool,
    input: Term.extend({ schoolId }),
    output: Term,
  }),
  /** Holidays and make-up days of a year for everything under a bureau. */
  putCalendarYear: route({
    method: 'PUT',
    path: '/api/bureaus/{bureauId}/calendars/{year}',
    summary: "Publish a year's holidays and make-up days",
    access: { by: 'role', roles: ['bureau'], organisation: 'bureauId' },
    input: CalendarYear.extend({ bureauId: Id('organisation'), year: z.coerce.number().int().min(2020).max(2100) }),
    output: CalendarYear,
  }),
  /** The national list of a year from the published data, to check and publish; 404 where none is published. */
  proposeCalendarYear: route({
    method: 'GET',
    path: '/api/bureaus/{bureauId}/calendars/{year}/proposal',
    summary: 'The national holidays of a year, as published',
    access: { by: 'role', roles: ['bureau'], organisation: 'bureauId' },
    input: z.object({ bureauId: Id('organisation'), year: z.coerce.number().int().min(2020).max(2100) }),
    output: CalendarYear,
  }),
  getCalendar: route({
    method: 'GET',
    path: '/api/schools/{schoolId}/calendar',
    summary: 'Exceptions that hold at this school between two days, its own corrections included',
    access: byStaff,
    input: z.object({ schoolId, from: ChinaDate, to: ChinaDate }),
    output: z.object({ days: z.array(CalendarDay.extend({ own: z.boolean() })) }),
  }),
  /** A school's own correction of one day; `null` withdraws it. Sessions already dated are moved by offering. */
  putSchoolDay: route({
    method: 'PUT',
    path: '/api/schools/{schoolId}/calendar/{date}',
    summary: "Correct one day in a school's calendar",
    access: bySchool,
    input: z.object({ schoolId, date: ChinaDate, day: CalendarDay.omit({ date: true }).nullable() }),
    output: z.object({ days: z.array(CalendarDay) }),
  }),
  listRooms: route({
    method: 'GET',
    path: '/api/schools/{schoolId}/rooms',
    summary: 'Rooms of a school',
    access: byStaff,
    input: z.object({ schoolId }),
    output: z.object({ items: z.array(Room) }),
  }),
  putRoom: route({
    method: 'PUT',
    path: '/api/schools/{schoolId}/rooms/{roomId}',
    summary: 'Add or change a room',
    access: bySchool,
    input: Room.extend({ schoolId }),
    output: Room,
  }),
  listPupils: route({
    method: 'GET',
    path: '/api/schools/{schoolId}/pupils',
    summary: 'Pupils by grade and class',
    access: bySchool,
    input: PageInput.extend({ schoolId, grade: z.coerce.number().pipe(Grade).optional() }),
    output: page(PupilListItem),
  }),
  /**
   * A pupil has left: no new place, wish or waiting list from this moment. What they hold is ended and refunded by the rule that holds for
   * everybody, at this moment, whatever the day; guardians are told. A pupil who moves to another school of the platform is a new pupil
   * there, with that school's number. The same again changes nothing.
   */
  markPupilLeft: route({
    method: 'POST',
    path: '/api/schools/{schoolId}/pupils/{pupilId}/leaving',
    summary: 'A pupil has left the school, with day and reason',
    access: bySchool,
    input: z.object({ schoolId, pupilId: Id('pupil'), leftOn: ChinaDate, reason: z.string().trim().min(2).max(100) }),
    output: Pupil,
  }),
  /** Back on the roster. Places that were ended stay ended. */
  restorePupil: route({
    method: 'POST',
    path: '/api/schools/{schoolId}/pupils/{pupilId}/return',
    summary: 'A pupil who had left is back',
    access: bySchool,
    input: z.object({ schoolId, pupilId: Id('pupil') }),
    output: Pupil,
  }),
  listGuardians: route({
    method: 'GET',
    path: '/api/schools/{schoolId}/pupils/{pupilId}/guardians',
    summary: 'Who is linked to a pupil as a guardian; numbers masked',
    access: bySchool,
    input: z.object({ schoolId, pupilId: Id('pupil') }),
    output: z.object({ items: z.array(LinkedGuardian) }),
  }),
  /**
   * Ends a link at once. A number on the roster does not bring it back until a roster names it anew. Both sides are told; the reason stays
   * on the audit trail. The same again finds it done.
   */
  unlinkGuardian: route({
    method: 'POST',
    path: '/api/schools/{schoolId}/pupils/{pupilId}/guardians/{personId}/unlinking',
    summary: 'End the link of a guardian to a pupil, with a reason',
    access: bySchool,
    input: z.object({ schoolId, pupilId: Id('pupil'), personId: Id('person'), reason: z.string().trim().min(2).max(100) }),
    output: z.object({ unlinked: z.literal(true) }),
  }),
  /** A guardian's own link, as long as another guardian remains (`identity.last_guardian`). */
  endGuardianship: route({
    method: 'POST',
    path: '/api/pupils/{pupilId}/guardianship/ending',
    summary: 'Stop being a guardian of this child',
    access: { by: 'guardian', pupil: 'pupilId' },
    input: z.object({ pupilId: Id('pupil') }),
    output: z.object({ unlinked: z.literal(true) }),
  }),
  /**
   * The file is checked whole before the first row is written. Where it would end more links of guardians than `linksRemoved` it answers
   * `unconfirmed` with whose, and nothing is done. The same import id again returns the first result.
   */
  importRoster: route({
    method: 'POST',
    path: '/api/schools/{schoolId}/roster-imports',
    summary: 'Import pupils or staff from .xlsx or .csv',
    access: bySchool,
    bodyBytesMax: 6 * 1024 * 1024,
    input: z.object({
      schoolId,
      rosterImportId: Id('rosterImport'),
      kind: RosterKind,
      filename: z.string().trim().min(5).max(120),
      /** The file, base64. At most 4 MiB and 5,000 rows. */
      contentBase64: Base64.max(5_700_000),
      /** So many links may go: what was shown and agreed to. */
      linksRemoved: z.int().min(0).max(20_000).default(0),
    }),
    output: RosterImport,
  }),
  getRosterImport: route({
    method: 'GET',
    path: '/api/schools/{schoolId}/roster-imports/{rosterImportId}',
    summary: 'How an import stands',
    access: bySchool,
    input: z.object({ schoolId, rosterImportId: Id('rosterImport') }),
    output: RosterImport,
  }),
  listRosterImports: route({
    method: 'GET',
    path: '/api/schools/{schoolId}/roster-imports',
    summary: 'Past imports of a school, newest first: when, by whom, how many rows, how they ended',
    access: bySchool,
    input: PageInput.extend({ schoolId }),
    output: page(RosterImportItem),
  }),
  recordScale: route({
    method: 'POST',
    path: '/api/bureaus/{bureauId}/scales',
    summary: 'Record a fee and pay scale with the document that sets it',
    access: { by: 'role', roles: ['bureau'], organisation: 'bureauId' },
    input: Scale.omit({ recordedAt: true, recordedBy: true }).extend({ bureauId: Id('organisation') }),
    output: Scale,
  }),
  listScales: route({
    method: 'GET',
    path: '/api/bureaus/{bureauId}/scales',
    summary: 'Scales that a bureau has recorded, the latest to come into force first',
    access: { by: 'role', roles: ['bureau'], organisation: 'bureauId' },
    input: PageInput.extend({ bureauId: Id('organisation') }),
    output: page(Scale),
  }),
  /** The scale that binds a school on a day: of the nearest bureau above it that has one. */
  getScale: route({
    method: 'GET',
    path: '/api/schools/{schoolId}/scale',
    summary: 'The scale in force at a school',
    access: byStaff,
    input: z.object({ schoolId, on: ChinaDate }),
    output: Scale,
  }),
};
