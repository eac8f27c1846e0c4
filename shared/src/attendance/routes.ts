import * as z from 'zod';
import { Id } from '../kernel/id.ts';
import { PageInput, page, route } from '../kernel/route.ts';
import { ChinaDate, Instant } from '../kernel/time.ts';
import {
  ChildSession,
  ExceptionRequest,
  Leave,
  Position,
  Presence,
  RollEntry,
  SessionRecord,
  ShownQr,
  TeacherSession,
} from './attendance.ts';

const schoolId = Id('organisation');
const bySchool = { by: 'role', roles: ['school'], organisation: 'schoolId' } as const;
const byTeacher = { by: 'owner', roles: ['teacher'] } as const;
const byGuardian = { by: 'guardian', pupil: 'pupilId' } as const;
const session = { offeringId: Id('offering'), sessionId: Id('session') };

/** One row of the operator's live board. */
export const BoardSession = z.object({
  sessionId: Id('session'),
  offeringId: Id('offering'),
  schoolId,
  schoolName: z.string(),
  courseName: z.string(),
  instructorName: z.string(),
  roomName: z.string(),
  startsAt: Instant,
  endsAt: Instant,
  state: z.enum(['upcoming', 'signed-in', 'late', 'missing', 'done', 'cancelled']),
  due: z.int(),
  present: z.int(),
  absent: z.int(),
  rollCalled: z.boolean(),
});

export const attendanceRoutes = {
  /** For the page on show at the gate or in a classroom; it asks again when the code turns. */
  showQr: route({
    method: 'GET',
    path: '/api/schools/{schoolId}/qr',
    summary: "The school's sign-in code of this half minute",
    access: bySchool,
    input: z.object({ schoolId, place: z.string().trim().min(1).max(30) }),
    output: ShownQr,
  }),
  listMySessions: route({
    method: 'GET',
    path: '/api/teacher/sessions',
    summary: 'My sessions between two days (at most 14)',
    access: byTeacher,
    input: z.object({ from: ChinaDate, to: ChinaDate }),
    output: z.object({ items: z.array(TeacherSession) }),
  }),
  signIn: route({
    method: 'POST',
    path: '/api/teacher/sessions/{sessionId}/sign-in',
    summary: "Sign in by the school's code and the phone's position",
    access: byTeacher,
    input: z.object({ ...session, qrText: z.string().min(1).max(600), position: Position }),
    output: SessionRecord,
  }),
  signOut: route({
    method: 'POST',
    path: '/api/teacher/sessions/{sessionId}/sign-out',
    summary: 'Sign out the same way',
    access: byTeacher,
    input: z.object({ ...session, qrText: z.string().min(1).max(600), position: Position }),
    output: SessionRecord,
  }),
  requestException: route({
    method: 'POST',
    path: '/api/teacher/sessions/{sessionId}/exceptions',
    summary: 'Ask the school to accept a sign-in that could not be made',
    access: byTeacher,
    input: z.object({
      ...session,
      attendanceExceptionId: Id('attendanceException'),
      mark: ExceptionRequest.shape.mark,
      reason: ExceptionRequest.shape.reason,
    }),
    output: ExceptionRequest,
  }),
  /** What became of what I asked for. */
  listMyExceptions: route({
    method: 'GET',
    path: '/api/teacher/exceptions',
    summary: 'Exceptions that I asked for, newest first: waiting, accepted, or refused and why',
    access: byTeacher,
    input: PageInput,
    output: page(ExceptionRequest),
  }),
  listExceptions: route({
    method: 'GET',
    path: '/api/schools/{schoolId}/exceptions',
    summary: 'Exceptions that teachers asked for, open ones first',
    access: bySchool,
    input: PageInput.extend({ schoolId }),
    output: page(ExceptionRequest),
  }),
  decideException: route({
    method: 'POST',
    path: '/api/schools/{schoolId}/exceptions/{attendanceExceptionId}/decision',
    summary: 'Accept or refuse an exception; recorded with who decided',
    access: bySchool,
    /** A refusal says why. */
    input: z.object({
      schoolId,
      attendanceExceptionId: Id('attendanceException'),
      approve: z.boolean(),
      note: ExceptionRequest.shape.note,
    }),
    output: ExceptionRequest,
  }),
  getRoll: route({
    method: 'GET',
    path: '/api/teacher/sessions/{sessionId}/roll',
    summary: 'The roll of a session: who is due, on leave, present',
    access: byTeacher,
    input: z.object(session),
    output: z.object({ record: SessionRecord, entries: z.array(RollEntry) }),
  }),
  /** The whole roll at once; again for corrections, which keep the old value and who changed it. */
  callRoll: route({
    method: 'PUT',
    path: '/api/teacher/sessions/{sessionId}/roll',
    summary: 'Call the roll, or correct it',
    access: byTeacher,
    input: z.object({
      ...session,
      entries: z
        .array(z.object({ pupilId: Id('pupil'), presence: Presence }))
        .min(1)
        .max(500),
    }),
    output: z.object({ record: SessionRecord, entries: z.array(RollEntry) }),
  }),
  listChildSessions: route({
    method: 'GET',
    path: '/api/pupils/{pupilId}/sessions',
    summary: "A child's sessions between two days (at most 14), with attendance and comments",
    access: byGuardian,
    input: z.object({ pupilId: Id('pupil'), from: ChinaDate, to: ChinaDate }),
    output: z.object({ items: z.array(ChildSession) }),
  }),
  askLeave: route({
    method: 'POST',
    path: '/api/pupils/{pupilId}/leaves',
    summary: 'Ask leave from a session that has not begun',
    access: byGuardian,
    input: z.object({ pupilId: Id('pupil'), leaveId: Id('leave'), ...session, reason: Leave.shape.reason }),
    output: Leave,
  }),
  withdrawLeave: route({
    method: 'POST',
    path: '/api/pupils/{pupilId}/leaves/{leaveId}/withdrawal',
    summary: 'Withdraw a leave before the session begins',
    access: byGuardian,
    input: z.object({ pupilId: Id('pupil'), leaveId: Id('leave') }),
    output: Leave,
  }),
  listChildLeaves: route({
    method: 'GET',
    path: '/api/pupils/{pupilId}/leaves',
    summary: "A child's leaves, newest first",
    access: byGuardian,
    input: PageInput.extend({ pupilId: Id('pupil') }),
    output: page(Leave),
  }),
  /** One school's sessions of a day, live. The operator asks for each school on screen. */
  getBoard: route({
    method: 'GET',
    path: '/api/schools/{schoolId}/board',
    summary: "A day's sessions of a school as they happen",
    access: { by: 'role', roles: ['school', 'operator', 'bureau'], organisation: 'schoolId' },
    input: z.object({ schoolId, date: ChinaDate }),
    output: z.object({ items: z.array(BoardSession), asOf: Instant }),
  }),
};
