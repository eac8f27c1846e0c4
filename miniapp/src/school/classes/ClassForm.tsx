/** A new class, or a change of one: only from the school's library, inside the scale; clashes are said above the button. */
import { formatFen } from '@kehou/shared/kernel/fen';
import { newId } from '@kehou/shared/kernel/id';
import { chinaDate, type Weekday } from '@kehou/shared/kernel/time';
import { isUsable } from '@kehou/shared/library/library';
import type { Offering, Slot } from '@kehou/shared/offering/offering';
import type { Term } from '@kehou/shared/school/school';
import { Text, View } from '@tarojs/components';
import { type ReactNode, useState } from 'react';
import { api } from '../../api.ts';
import { serverNow } from '../../clock.ts';
import { Button } from '../../components/Button';
import { Chips } from '../../components/Choices.tsx';
import { FormFailure } from '../../components/desk/FormFailure.tsx';
import { Newer, readAgain, useBase } from '../../components/desk/Newer.tsx';
import type { Pair } from '../../components/desk/Panel.tsx';
import { gradesText, slotsText } from '../../components/desk/words.ts';
import { Field } from '../../components/Field.tsx';
import { weekdayName } from '../../components/format.ts';
import { Icon } from '../../components/Icon.tsx';
import { SelectInput, SwitchRow, TextArea, TextInput } from '../../components/Inputs';
import { ListState } from '../../components/ListState.tsx';
import { Sheet } from '../../components/Sheet.tsx';
import { Tap } from '../../components/Tap';
import { go } from '../../platform/navigation.ts';
import { useAction, useCall, useCallPages } from '../../queries.ts';
import { t as common } from '../../texts/common.ts';
import { t as desks } from '../../texts/desks.ts';
import { t } from '../../texts/school.ts';
import { useSchool } from '../desk.tsx';
import { type Bounds, type Draft, type DraftField, draftOf, inputOf, type Problem, payCeilingFen, problemsOf } from './class-draft.ts';
import { ReserveFields, reservedText } from './ReserveFields.tsx';
import './classes.scss';

export interface ClassFormProps {
  readonly term: Term;
  readonly offering: Offering | undefined;
  onClose(): void;
}

const none: Partial<Offering> = { version: 0 };

/** What may have been changed by somebody else, in words. */
const wordsOf = (of: Partial<Offering>): readonly Pair[] => [
  { name: desks('course.name'), value: of.courseName },
  { name: desks('instructor.name'), value: of.instructorName },
  { name: t('school.class.room'), value: of.roomName },
  { name: t('school.class.when'), value: slotsText(of.slots ?? []) },
  { name: t('school.class.grades'), value: gradesText(of.grades ?? []) },
  { name: t('school.class.capacity'), value: `${of.smallestSize}–${of.capacity}` },
  { name: t('school.class.reserved'), value: reservedText(of.reserved) },
  { name: t('school.class.fee'), value: formatFen(of.feePerSessionFen ?? 0) },
  { name: t('school.class.pay'), value: formatFen(of.payPerSessionFen ?? 0) },
];

