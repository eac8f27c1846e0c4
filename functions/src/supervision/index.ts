/** A bureau's and an operator's schools as numbers, kept as things happen. */
import type { supervisionRoutes } from '@kehou/shared/supervision/routes';
import type { Platform } from '../platform/platform.ts';
import type { Area, Background } from '../use-cases.ts';
import { catchUp, goOnCatchingUp } from './catch-up.ts';
import { followFigures } from './followers.ts';
import { getFigures } from './get-figures.ts';
import { listAudit } from './list-audit.ts';
import { recount } from './recount.ts';

export function supervision(platform: Pick<Platform, 'table' | 'clock'>): Area<typeof supervisionRoutes> {
  return {
    useCases: { getFigures: getFigures(platform), listAudit: listAudit(platform) },
    ...supervisionBackground(platform),
  };
}

/** What happens without a request: the entry points that serve no routes carry this and nothing else of the area. */
export function supervisionBackground(platform: Pick<Platform, 'table' | 'clock'>): Background {
  return {
    tasks: { 'supervision.recount': recount(platform), 'supervision.catchUp': catchUp(platform) },
    due: { CATCHUP: goOnCatchingUp(platform) },
    followers: [followFigures(platform)],
  };
}
