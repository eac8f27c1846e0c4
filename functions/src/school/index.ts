import type { schoolRoutes } from '@kehou/shared/school/routes';
import type { Platform } from '../platform/platform.ts';
import type { Area, Background } from '../use-cases.ts';
import { followPupils } from './apply-roster.ts';
import type { ClassesInFrame } from './frame.ts';
import { importRoster, resumeOverdueImport, showRosterImport } from './import-roster.ts';
import { followCalendars, proposeCalendarYear, putCalendarYear, putSchoolDay, showCalendar } from './keep-calendar.ts';
import { endGuardianship, listGuardians, unlinkGuardian } from './keep-guardians.ts';
import { listRooms, putRoom } from './keep-rooms.ts';
import { listScales, recordScale, showScale } from './keep-scales.ts';
import { putSettings, showSettings } from './keep-settings.ts';
import { listTerms, putTerm } from './keep-terms.ts';
import { markPupilLeft, restorePupil } from './leave-school.ts';
import { listPupils } from './list-pupils.ts';
import { listRosterImports } from './list-roster-imports.ts';

/** `classes`: what stands in the frame that a school changes. The offering area brings it (`offering/classes-in-frame.ts`). */
export function school(platform: Pick<Platform, 'table' | 'clock'>, classes: ClassesInFrame): Area<typeof schoolRoutes> {
  const frame = { table: platform.table, clock: platform.clock, classes };
  return {
    useCases: {
      getSettings: showSettings(platform),
      putSettings: putSettings(frame),
      listTerms: listTerms(platform),
      putTerm: putTerm(frame),
      putCalendarYear: putCalendarYear(platform),
      proposeCalendarYear: proposeCalendarYear(),
      getCalendar: showCalendar(platform),
      putSchoolDay: putSchoolDay(frame),
      listRooms: listRooms(platform),
      putRoom: putRoom(frame),
      listPupils: listPupils(platform),
      markPupilLeft: markPupilLeft(platform),
      restorePupil: restorePupil(platform),
      listGuardians: listGuardians(platform),
      unlinkGuardian: unlinkGuardian(platform),
      endGuardianship: endGuardianship(platform),
      importRoster: importRoster(platform),
      getRosterImport: showRosterImport(platform),
      listRosterImports: listRosterImports(platform),
      recordScale: recordScale(platform),
      listScales: listScales(platform),
      getScale: showScale(platform),
    },
    ...schoolBackground(platform),
  };
}

/** What happens without a request: the entry points that serve no routes carry this and nothing else of the area. */
export function schoolBackground(platform: Pick<Platform, 'table' | 'clock'>): Background {
  return {
    followers: [followPupils(platform), followCalendars(platform)],
    due: { 'IMPORT#': resumeOverdueImport(platform) },
  };
}
