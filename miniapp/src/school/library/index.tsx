/** The school's own library: picked from what the bureaus above it have admitted. */

import { chinaDate } from '@kehou/shared/kernel/time';
import type { Course, Instructor } from '@kehou/shared/library/library';
import { isUsable } from '@kehou/shared/library/library';
import { View } from '@tarojs/components';
import { useMemo, useState } from 'react';
import { api } from '../../api.ts';
import { serverNow } from '../../clock.ts';
import { Button } from '../../components/Button';
import { type Column, DataTable } from '../../components/DataTable';
import { Tabs } from '../../components/desk/Tabs.tsx';
import { SwitchRow } from '../../components/Inputs';
import { CourseDetails, courseColumns, InstructorDetails, instructorColumns } from '../../components/library/library.tsx';
import { Sheet } from '../../components/Sheet.tsx';
import { StatusChip } from '../../components/StatusChip.tsx';
import { useAction, useCallPages } from '../../queries.ts';
import { t } from '../../texts/school.ts';
import { SchoolDesk, useSchool } from '../desk.tsx';
import '../school.scss';

type Tab = 'courses' | 'instructors';

export default function SchoolLibrary() {
  const [tab, setTab] = useState<Tab>('courses');
  const [pickedOnly, setPickedOnly] = useState(false);
  return (
    <SchoolDesk current="school/library" title={t('school.library.title')} lead={t('school.library.lead')}>
      <View className="d-stack">
        <Tabs<Tab>
          id="library"
          label={t('school.library.title')}
          value={tab}
          options={[
            { value: 'courses', label: t('school.library.courses') },
            { value: 'instructors', label: t('school.library.instructors') },
          ]}
          onChange={setTab}
        >
          <View className="s-picked-only">
            <SwitchRow on={pickedOnly} id="picked-only" label={t('school.library.pickedOnly')} onChange={setPickedOnly} />
          </View>
        </Tabs>
        {tab === 'courses' ? <Courses pickedOnly={pickedOnly} /> : <Instructors pickedOnly={pickedOnly} />}
      </View>
    </SchoolDesk>
  );
}

type Picked<T> = T & { readonly picked: boolean };

function pickColumn<Row extends { readonly picked: boolean; readonly admission: Course['admission'] }>(
  idOf: (row: Row) => string,
  running: boolean,
  pick: (row: Row) => void,
): Column<Row> {
  return {
    key: 'picked',
    title: t('school.library.mine'),
    value: (row) => (row.picked ? t('school.library.picked') : t('school.library.notPicked')),
    filter: true,
    render: (row) =>
      row.picked ? (
        <StatusChip tone="primary">{t('school.library.picked')}</StatusChip>
      ) : (
        <Button
          kind="tint"
          small
          icon="plus"
          id={`pick-${idOf(row)}`}
          disabled={running || !isUsable(row.admission, chinaDate(serverNow()))}
          onTap={() => pick(row)}
        >
          {t('school.library.pick')}
        </Button>
      ),
  };
}

function Courses({ pickedOnly }: { readonly pickedOnly: boolean }) {
  const { schoolId } = useSchool();
  const courses = useCallPages(
    'library',
    'listCourses',
    { schoolId, limit: 100, ...(pickedOnly ? { pickedOnly: 'true' } : {}) },
    { keepLast: true },
  );
  const [openId, setOpenId] = useState<string>();
  const pick = useAction((row: Picked<Course>) => api.library.pickCourse({ schoolId, courseId: row.courseId }), {
    done: (row) => t('school.library.pickedDone', { name: row.name }),
    refresh: [['library']],
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the buttons only change with what is running
  const columns = useMemo(
    (): readonly Column<Picked<Course>>[] => [
      ...courseColumns<Picked<Course>>(),
      pickColumn<Picked<Course>>((row) => row.courseId, pick.running, pick.run),
    ],
    [pick.running],
  );
  const open = courses.items.find((one) => one.courseId === openId);
  return (
    <>
      <DataTable
        name={t('school.library.courses')}
        columns={columns}
        rows={courses.items}
        keyOf={(row) => row.courseId}
        of={courses}
        emptyText={t('school.library.none')}
        hasMore={courses.hasMore}
        loadingMore={courses.isFetchingNextPage}
        onMore={courses.more}
        onOpen={(row) => setOpenId(row.courseId)}
        openKey={openId}
      />
      {open ? (
        <Sheet open title={open.name} onClose={() => setOpenId(undefined)}>
          <CourseDetails course={open} />
        </Sheet>
      ) : null}
    </>
  );
}

function Instructors({ pickedOnly }: { readonly pickedOnly: boolean }) {
  const { schoolId } = useSchool();
  const instructors = useCallPages(
    'library',
    'listInstructors',
    { schoolId, limit: 100, ...(pickedOnly ? { pickedOnly: 'true' } : {}) },
    { keepLast: true },
  );
  const [openId, setOpenId] = useState<string>();
  const pick = useAction((row: Picked<Instructor>) => api.library.pickInstructor({ schoolId, instructorId: row.instructorId }), {
    done: (row) => t('school.library.pickedDone', { name: row.name }),
    refresh: [['library']],
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the buttons only change with what is running
  const columns = useMemo(
    (): readonly Column<Picked<Instructor>>[] => [
      ...instructorColumns<Picked<Instructor>>(),
      pickColumn<Picked<Instructor>>((row) => row.instructorId, pick.running, pick.run),
    ],
    [pick.running],
  );
  const open = instructors.items.find((one) => one.instructorId === openId);
  return (
    <>
      <DataTable
        name={t('school.library.instructors')}
        columns={columns}
        rows={instructors.items}
        keyOf={(row) => row.instructorId}
        of={instructors}
        emptyText={t('school.library.none')}
        hasMore={instructors.hasMore}
        loadingMore={instructors.isFetchingNextPage}
        onMore={instructors.more}
        onOpen={(row) => setOpenId(row.instructorId)}
        openKey={openId}
      />
      {open ? (
        <Sheet open title={open.name} onClose={() => setOpenId(undefined)}>
          <InstructorDetails instructor={open} />
        </Sheet>
      ) : null}
    </>
  );
}
