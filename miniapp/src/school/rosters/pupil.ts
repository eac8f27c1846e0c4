import type { OutputOf } from '@kehou/shared/kernel/route';
import type { schoolRoutes } from '@kehou/shared/school/routes';

/** A pupil as the roster lists them. */
export type Pupil = OutputOf<typeof schoolRoutes.listPupils>['items'][number];
