/** In the window form: groups of grades that begin later than the window itself. */
import type { Instant } from '@kehou/shared/kernel/time';
import { View } from '@tarojs/components';
import { Button } from '../../components/Button';
import { Chips } from '../../components/Choices.tsx';
import { Field } from '../../components/Field.tsx';
import { t as desks } from '../../texts/desks.ts';
import { t } from '../../texts/opening.ts';
import type { Hours } from './lottery-form.ts';
import { Moment } from './Moment.tsx';
import { GRADES, GROUPS_MAX, type OpeningDraft, type OpeningProblem, openingProblems } from './openings-form.ts';

export interface GradeOpeningsProps {
  readonly drafts: readonly OpeningDraft[];
  /** The window's own, which a new group begins with. */
  readonly opens: Hours;
  readonly opensAt: Instant | undefined;
  readonly closesAt: Instant | undefined;
  /** Show what is wrong: after a first try to save. */
  readonly tried: boolean;
  onChange(drafts: readonly OpeningDraft[]): void;
}

export function GradeOpenings({ drafts, opens, opensAt, closesAt, tried, onChange }: GradeOpeningsProps) {
  const problems = tried ? openingProblems(drafts, { opensAt, closesAt }) : [];
  const change = (at: number, next: Partial<OpeningDraft>) =>
    onChange(drafts.map((draft, index) => (index === at ? { ...draft, ...next } : draft)));
  return (
    <Field label={t('openings.title')} optional hint={t('openings.hint')}>
      <View className="k-column k-column--wide">
        {drafts.map((draft, index) => (
          <View key={String(index)} className="k-card k-column">
            <Field label={t('openings.group', { number: index + 1 })} error={gradesError(problems[index])}>
              <Chips
                id={`opening-${index}-grades`}
                label={t('openings.group', { number: index + 1 })}
                values={draft.grades.map(String)}
                options={GRADES.map((grade) => ({ value: String(grade), label: desks('desks.grade', { grade }) }))}
                onChange={(values) => change(index, { grades: values.map(Number) })}
              />
            </Field>
            <Moment
              id={`opening-${index}`}
              label={t('openings.opens')}
              value={draft.opens}
              error={opensError(problems[index])}
              onChange={(value) => change(index, { opens: value })}
            />
            <Button kind="text" small id={`opening-${index}-remove`} onTap={() => onChange(drafts.filter((_, other) => other !== index))}>
              {t('openings.remove')}
            </Button>
          </View>
        ))}
        {drafts.length < GROUPS_MAX ? (
          <Button kind="plain" icon="plus" id="opening-add" onTap={() => onChange([...drafts, { grades: [], opens }])}>
            {t('openings.add')}
          </Button>
        ) : null}
      </View>
    </Field>
  );
}

function gradesError(problem: OpeningProblem | undefined): string | undefined {
  if (!problem?.grades) return undefined;
  return problem.grades === 'none' ? t('openings.noGrades') : t('openings.twice', { grade: problem.grades.twice });
}

function opensError(problem: OpeningProblem | undefined): string | undefined {
  if (!problem?.opens) return undefined;
  return problem.opens === 'required' ? desks('desks.badDate') : t('openings.outside');
}
