/** What a class is built from: the library, the rooms, the periods, the scale of fees. */
import { chinaDate } from '@kehou/shared/kernel/time';
import { isUsable } from '@kehou/shared/library/library';
import { serverNow } from '../../clock.ts';
import { useCall, useCallPages } from '../../queries.ts';
import { useSchool } from '../desk.tsx';

export function useSources() {
  const { schoolId } = useSchool();
  const today = chinaDate(serverNow());
  const courses = useCallPages('library', 'listCourses', { schoolId, limit: 100, pickedOnly: 'true' });
  const instructors = useCallPages('library', 'listInstructors', { schoolId, limit: 100, pickedOnly: 'true' });
  const rooms = useCall('school', 'listRooms', { schoolId });
  const settings = useCall('school', 'getSettings', { schoolId });
  // A school without a recorded scale is told so by the server when it saves.
  const scale = useCall('school', 'getScale', { schoolId, on: today }, { staleMs: 60_000 });
  return {
    readings: [courses, instructors, rooms, settings],
    courses: courses.items.filter((one) => isUsable(one.admission, today)),
    instructors: instructors.items.filter((one) => isUsable(one.admission, today)),
    rooms: rooms.data?.items ?? [],
    periods: settings.data?.periods ?? [],
    scale: scale.data,
  };
}

export type Sources = ReturnType<typeof useSources>;
