/** A child's list of marked classes: kept by the server, for every guardian; what a tap changes shows as soon as it is kept. */
import type { Id } from '@kehou/shared/kernel/id';
import type { ShortlistChange } from '@kehou/shared/selection/basket';
import type { ClassPage } from '@kehou/shared/selection/window';
import { api } from '../api.ts';
import { queryClient, useAction } from '../queries.ts';

export function useShortlist(pupilId: Id<'pupil'>, windowId: Id<'window'>) {
  const queryKey = ['selection', 'getClassPage', { pupilId, windowId }];
  return useAction((change: ShortlistChange) => api.selection.changeShortlist({ pupilId, windowId, ...change }), {
    onDone: (shortlist) => {
      // An answer that is on its way is older than this one.
      queryClient.cancelQueries({ queryKey }).catch(() => undefined);
      queryClient.setQueryData<ClassPage>(queryKey, (page) => page && { ...page, shortlist });
    },
    onFailed: () => {
      queryClient.invalidateQueries({ queryKey }).catch(() => undefined);
      return false;
    },
  });
}
