import { selectionRoutes } from '@kehou/shared/selection/routes';
import { selection } from '../selection/index.ts';
import { areaApi, lazily } from './entry.ts';

export const create = areaApi('selection', selectionRoutes, selection);
export const handler = lazily(create);