export function ClassForm({ term, offering, onClose }: ClassFormProps) {
  const { schoolId } = useSchool();
  const [offeringId] = useState(() => offering?.offeringId ?? newId('offering'));
  const { base, setBase, newer } = useBase(offering ?? none);
  const [draft, setDraft] = useState<Draft>(() => draftOf(offering));
  const [tried, setTried] = useState(false);
  const sources = useSources();
  const bounds: Bounds = {
    course: sources.courses.find((one) => one.courseId === draft.courseId),
    instructor: sources.instructors.find((one) => one.instructorId === draft.instructorId),
    roomCapacity: sources.rooms.find((one) => one.roomId === draft.roomId)?.capacity,
    scale: sources.scale,
  };
  const problems = problemsOf(draft, bounds);
  const save = useAction(
    () => {
      const input = { ...inputOf(draft, offeringId, term.termId), schoolId };
      return offering ? api.offering.changeOffering({ ...input, version: base.version ?? 1 }) : api.offering.createOffering(input);
    },
    {
      done: offering ? common('common.saved') : t('school.class.created'),
      refresh: [['offering'], ['selection']],
      onDone: onClose,
      onFailed: readAgain('offering'),
    },
  );
  const error = (key: DraftField) => {
    const problem = tried ? problems[key] : undefined;
    return problem && problemText(problem);
  };
  const change = (next: Partial<Draft>) => setDraft({ ...draft, ...next });
  const wrong = tried && Object.keys(problems).length > 0;
  return (
    <Sheet
      open
      wide
      id="class-form"
      title={offering ? t('school.class.edit', { name: offering.courseName }) : t('school.classes.add')}
      onClose={onClose}
      footer={
        <View className="k-column">
          {wrong ? (
            <View className="k-text-s k-danger">
              {desks('desks.fixThese', { fields: (Object.keys(problems) as DraftField[]).map(labelOf).join(desks('desks.and')) })}
            </View>
          ) : (
            <FormFailure error={newer ? undefined : save.error} />
          )}
          <Newer
            base={base}
            newer={newer}
            words={wordsOf}
            onTake={(from) => {
              setBase(from);
              if (from.offeringId) setDraft(draftOf(from as Offering));
            }}
            onKeep={setBase}
          />
          <Button
            kind="primary"
            block
            id="class-save"
            running={save.running}
            onTap={() => {
              setTried(true);
              if (Object.keys(problems).length === 0) save.run(undefined);
            }}
          >
            {offering ? common('common.save') : t('school.class.create')}
          </Button>
        </View>
      }
    >
      <ListState
        of={sources.readings}
        empty={!offering && (sources.courses.length === 0 || sources.instructors.length === 0)}
        emptyIcon="star"
        emptyText={t('school.class.emptyLibrary')}
        emptyHint={t('school.class.emptyLibrary.hint')}
        emptyAction={
          <Button kind="primary" onTap={() => go('school/library')}>
            {t('school.menu.library')}
          </Button>
        }
        skeletonRows={6}
        skeletonHeight={64}
      >
        {() => (
          <View className="k-column k-column--wide">
            {offering && offering.status !== 'draft' ? (
              <View className="k-notice">
                <Icon name="info" />
                <Text>{t('school.class.limited')}</Text>
              </View>
            ) : null}
            <Who draft={draft} sources={sources} error={error} onChange={change} />
            <When draft={draft} sources={sources} error={error} onChange={change} />
            <ForWhom draft={draft} bounds={bounds} error={error} onChange={change} />
            <ReserveFields
              published={offering?.status !== undefined && offering.status !== 'draft'}
              reserved={draft.reserved}
              error={error('reserved')}
              onChange={(reserved) => change({ reserved })}
            />
            <HowMuch draft={draft} bounds={bounds} error={error} onChange={change} />
          </View>
        )}
      </ListState>
    </Sheet>
  );
}

function useSources() {
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

interface PartProps {
  readonly draft: Draft;
  error(key: DraftField): string | undefined;
  onChange(next: Partial<Draft>): void;
}
type Sources = ReturnType<typeof useSources>;

function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <View>
      <View className="k-strong k-card__title">{title}</View>
      <View className="k-form-grid k-form-grid--two">{children}</View>
    </View>
  );
}

function Who({ draft, sources, error, onChange }: PartProps & { readonly sources: Sources }) {
  const course = sources.courses.find((one) => one.courseId === draft.courseId);
  // Who may teach this kind first; the others stay, named apart, since one person may teach more than is on record.
  const fitting = (kinds: readonly string[]) => course === undefined || kinds.includes(course.kind);
  const instructors = [...sources.instructors].sort((a, b) => Number(fitting(b.courseKinds)) - Number(fitting(a.courseKinds)));
  return (
    <Part title={t('school.class.part.who')}>
      <Field
        label={desks('course.name')}
        error={error('courseId')}
        hint={
          course ? `${desks(`kind.${course.kind}`)} · ${desks('desks.grades', { from: course.gradeFrom, to: course.gradeTo })}` : undefined
        }
      >
        <SelectInput
          id="class-course"
          label={desks('desks.choose')}
          value={draft.courseId}
          invalid={error('courseId') !== undefined}
          options={sources.courses.map((one) => ({ value: one.courseId as string, label: `${one.name} · ${desks(`kind.${one.kind}`)}` }))}
          onChange={(courseId) => {
            const chosen = sources.courses.find((one) => one.courseId === courseId);
            const grades = chosen
              ? Array.from({ length: chosen.gradeTo - chosen.gradeFrom + 1 }, (_, index) => chosen.gradeFrom + index)
              : draft.grades;
            onChange({ courseId, grades });
          }}
        />
      </Field>
      <Field label={desks('instructor.name')} error={error('instructorId')}>
        <SelectInput
          id="class-instructor"
          label={desks('desks.choose')}
          value={draft.instructorId}
          invalid={error('instructorId') !== undefined}
          options={instructors.map((one) => ({
            value: one.instructorId as string,
            label: `${one.name} · ${one.institutionName ?? desks(`instructor.kind.${one.kind}`)} · ${one.courseKinds.map((kind) => desks(`kind.${kind}`)).join(desks('desks.and'))}`,
          }))}
          onChange={(instructorId) => onChange({ instructorId })}
        />
      </Field>
    </Part>
  );
}

