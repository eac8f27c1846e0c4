/** The parts of the form of a class: who teaches what, when and where, for whom, for how much. */
import { formatFen } from '@kehou/shared/kernel/fen';
import type { Weekday } from '@kehou/shared/kernel/time';
import type { Slot } from '@kehou/shared/offering/offering';
import { Text, View } from '@tarojs/components';
import type { ReactNode } from 'react';
import { Chips } from '../../components/Choices.tsx';
import { Field } from '../../components/Field.tsx';
import { weekdayName } from '../../components/format.ts';
import { Icon } from '../../components/Icon.tsx';
import { SelectInput, SwitchRow, TextArea, TextInput } from '../../components/Inputs';
import { Tap } from '../../components/Tap';
import { t as desks } from '../../texts/desks.ts';
import { t } from '../../texts/school.ts';
import { type Bounds, type Draft, type DraftField, payCeilingFen } from './class-draft.ts';
import './classes.scss';

import type { Sources } from './sources.ts';

interface PartProps {
  readonly draft: Draft;
  error(key: DraftField): string | undefined;
  onChange(next: Partial<Draft>): void;
}

function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <View>
      <View className="k-strong k-card__title">{title}</View>
      <View className="k-form-grid k-form-grid--two">{children}</View>
    </View>
  );
}

export function Who({ draft, sources, error, onChange }: PartProps & { readonly sources: Sources }) {
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

export function When({ draft, sources, error, onChange }: PartProps & { readonly sources: Sources }) {
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

export function ForWhom({ draft, bounds, error, onChange }: PartProps & { readonly bounds: Bounds }) {
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

export function HowMuch({ draft, bounds, error, onChange }: PartProps & { readonly bounds: Bounds }) {
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
