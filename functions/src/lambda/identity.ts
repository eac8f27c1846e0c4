import { identityRoutes } from '@kehou/shared/identity/routes';
import { identity } from '../identity/index.ts';
import { areaApi, lazily } from './entry.ts';

export const create = areaApi('identity', identityRoutes, identity);
export const handler = lazily(create);
