import type { libraryRoutes } from '@kehou/shared/library/routes';
import type { Platform } from '../platform/platform.ts';
import type { Area, Background } from '../use-cases.ts';
import { admitCourse, admitInstructor } from './admit.ts';
import { changeCourseAdmission, changeInstructorAdmission } from './change-admission.ts';
import { correctInstructor } from './correct-instructor.ts';
import { followCorrections } from './follow-corrections.ts';
import { followInstructorPhones } from './link-instructors.ts';
import { listBureauCourses, listBureauInstructors, listCourses, listInstructors } from './list-library.ts';
import { pickCourse, pickInstructor } from './pick.ts';
import { renewCourse, renewInstructor } from './renew-admission.ts';

export function library(platform: Pick<Platform, 'table' | 'clock'>): Area<typeof libraryRoutes> {
  return {
    useCases: {
      admitCourse: admitCourse(platform),
      admitInstructor: admitInstructor(platform),
      changeCourseAdmission: changeCourseAdmission(platform),
      changeInstructorAdmission: changeInstructorAdmission(platform),
      renewCourse: renewCourse(platform),
      renewInstructor: renewInstructor(platform),
      correctInstructor: correctInstructor(platform),
      listBureauCourses: listBureauCourses(platform),
      listBureauInstructors: listBureauInstructors(platform),
      listCourses: listCourses(platform),
      listInstructors: listInstructors(platform),
      pickCourse: pickCourse(platform),
      pickInstructor: pickInstructor(platform),
    },
    ...libraryBackground(platform),
  };
}

/** What happens without a request: the entry points that serve no routes carry this and nothing else of the area. */
export function libraryBackground(platform: Pick<Platform, 'table' | 'clock'>): Background {
  return {
    followers: [followInstructorPhones(platform), followCorrections(platform)],
  };
}
