import { selectionRoutes } from '@kehou/shared/selection/routes';
import { s3Objects } from '../platform/objects-s3.ts';
import { selection } from '../selection/index.ts';
import { areaApi, lazily } from './entry.ts';

export const create = areaApi('selection', selectionRoutes, selection);
export const handler = lazily(create, { objects: s3Objects });
