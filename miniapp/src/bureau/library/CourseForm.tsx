import { newId } from '@kehou/shared/kernel/id';
import { CourseKind } from '@kehou/shared/library/library';
import { View } from '@tarojs/components';
import { useState } from 'react';
import type * as z from 'zod';
import { api } from '../../api.ts';
import { inForm } from '../../components/desk/FormFailure.tsx';
import { FormSheet } from '../../components/desk/FormSheet.tsx';
import { Field } from '../../components/Field.tsx';
import { SelectInput, TextArea, TextInput } from '../../components/Inputs';
import { useAction } from '../../queries.ts';
import { t } from '../../texts/bureau.ts';
import { t as desks } from '../../texts/desks.ts';
import { useBureau } from '../desk.tsx';
import { Decision, decisionInput, decisionProblems, newDecision } from './Decision.tsx';
import '../bureau.scss';

type Kind = z.infer<typeof CourseKind>;
const MINUTES = { min: 20, max: 240 } as const;
const grades = [1, 2, 3, 4, 5, 6, 7, 8, 9] as const;

export function CourseForm({ onClose }: { onClose(): void }) {
  const { bureauId } = useBureau();
  const [ids] = useState(() => ({ courseId: newId('course'), admissionId: newId('admission') }));
  const [name, setName] = useState('');
  const [kind, setKind] = useState<Kind>('science');
  const [introduction, setIntroduction] = useState('');
  const [gradeFrom, setGradeFrom] = useState('1');
  const [gradeTo, setGradeTo] = useState('6');
  const [minutes, setMinutes] = useState('50');
  const [decision, setDecision] = useState(newDecision);
  const [tried, setTried] = useState(false);
  const lessonMinutes = /^\d{1,3}$/.test(minutes.trim()) ? Number(minutes) : 0;
  const problems = {
    ...(name.trim().length < 2 ? { name: desks('desks.required') } : {}),
    ...(introduction.trim().length < 10 ? { introduction: t('bureau.course.introduction.short') } : {}),
    ...(Number(gradeFrom) > Number(gradeTo) ? { gradeTo: t('bureau.course.grades.order') } : {}),
    ...(lessonMinutes < MINUTES.min || lessonMinutes > MINUTES.max ? { minutes: desks('desks.badNumber', MINUTES) } : {}),
  } as Partial<Record<'name' | 'introduction' | 'gradeTo' | 'minutes', string>>;
  const decided = decisionProblems(decision);
  const save = useAction(
    () =>
      api.library.admitCourse({
        bureauId,
        courseId: ids.courseId,
        name: name.trim(),
        kind,
        introduction: introduction.trim(),
        gradeFrom: Number(gradeFrom),
        gradeTo: Number(gradeTo),
        lessonMinutes,
        admission: { admissionId: ids.admissionId, ...decisionInput(decision) },
      }),
    { done: (course) => t('bureau.library.admitted', { name: course.name }), refresh: [['library']], onDone: onClose, onFailed: inForm },
  );
  const error = (key: keyof typeof problems) => (tried ? problems[key] : undefined);
  const gradeOptions = grades.map((grade) => ({ value: String(grade), label: desks('desks.grade', { grade }) }));
  return (
    <FormSheet
      id="course"
      title={t('bureau.library.admit.courses')}
      wide
      words={t('bureau.library.record')}
      save={save}
      onSave={() => {
        setTried(true);
        if (Object.keys(problems).length === 0 && Object.keys(decided).length === 0) save.run(undefined);
      }}
      onClose={onClose}
    >
      <View className="k-column k-column--wide">
        <View className="k-form-grid k-form-grid--two">
          <Field label={desks('course.name')} error={error('name')}>
            <TextInput id="course-name" value={name} lengthMax={40} invalid={error('name') !== undefined} onChange={setName} />
          </Field>
          <Field label={desks('course.kind')}>
            <SelectInput<Kind>
              id="course-kind"
              label={desks('course.kind')}
              value={kind}
              options={CourseKind.options.map((value) => ({ value, label: desks(`kind.${value}`) }))}
              onChange={setKind}
            />
          </Field>
          <Field label={t('bureau.course.gradeFrom')}>
            <SelectInput
              id="course-grade-from"
              label={t('bureau.course.gradeFrom')}
              value={gradeFrom}
              options={gradeOptions}
              onChange={setGradeFrom}
            />
          </Field>
          <Field label={t('bureau.course.gradeTo')} error={error('gradeTo')}>
            <SelectInput
              id="course-grade-to"
              label={t('bureau.course.gradeTo')}
              value={gradeTo}
              options={gradeOptions}
              invalid={error('gradeTo') !== undefined}
              onChange={setGradeTo}
            />
          </Field>
          <Field label={t('bureau.course.minutes')} error={error('minutes')}>
            <TextInput
              id="course-minutes"
              kind="number"
              value={minutes}
              lengthMax={3}
              invalid={error('minutes') !== undefined}
              onChange={setMinutes}
            />
          </Field>
        </View>
        <Field label={desks('course.introduction')} error={error('introduction')} hint={t('bureau.course.introduction.hint')}>
          <TextArea
            id="course-introduction"
            value={introduction}
            lengthMax={1000}
            invalid={error('introduction') !== undefined}
            onChange={setIntroduction}
          />
        </Field>
        <Decision value={decision} problems={tried ? decided : {}} onChange={setDecision} />
      </View>
    </FormSheet>
  );
}