function When({ draft, sources, error, onChange }: PartProps & { readonly sources: Sources }) {
  const on = (slot: Slot) => draft.slots.some((one) => one.weekday === slot.weekday && one.period === slot.period);
  const toggle = (slot: Slot) =>
    onChange({
      slots: on(slot) ? draft.slots.filter((one) => one.weekday !== slot.weekday || one.period !== slot.period) : [...draft.slots, slot],
    });
  const periods = [...sources.periods].sort((a, b) => a.startsAt.localeCompare(b.startsAt));
  const weekdays = [1, 2, 3, 4, 5, 6, 7] as readonly Weekday[];
  return (
    <View>
      <View className="k-strong k-card__title">{t('school.class.part.when')}</View>
      <Field label={t('school.class.slots')} hint={t('school.class.slots.hint')} error={error('slots')}>
        <View className="s-slots">
          <View className="s-slots__row">
            <View />
            {weekdays.map((weekday) => (
              <View key={weekday} className="s-slots__day">
                {weekdayName(weekday)}
              </View>
            ))}
          </View>
          {periods.map((period) => (
            <View key={period.period} className="s-slots__row">
              <View className="s-slots__period">
                <Text>{period.name}</Text>
                <Text className="k-text-xs k-muted k-number">
                  {period.startsAt}–{period.endsAt}
                </Text>
              </View>
              {weekdays.map((weekday) => {
                const slot = { weekday, period: period.period };
                return (
                  <Tap
                    key={weekday}
                    role="checkbox"
                    id={`slot-${weekday}-${period.period}`}
                    selected={on(slot)}
                    label={`${weekdayName(weekday)} ${period.name}`}
                    className={`s-slots__cell${on(slot) ? ' s-slots__cell--on' : ''}`}
                    onTap={() => toggle(slot)}
                  >
                    {on(slot) ? <Icon name="check" size={1.1} /> : null}
                  </Tap>
                );
              })}
            </View>
          ))}
        </View>
      </Field>
      <Field label={t('school.class.room')} error={error('roomId')}>
        <SelectInput
          id="class-room"
          label={desks('desks.choose')}
          value={draft.roomId}
          invalid={error('roomId') !== undefined}
          options={sources.rooms.map((one) => ({
            value: one.roomId as string,
            label: `${one.name} · ${desks('desks.people', { count: one.capacity })}`,
          }))}
          onChange={(roomId) => onChange({ roomId })}
        />
      </Field>
    </View>
  );
}

function ForWhom({ draft, bounds, error, onChange }: PartProps & { readonly bounds: Bounds }) {
  const from = bounds.course?.gradeFrom ?? 1;
  const to = bounds.course?.gradeTo ?? 9;
  const grades = Array.from({ length: to - from + 1 }, (_, index) => from + index);
  return (
    <View>
      <View className="k-strong k-card__title">{t('school.class.part.whom')}</View>
      <Field label={t('school.class.grades')} error={error('grades')}>
        <Chips
          id="class-grades"
          label={t('school.class.grades')}
          values={draft.grades.map(String)}
          options={grades.map((grade) => ({ value: String(grade), label: desks('desks.grade', { grade }) }))}
          onChange={(values) => onChange({ grades: values.map(Number) })}
        />
      </Field>
      <View className="k-form-grid k-form-grid--two s-form-gap">
        <Field label={t('school.class.capacity')} error={error('capacity')}>
          <TextInput
            id="class-capacity"
            kind="number"
            lengthMax={3}
            value={draft.capacity}
            invalid={error('capacity') !== undefined}
            onChange={(capacity) => onChange({ capacity })}
          />
        </Field>
        <Field label={t('school.class.smallest')} hint={t('school.class.smallest.hint')} error={error('smallestSize')}>
          <TextInput
            id="class-smallest"
            kind="number"
            lengthMax={3}
            value={draft.smallestSize}
            invalid={error('smallestSize') !== undefined}
            onChange={(smallestSize) => onChange({ smallestSize })}
          />
        </Field>
      </View>
    </View>
  );
}

