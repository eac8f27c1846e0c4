import { DomainError } from '@kehou/shared/kernel/errors';
import type { ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import type { schoolRoutes } from '@kehou/shared/school/routes';
import { Room } from '@kehou/shared/school/school';
import { mustGetSchool } from '../organisation/organisation.repository.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { put } from '../platform/table.ts';
import { redatingWrite } from './redating.ts';
import { ROOMS_MAX, roomsOf } from './room.repository.ts';

type Routes = typeof schoolRoutes;

/** One round trip. */
export function listRooms({ table }: Pick<Platform, 'table'>) {
  return async (input: ParsedOf<Routes['listRooms']>): Promise<ReplyOf<Routes['listRooms']>> => ({
    items: (await roomsOf(table, input.schoolId)).sort((a, b) => a.name.localeCompare(b.name, 'zh', { numeric: true })),
  });
}

/** Adds or changes a room; a new name shows on the classes in it. Three round trips. */
export function putRoom({ table, clock }: Pick<Platform, 'table' | 'clock'>) {
  return async (input: ParsedOf<Routes['putRoom']>): Promise<ReplyOf<Routes['putRoom']>> => {
    const { schoolId } = input;
    const room = Room.parse(input);
    await mustGetSchool(table, schoolId);
    const rooms = await roomsOf(table, schoolId);
    const before = rooms.find(({ roomId }) => roomId === room.roomId);
    if (JSON.stringify(before) === JSON.stringify(room)) return room;
    if (rooms.some(({ roomId, name }) => name === room.name && roomId !== room.roomId)) {
      throw new DomainError('request.invalid', { fields: [{ path: 'name', message: '已有同名的教室' }] });
    }
    if (!before && rooms.length >= ROOMS_MAX) {
      throw new DomainError('request.invalid', { fields: [{ path: 'roomId', message: `一所学校最多 ${ROOMS_MAX} 间教室` }] });
    }
    await table.write([put(keys.room(schoolId, room.roomId), room), ...(before ? [redatingWrite(schoolId, clock.now())] : [])]);
    return room;
  };
}
