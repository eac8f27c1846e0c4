/** A bureau's and an operator's schools as numbers, kept as things happen. */
import type { supervisionRoutes } from '@kehou/shared/supervision/routes';
import type { Platform } from '../platform/platform.ts';
import type { Area } from '../use-cases.ts';
import { followFigures } from './followers.ts';
import { getFigures } from './get-figures.ts';
import { recount } from './recount.ts';

export function supervision(platform: Pick<Platform, 'table' | 'clock'>): Area<typeof supervisionRoutes> {
  return {
    useCases: { getFigures: getFigures(platform) },
    tasks: { 'supervision.recount': recount(platform) },
    followers: [followFigures(platform)],
  };
}
