/** What teachers say of pupils. */
import type { teachingRoutes } from '@kehou/shared/teaching/routes';
import type { Platform } from '../platform/platform.ts';
import type { Area } from '../use-cases.ts';
import { listChildComments, listSessionComments } from './list-comments.ts';
import { writeComment } from './write-comment.ts';

export function teaching(platform: Pick<Platform, 'table' | 'clock'>): Area<typeof teachingRoutes> {
  return {
    useCases: {
      writeComment: writeComment(platform),
      listSessionComments: listSessionComments(platform),
      listChildComments: listChildComments(platform),
    },
  };
}
