import { messagingRoutes } from '@kehou/shared/messaging/routes';
import { messaging } from '../messaging/index.ts';
import { areaApi, lazily } from './entry.ts';

export const create = areaApi('messaging', messagingRoutes, messaging);
export const handler = lazily(create);
