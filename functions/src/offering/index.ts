import { Id } from '@kehou/shared/kernel/id';
import type { offeringRoutes } from '@kehou/shared/offering/routes';
import * as z from 'zod';
import type { Platform } from '../platform/platform.ts';
import { Redating } from '../school/redating.ts';
import type { Area, Background } from '../use-cases.ts';
import { cancelSession } from './cancel-session.ts';
import { changeOffering } from './change-offering.ts';
import { followCancelledOfferings } from './close-offering.ts';
import { createOffering } from './create-offering.ts';
import { followRedating, redateOffering, redateSchool } from './date-sessions.ts';
import { endOffering } from './end-offering.ts';
import { endAdmission, followAdmissions } from './follow-library.ts';
import { removeOffering } from './remove-offering.ts';
import { listOfferings, listSessions, showOffering } from './show-offering.ts';

export function offering(platform: Pick<Platform, 'table' | 'clock'>): Area<typeof offeringRoutes> {
  return {
    useCases: {
      createOffering: createOffering(platform),
      changeOffering: changeOffering(platform),
      removeOffering: removeOffering(platform),
      listOfferings: listOfferings(platform),
      getOffering: showOffering(platform),
      listSessions: listSessions(platform),
      cancelSession: cancelSession(platform),
    },
    ...offeringBackground(platform),
  };
}

/** What happens without a request: the entry points that serve no routes carry this and nothing else of the area. */
export function offeringBackground(platform: Pick<Platform, 'table' | 'clock'>): Background {
  return {
    followers: [followRedating(platform), followAdmissions(platform), followCancelledOfferings(platform)],
    due: {
      // Sessions that did not all fit into the class's own transaction.
      OFFERING: async (item) => redateOffering(platform, z.object({ offeringId: Id('offering') }).parse(item).offeringId),
      // Its last day is over.
      ENDING: endOffering(platform),
      REDATING: async (item) => redateSchool(platform, Redating.parse(item)),
      // An admission's last day is over.
      COURSE: endAdmission(platform),
      INSTRUCTOR: endAdmission(platform),
    },
  };
}
