import * as z from 'zod';
import { Id } from '../kernel/id.ts';
import { PageInput, page, route } from '../kernel/route.ts';
import {
  AdmissionInput,
  AdmissionStatus,
  Course,
  CourseInput,
  CourseKind,
  Instructor,
  InstructorCorrection,
  InstructorInput,
} from './library.ts';

const schoolId = Id('organisation');
const bureauId = Id('organisation');
const byBureau = { by: 'role', roles: ['bureau'], organisation: 'bureauId' } as const;
const bySchool = { by: 'role', roles: ['school'], organisation: 'schoolId' } as const;

/** In this school's own library? (B4) */
const picked = { picked: z.boolean() };

export const libraryRoutes = {
  admitCourse: route({
    method: 'POST',
    path: '/api/bureaus/{bureauId}/courses',
    summary: 'Admit a course by a recorded decision',
    access: byBureau,
    input: CourseInput.extend({ bureauId }),
    output: Course,
  }),
  admitInstructor: route({
    method: 'POST',
    path: '/api/bureaus/{bureauId}/instructors',
    summary: 'Admit an instructor by a recorded decision',
    access: byBureau,
    input: InstructorInput.extend({ bureauId }),
    output: Instructor,
  }),
  /** Suspends, restores or withdraws. Takes effect at once for new classes and flags the running ones. */
  changeCourseAdmission: route({
    method: 'POST',
    path: '/api/bureaus/{bureauId}/courses/{courseId}/admission',
    summary: "Change a course's admission",
    access: byBureau,
    input: z.object({ bureauId, courseId: Id('course'), status: AdmissionStatus, reason: z.string().trim().min(2).max(200) }),
    output: Course,
  }),
  changeInstructorAdmission: route({
    method: 'POST',
    path: '/api/bureaus/{bureauId}/instructors/{instructorId}/admission',
    summary: "Change an instructor's admission",
    access: byBureau,
    input: z.object({ bureauId, instructorId: Id('instructor'), status: AdmissionStatus, reason: z.string().trim().min(2).max(200) }),
    output: Instructor,
  }),
  /** Another recorded decision takes the place of the one before, which stays on the audit trail. A suspension is not lifted by it. */
  renewCourse: route({
    method: 'POST',
    path: '/api/bureaus/{bureauId}/courses/{courseId}/renewals',
    summary: 'Renew the admission of a course by a recorded decision',
    access: byBureau,
    input: z.object({ bureauId, courseId: Id('course'), admission: AdmissionInput }),
    output: Course,
  }),
  renewInstructor: route({
    method: 'POST',
    path: '/api/bureaus/{bureauId}/instructors/{instructorId}/renewals',
    summary: 'Renew the admission of an instructor by a recorded decision',
    access: byBureau,
    input: z.object({ bureauId, instructorId: Id('instructor'), admission: AdmissionInput }),
    output: Instructor,
  }),
  /** The account holds for every line that the bank does not have yet: what it sent back is paid there next month. */
  correctInstructor: route({
    method: 'POST',
    path: '/api/bureaus/{bureauId}/instructors/{instructorId}/correction',
    summary: "Correct an instructor's name, phone number or bank account",
    access: byBureau,
    input: InstructorCorrection.extend({ bureauId, instructorId: Id('instructor'), reason: z.string().trim().min(2).max(200) }),
    output: Instructor,
  }),
  listBureauCourses: route({
    method: 'GET',
    path: '/api/bureaus/{bureauId}/courses',
    summary: "A bureau's library of courses",
    access: byBureau,
    input: PageInput.extend({ bureauId, kind: CourseKind.optional() }),
    output: page(Course),
  }),
  listBureauInstructors: route({
    method: 'GET',
    path: '/api/bureaus/{bureauId}/instructors',
    summary: "A bureau's library of instructors",
    access: byBureau,
    input: PageInput.extend({ bureauId }),
    output: page(Instructor),
  }),
  /** What this school may pick from: everything admitted by the bureaus above it; `picked` says what it has taken. */
  listCourses: route({
    method: 'GET',
    path: '/api/schools/{schoolId}/library/courses',
    summary: 'Courses open to a school, with what it has picked',
    access: bySchool,
    input: PageInput.extend({ schoolId, kind: CourseKind.optional(), pickedOnly: z.stringbool().optional() }),
    output: page(Course.extend(picked)),
  }),
  listInstructors: route({
    method: 'GET',
    path: '/api/schools/{schoolId}/library/instructors',
    summary: 'Instructors open to a school, with what it has picked',
    access: bySchool,
    input: PageInput.extend({ schoolId, pickedOnly: z.stringbool().optional() }),
    output: page(Instructor.extend(picked)),
  }),
  pickCourse: route({
    method: 'PUT',
    path: '/api/schools/{schoolId}/library/courses/{courseId}',
    summary: "Take a course into the school's library",
    access: bySchool,
    input: z.object({ schoolId, courseId: Id('course') }),
    output: Course.extend(picked),
  }),
  pickInstructor: route({
    method: 'PUT',
    path: '/api/schools/{schoolId}/library/instructors/{instructorId}',
    summary: "Take an instructor into the school's library (gives the teacher's role there)",
    access: bySchool,
    input: z.object({ schoolId, instructorId: Id('instructor') }),
    output: Instructor.extend(picked),
  }),
};
