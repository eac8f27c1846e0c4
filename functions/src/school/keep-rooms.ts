import { DomainError } from '@kehou/shared/kernel/errors';
import type { Actor, ParsedOf, ReplyOf } from '@kehou/shared/kernel/route';
import type { schoolRoutes } from '@kehou/shared/school/routes';
import { Room } from '@kehou/shared/school/school';
import { auditWrite } from '../organisation/audit.ts';
import { mustGetSchool } from '../organisation/organisation.repository.ts';
import { keys } from '../platform/keys.ts';
import type { Platform } from '../platform/platform.ts';
import { absent, put } from '../platform/table.ts';
import { changeFrame, type FrameDeps } from './frame.ts';
import { ROOMS_MAX, roomsOf } from './room.repository.ts';

type Routes = typeof schoolRoutes;

/** One round trip. */
export function listRooms({ table }: Pick<Platform, 'table'>) {
  return async (input: ParsedOf<Routes['listRooms']>): Promise<ReplyOf<Routes['listRooms']>> => ({
    items: (await roomsOf(table, input.schoolId)).sort((a, b) => a.name.localeCompare(b.name, 'zh', { numeric: true })),
  });
}

/**
 * Adds or changes a room; a new name shows on the classes in it. It never holds fewer than a class in it has places. It stands on the
 * trail. Three round trips, a few more for one that classes are in. Throws `school.room_in_use`.
 */
export function putRoom(deps: FrameDeps) {
  const { table, clock } = deps;
  return async (input: ParsedOf<Routes['putRoom']>, actor: Actor): Promise<ReplyOf<Routes['putRoom']>> => {
    const { schoolId } = input;
    const room = Room.parse(input);
    await mustGetSchool(table, schoolId);
    const key = keys.room(schoolId, room.roomId);
    const audit = (before: Room | undefined) =>
      auditWrite({
        organisationId: schoolId,
        at: clock.now(),
        actor,
        action: 'school.room-changed',
        subject: room.roomId,
        details: { before: toldOf(before), after: toldOf(room) },
      });
    const read = async () => {
      const rooms = await roomsOf(table, schoolId);
      const before = rooms.find(({ roomId }) => roomId === room.roomId);
      if (rooms.some(({ roomId, name }) => name === room.name && roomId !== room.roomId)) {
        throw new DomainError('request.invalid', { fields: [{ path: 'name', message: '已有同名的教室' }] });
      }
      if (!before && rooms.length >= ROOMS_MAX) {
        throw new DomainError('request.invalid', { fields: [{ path: 'roomId', message: `一所学校最多 ${ROOMS_MAX} 间教室` }] });
      }
      return before;
    };
    // Refused: added in this very moment, by this request sent twice or by somebody else.
    const isThere = (await read()) ?? (await table.tryWrite([put(key, room, { condition: absent }), audit(undefined)]));
    if (isThere) {
      await changeFrame(deps, { schoolId, room }, async () => {
        const before = await read();
        return JSON.stringify(before) === JSON.stringify(room) ? undefined : { writes: [put(key, room), audit(before)] };
      });
    }
    return room;
  };
}

/** `{}`: there was none. */
const toldOf = (room: Room | undefined) => (room ? { roomName: room.name, roomCapacity: room.capacity } : {});
