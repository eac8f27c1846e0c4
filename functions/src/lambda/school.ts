import { schoolRoutes } from '@kehou/shared/school/routes';
import { school } from '../school/index.ts';
import { areaApi, lazily } from './entry.ts';

export const create = areaApi('school', schoolRoutes, school);
export const handler = lazily(create);
