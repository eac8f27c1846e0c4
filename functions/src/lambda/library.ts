import { libraryRoutes } from '@kehou/shared/library/routes';
import { library } from '../library/index.ts';
import { areaApi, lazily } from './entry.ts';

export const create = areaApi('library', libraryRoutes, library);
export const handler = lazily(create);
