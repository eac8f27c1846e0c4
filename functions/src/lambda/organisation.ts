import { organisationRoutes } from '@kehou/shared/organisation/routes';
import { organisation } from '../organisation/index.ts';
import { areaApi, lazily } from './entry.ts';

export const create = areaApi('organisation', organisationRoutes, organisation);
export const handler = lazily(create);
