import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import { ms } from '@kehou/shared/kernel/time';
import type { selectionRoutes } from '@kehou/shared/selection/routes';
import { Window } from '@kehou/shared/selection/window';
import { auditWrite } from '../organisation/audit.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { ConditionFailed, set } from '../platform/table.ts';
import { getDraw, StoredDraw } from './draw.repository.ts';

type Record = typeof selectionRoutes.recordPublicValue;

/**
 * Puts the public value on record, once it is born: the draw goes on with it. The same value again answers the same; another is refused
 * whoever sends it. Two reads, one transaction with the audit trail.
 */
export function recordPublicValue({ table, clock }: Pick<Platform, 'table' | 'clock'>) {
  return async ({ schoolId, windowId, value }: ParsedOf<Record>, actor: Actor): Promise<ReplyOf<Record>> => {
    const now = clock.now();
    const window = await table.mustGet(keys.window(windowId), Window);
    if (window.schoolId !== schoolId) throw new DomainError('request.not_found');
    if (window.lottery?.seedSource.kind !== 'public') throw new DomainError('lottery.no_lottery');
    const draw = await getDraw(table, windowId);
    // Before the list is fixed a value that is known could be chosen to fit.
    if (!draw || ms(now) < ms(window.lottery.seedSource.bornAt)) throw new DomainError('lottery.too_early');
    if (draw.publicValue !== undefined) return repeated(draw, value);
    try {
      await table.write([
        set(
          keys.draw(windowId),
          { publicValue: value },
          { condition: { expression: '#stage = :fixed AND attribute_not_exists(#publicValue)', values: { fixed: 'fixed' } } },
        ),
        auditWrite({
          organisationId: schoolId,
          at: now,
          actor,
          action: 'window.public-value-recorded',
          subject: windowId,
          details: { value, commitment: draw.commitment },
        }),
      ]);
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      return repeated(await table.mustGet(keys.draw(windowId), StoredDraw), value);
    }
    return { ...draw, publicValue: value };
  };
}

function repeated(draw: StoredDraw, value: string): StoredDraw {
  if (draw.publicValue !== value) throw new DomainError('lottery.already_recorded');
  return draw;
}
