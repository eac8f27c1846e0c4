import type { Id } from '@kehou/shared/kernel/id';
import { Room } from '@kehou/shared/school/school';
import { keys } from '../platform/keys.ts';
import type { Table } from '../platform/table.ts';

export const ROOMS_MAX = 300;

export async function mustGetRoom(table: Table, schoolId: Id<'organisation'>, roomId: Id<'room'>): Promise<Room> {
  return table.mustGet(keys.room(schoolId, roomId), Room);
}

export async function roomsOf(table: Table, schoolId: Id<'organisation'>): Promise<Room[]> {
  return table.queryAll({ ...keys.rooms(schoolId), consistent: true, most: ROOMS_MAX }, Room);
}
