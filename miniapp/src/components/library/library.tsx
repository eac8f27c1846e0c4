/** Courses and instructors in tables and drawers, the same for schools and bureaus. */
import type { Admission, Course, Instructor } from '@kehou/shared/library/library';
import { View } from '@tarojs/components';
import { t } from '../../texts/desks.ts';
import type { Column } from '../DataTable';
import { Pairs } from '../desk/Panel.tsx';
import { admissionState } from '../desk/words.ts';
import { day } from '../format.ts';
import { StatusChip } from '../StatusChip.tsx';

function AdmissionChip({ admission }: { readonly admission: Admission }) {
  const state = admissionState(admission);
  return <StatusChip tone={state.tone}>{state.words}</StatusChip>;
}

function admissionColumns<Row extends { readonly admission: Admission }>(): readonly Column<Row>[] {
  return [
    {
      key: 'until',
      title: t('admission.validUntil'),
      value: (row) => row.admission.validUntil,
      render: (row) => day(row.admission.validUntil),
    },
    {
      key: 'status',
      title: t('admission.status'),
      value: (row) => admissionState(row.admission).words,
      filter: true,
      render: (row) => <AdmissionChip admission={row.admission} />,
    },
  ];
}

export function courseColumns<Row extends Course>(): readonly Column<Row>[] {
  return [
    { key: 'name', title: t('course.name'), value: (row) => row.name, head: true },
    { key: 'kind', title: t('course.kind'), value: (row) => t(`kind.${row.kind}`), filter: true },
    { key: 'grades', title: t('course.grades'), value: (row) => t('desks.grades', { from: row.gradeFrom, to: row.gradeTo }) },
    {
      key: 'minutes',
      title: t('course.minutes'),
      align: 'end',
      value: (row) => row.lessonMinutes,
      render: (row) => t('course.minutes.value', { minutes: row.lessonMinutes }),
      deskOnly: true,
    },
    ...admissionColumns<Row>(),
  ];
}

export function instructorColumns<Row extends Instructor>(): readonly Column<Row>[] {
  return [
    { key: 'name', title: t('instructor.name'), value: (row) => row.name, head: true },
    { key: 'kind', title: t('instructor.kind'), value: (row) => t(`instructor.kind.${row.kind}`), filter: true },
    { key: 'institution', title: t('instructor.institution'), value: (row) => row.institutionName, deskOnly: true },
    {
      key: 'teaches',
      title: t('instructor.teaches'),
      value: (row) => row.courseKinds.map((kind) => t(`kind.${kind}`)).join(t('desks.and')),
    },
    { key: 'phone', title: t('instructor.phone'), value: (row) => row.phone },
    ...admissionColumns<Row>(),
  ];
}

function admissionPairs(admission: Admission) {
  return [
    { name: t('admission.document'), value: admission.document },
    { name: t('admission.decidedOn'), value: day(admission.decidedOn) },
    { name: t('admission.validUntil'), value: day(admission.validUntil) },
    { name: t('admission.recordedBy'), value: admission.recordedBy },
  ];
}

export function CourseDetails({ course }: { readonly course: Course }) {
  return (
    <View className="k-column k-column--wide">
      <View className="k-row">
        <AdmissionChip admission={course.admission} />
        <StatusChip tone="plain">{t(`kind.${course.kind}`)}</StatusChip>
      </View>
      <View>{course.introduction}</View>
      <Pairs
        pairs={[
          { name: t('course.grades'), value: t('desks.grades', { from: course.gradeFrom, to: course.gradeTo }) },
          { name: t('course.minutes'), value: t('course.minutes.value', { minutes: course.lessonMinutes }) },
          ...admissionPairs(course.admission),
        ]}
      />
    </View>
  );
}

export function InstructorDetails({ instructor }: { readonly instructor: Instructor }) {
  return (
    <View className="k-column k-column--wide">
      <View className="k-row">
        <AdmissionChip admission={instructor.admission} />
        <StatusChip tone="plain">{t(`instructor.kind.${instructor.kind}`)}</StatusChip>
      </View>
      {instructor.introduction ? <View>{instructor.introduction}</View> : null}
      <Pairs
        pairs={[
          instructor.institutionName !== undefined && { name: t('instructor.institution'), value: instructor.institutionName },
          { name: t('instructor.teaches'), value: instructor.courseKinds.map((kind) => t(`kind.${kind}`)).join(t('desks.and')) },
          { name: t('instructor.phone'), value: instructor.phone, number: true },
          {
            name: t('instructor.account'),
            value: instructor.accountEnding
              ? t('instructor.account.ending', { ending: instructor.accountEnding })
              : t('instructor.account.none'),
          },
          ...admissionPairs(instructor.admission),
        ]}
      />
    </View>
  );
}
