import { supervisionRoutes } from '@kehou/shared/supervision/routes';
import { supervision } from '../supervision/index.ts';
import { areaApi, lazily } from './entry.ts';

export const create = areaApi('supervision', supervisionRoutes, supervision);
export const handler = lazily(create);
