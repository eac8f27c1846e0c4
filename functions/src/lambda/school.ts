import { schoolRoutes } from '@kehou/shared/school/routes';
import { classesInFrame } from '../offering/classes-in-frame.ts';
import { school } from '../school/index.ts';
import { areaApi, lazily } from './entry.ts';

export const create = areaApi('school', schoolRoutes, (platform) => school(platform, classesInFrame(platform)));
export const handler = lazily(create);
