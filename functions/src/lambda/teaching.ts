import { teachingRoutes } from '@kehou/shared/teaching/routes';
import { teaching } from '../teaching/index.ts';
import { areaApi, lazily } from './entry.ts';

export const create = areaApi('teaching', teachingRoutes, teaching);
export const handler = lazily(create);
