import { offeringRoutes } from '@kehou/shared/offering/routes';
import { offering } from '../offering/index.ts';
import { areaApi, lazily } from './entry.ts';

export const create = areaApi('offering', offeringRoutes, offering);
export const handler = lazily(create);
