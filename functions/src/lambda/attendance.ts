import { attendanceRoutes } from '@kehou/shared/attendance/routes';
import { attendance } from '../attendance/index.ts';
import { areaApi, lazily } from './entry.ts';

export const create = areaApi('attendance', attendanceRoutes, attendance);
export const handler = lazily(create);