function HowMuch({ draft, bounds, error, onChange }: PartProps & { readonly bounds: Bounds }) {
  const ceiling = payCeilingFen(bounds);
  return (
    <View>
      <View className="k-strong k-card__title">{t('school.class.part.money')}</View>
      <View className="k-form-grid k-form-grid--two">
        <Field
          label={t('school.class.feeEach')}
          error={error('fee')}
          hint={bounds.scale ? t('school.class.scale', { max: formatFen(bounds.scale.feePerSessionFenMax) }) : undefined}
        >
          <TextInput
            id="class-fee"
            kind="decimal"
            lengthMax={10}
            value={draft.fee}
            invalid={error('fee') !== undefined}
            onChange={(fee) => onChange({ fee })}
          />
        </Field>
        <Field
          label={t('school.class.payEach')}
          error={error('pay')}
          hint={ceiling === undefined ? undefined : t('school.class.scale', { max: formatFen(ceiling) })}
        >
          <TextInput
            id="class-pay"
            kind="decimal"
            lengthMax={10}
            value={draft.pay}
            invalid={error('pay') !== undefined}
            onChange={(pay) => onChange({ pay })}
          />
        </Field>
      </View>
      <View className="s-form-gap">
        <SwitchRow
          id="class-material"
          on={draft.withMaterial}
          label={t('school.class.material.on')}
          hint={t('school.class.material.hint')}
          onChange={(withMaterial) => onChange({ withMaterial })}
        />
      </View>
      {draft.withMaterial ? (
        <View className="k-form-grid k-form-grid--two s-form-gap">
          <Field label={t('school.class.material.name')} error={error('materialName')}>
            <TextInput
              id="class-material-name"
              lengthMax={40}
              value={draft.materialName}
              invalid={error('materialName') !== undefined}
              onChange={(materialName) => onChange({ materialName })}
            />
          </Field>
          <Field label={t('school.class.material.price')} error={error('materialPrice')}>
            <TextInput
              id="class-material-price"
              kind="decimal"
              lengthMax={10}
              value={draft.materialPrice}
              invalid={error('materialPrice') !== undefined}
              onChange={(materialPrice) => onChange({ materialPrice })}
            />
          </Field>
          <Field label={t('school.class.material.description')} optional>
            <TextArea
              id="class-material-description"
              lengthMax={200}
              value={draft.materialDescription}
              onChange={(materialDescription) => onChange({ materialDescription })}
            />
          </Field>
        </View>
      ) : null}
    </View>
  );
}

function labelOf(field: DraftField): string {
  const labels: Record<DraftField, string> = {
    courseId: desks('course.name'),
    instructorId: desks('instructor.name'),
    roomId: t('school.class.room'),
    slots: t('school.class.slots'),
    grades: t('school.class.grades'),
    capacity: t('school.class.capacity'),
    smallestSize: t('school.class.smallest'),
    reserved: t('school.class.reserved'),
    fee: t('school.class.feeEach'),
    pay: t('school.class.payEach'),
    materialName: t('school.class.material.name'),
    materialPrice: t('school.class.material.price'),
    materialDescription: t('school.class.material.description'),
  };
  return labels[field];
}

function problemText(problem: Problem): string {
  switch (problem.code) {
    case 'required':
      return desks('desks.required');
    case 'money':
      return desks('desks.badMoney');
    case 'number':
      return desks('desks.badNumber', { min: problem.min, max: problem.max });
    case 'above-scale':
      return t('school.class.aboveScale', { max: formatFen(problem.maxFen) });
    case 'room-small':
      return t('school.class.roomSmall', { capacity: problem.capacity });
    case 'slots':
      return t('school.class.slots.none');
    case 'slots-many':
      return t('school.class.slots.many');
    case 'grades':
      return t('school.class.grades.wrong');
    case 'smallest':
      return t('school.class.smallest.wrong');
    case 'purpose':
      return t('school.class.reserved.purpose.short');
    case 'purpose-twice':
      return t('school.class.reserved.purpose.twice');
    case 'all-kept':
      return t('school.class.reserved.all');
  }
}
