/** A new class, or a change of one: only from the school's library, inside the scale; clashes are said above the button. */
import { formatFen } from '@kehou/shared/kernel/fen';
import { newId } from '@kehou/shared/kernel/id';
import { type Offering, reservedText } from '@kehou/shared/offering/offering';
import type { Term } from '@kehou/shared/school/school';
import { Text, View } from '@tarojs/components';
import { useState } from 'react';
import { api } from '../../api.ts';
import { Button } from '../../components/Button';
import { FormFailure } from '../../components/desk/FormFailure.tsx';
import { Newer, readAgain, useBase } from '../../components/desk/Newer.tsx';
import type { Pair } from '../../components/desk/Panel.tsx';
import { gradesText, slotsText } from '../../components/desk/words.ts';
import { Icon } from '../../components/Icon.tsx';
import { ListState } from '../../components/ListState.tsx';
import { Sheet } from '../../components/Sheet.tsx';
import { go } from '../../platform/navigation.ts';
import { useAction } from '../../queries.ts';
import { t as common } from '../../texts/common.ts';
import { t as desks } from '../../texts/desks.ts';
import { t } from '../../texts/school.ts';
import { useSchool } from '../desk.tsx';
import { type Bounds, type Draft, type DraftField, draftOf, inputOf, type Problem, problemsOf } from './class-draft.ts';
import { ReserveFields } from './ReserveFields.tsx';
import './classes.scss';

import { ForWhom, HowMuch, When, Who } from './class-parts.tsx';
import { useSources } from './sources.ts';

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
