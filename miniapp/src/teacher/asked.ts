/** What the school was asked to accept, as its teacher looks for it. */
import type { ExceptionRequest } from '@kehou/shared/attendance/attendance';

export type Asked = Pick<ExceptionRequest, 'sessionId' | 'mark' | 'status' | 'askedAt' | 'note'>;

/** The latest request for this mark of a session; `items` come newest first. */
export function askedFor(items: readonly Asked[], sessionId: string, mark: Asked['mark']): Asked | undefined {
  return items.find((one) => one.sessionId === sessionId && one.mark === mark);
}
