/** Courses and instructors, admitted by recorded decisions; suspended, restored or withdrawn with a reason. */
import type { Id } from '@kehou/shared/kernel/id';
import { type Admission, type AdmissionStatus, type Course, canChangeAdmission, type Instructor } from '@kehou/shared/library/library';
import { Text, View } from '@tarojs/components';
import { useMemo, useState } from 'react';
import { api } from '../../api.ts';
import { Button } from '../../components/Button';
import { DataTable } from '../../components/DataTable';
import { FormFailure, inForm } from '../../components/desk/FormFailure.tsx';
import { Tabs } from '../../components/desk/Tabs.tsx';
import { Field } from '../../components/Field.tsx';
import { Icon } from '../../components/Icon.tsx';
import { TextInput } from '../../components/Inputs';
import { CourseDetails, courseColumns, InstructorDetails, instructorColumns } from '../../components/library/library.tsx';
import { Sheet } from '../../components/Sheet.tsx';
import { useAction, useCallPages } from '../../queries.ts';
import { t } from '../../texts/bureau.ts';
import { BureauDesk, useBureau } from '../desk.tsx';
import { Correction } from './Correction.tsx';
import { CourseForm } from './CourseForm.tsx';
import { InstructorForm } from './InstructorForm.tsx';
import { Renewal } from './Renewal.tsx';

type Tab = 'courses' | 'instructors';

export default function BureauLibrary() {
  const [tab, setTab] = useState<Tab>('courses');
  const [admitting, setAdmitting] = useState(false);
  return (
    <BureauDesk
      current="bureau/library"
      title={t('bureau.library.title')}
      lead={t('bureau.library.lead')}
      actions={
        <Button kind="primary" icon="plus" id="admit" onTap={() => setAdmitting(true)}>
          {t(`bureau.library.admit.${tab}`)}
        </Button>
      }
    >
      <View className="d-stack">
        <Tabs<Tab>
          id="library"
          label={t('bureau.library.title')}
          value={tab}
          options={[
            { value: 'courses', label: t('bureau.library.courses') },
            { value: 'instructors', label: t('bureau.library.instructors') },
          ]}
          onChange={setTab}
        />
        {tab === 'courses' ? <Courses /> : <Instructors />}
        {admitting ? (
          tab === 'courses' ? (
            <CourseForm onClose={() => setAdmitting(false)} />
          ) : (
            <InstructorForm onClose={() => setAdmitting(false)} />
          )
        ) : null}
      </View>
    </BureauDesk>
  );
}

function Courses() {
  const { bureauId } = useBureau();
  const courses = useCallPages('library', 'listBureauCourses', { bureauId, limit: 100 });
  const [openId, setOpenId] = useState<string>();
  const columns = useMemo(() => courseColumns<Course>(), []);
  const open = courses.items.find((one) => one.courseId === openId);
  return (
    <>
      <DataTable
        name={t('bureau.library.courses')}
        columns={columns}
        rows={courses.items}
        keyOf={(row) => row.courseId}
        of={courses}
        emptyText={t('bureau.library.none.courses')}
        hasMore={courses.hasMore}
        loadingMore={courses.isFetchingNextPage}
        onMore={courses.more}
        onOpen={(row) => setOpenId(row.courseId)}
        openKey={openId}
      />
      {open ? (
        <Sheet open id="course-drawer" title={open.name} onClose={() => setOpenId(undefined)}>
          <View className="k-column k-column--wide">
            <CourseDetails course={open} />
            <Renewal
              key={open.admission.admissionId}
              admission={open.admission}
              renew={(admission) => api.library.renewCourse({ bureauId, courseId: open.courseId as Id<'course'>, admission })}
            />
            <Change
              key={open.admission.status}
              admission={open.admission}
              change={(status, reason) =>
                api.library.changeCourseAdmission({ bureauId, courseId: open.courseId as Id<'course'>, status, reason })
              }
            />
          </View>
        </Sheet>
      ) : null}
    </>
  );
}

function Instructors() {
  const { bureauId } = useBureau();
  const instructors = useCallPages('library', 'listBureauInstructors', { bureauId, limit: 100 });
  const [openId, setOpenId] = useState<string>();
  const columns = useMemo(() => instructorColumns<Instructor>(), []);
  const open = instructors.items.find((one) => one.instructorId === openId);
  return (
    <>
      <DataTable
        name={t('bureau.library.instructors')}
        columns={columns}
        rows={instructors.items}
        keyOf={(row) => row.instructorId}
        of={instructors}
        emptyText={t('bureau.library.none.instructors')}
        hasMore={instructors.hasMore}
        loadingMore={instructors.isFetchingNextPage}
        onMore={instructors.more}
        onOpen={(row) => setOpenId(row.instructorId)}
        openKey={openId}
      />
      {open ? (
        <Sheet open id="instructor-drawer" title={open.name} onClose={() => setOpenId(undefined)}>
          <View className="k-column k-column--wide">
            <InstructorDetails instructor={open} />
            <Correction key={`correct-${open.instructorId}`} instructor={open} />
            <Renewal
              key={open.admission.admissionId}
              admission={open.admission}
              renew={(admission) =>
                api.library.renewInstructor({ bureauId, instructorId: open.instructorId as Id<'instructor'>, admission })
              }
            />
            <Change
              key={open.admission.status}
              admission={open.admission}
              change={(status, reason) =>
                api.library.changeInstructorAdmission({ bureauId, instructorId: open.instructorId as Id<'instructor'>, status, reason })
              }
            />
          </View>
        </Sheet>
      ) : null}
    </>
  );
}

const REASON_LENGTH_MIN = 2;
const actions = ['suspended', 'admitted', 'withdrawn'] as const;

interface ChangeProps {
  readonly admission: Admission;
  change(status: AdmissionStatus, reason: string): Promise<unknown>;
}

function Change({ admission, change }: ChangeProps) {
  const { bureauId } = useBureau();
  const [reason, setReason] = useState('');
  const [tried, setTried] = useState(false);
  const short = reason.trim().length < REASON_LENGTH_MIN;
  const act = useAction((status: AdmissionStatus) => change(status, reason.trim()), {
    done: t('bureau.library.changed'),
    refresh: [['library']],
    onFailed: inForm,
  });
  // A county sees what its city admitted, and does not change it.
  if (admission.bureauId !== bureauId) return <View className="k-text-s k-muted">{t('bureau.library.foreign')}</View>;
  const possible = actions.filter((status) => canChangeAdmission(admission.status, status));
  if (possible.length === 0) return <View className="k-text-s k-muted">{t('bureau.library.final')}</View>;
  return (
    <View className="k-column">
      <View className="k-divider" />
      <Field label={t('bureau.library.reason')} error={tried && short ? t('bureau.library.reason.short') : undefined}>
        <TextInput id="admission-reason" value={reason} lengthMax={200} invalid={tried && short} onChange={setReason} />
      </Field>
      <View className="k-notice k-notice--attention">
        <Icon name="info" />
        <Text>{t('bureau.library.effect')}</Text>
      </View>
      <FormFailure error={act.error} />
      <View className="k-buttons">
        {possible.map((status) => (
          <Button
            key={status}
            kind={status === 'withdrawn' ? 'danger' : status === 'admitted' ? 'primary' : 'plain'}
            id={`admission-${status}`}
            running={act.running}
            onTap={() => {
              setTried(true);
              if (!short) act.run(status);
            }}
          >
            {t(`bureau.library.to.${status}`)}
          </Button>
        ))}
      </View>
    </View>
  );
}
