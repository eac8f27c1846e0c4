/** The recorded decision behind an admission: by which document, when, until when. */
import { addDays, type ChinaDate, chinaDate } from '@kehou/shared/kernel/time';
import { View } from '@tarojs/components';
import { serverNow } from '../../clock.ts';
import { Field } from '../../components/Field.tsx';
import { DateInput, TextInput } from '../../components/Inputs';
import { t } from '../../texts/bureau.ts';
import { t as desks } from '../../texts/desks.ts';

export interface DecisionDraft {
  readonly document: string;
  readonly decidedOn: string;
  readonly validUntil: string;
}

const DOCUMENT_LENGTH_MIN = 4;
/** Admissions run for two years unless the decision says otherwise. */
const DEFAULT_DAYS = 730;

export function newDecision(): DecisionDraft {
  const today = chinaDate(serverNow());
  return { document: '', decidedOn: today, validUntil: addDays(today, DEFAULT_DAYS) };
}

export function decisionProblems(draft: DecisionDraft): Partial<Record<keyof DecisionDraft, string>> {
  const today = chinaDate(serverNow());
  return {
    ...(draft.document.trim().length < DOCUMENT_LENGTH_MIN ? { document: t('bureau.decision.document.short') } : {}),
    ...(!draft.decidedOn
      ? { decidedOn: desks('desks.badDate') }
      : draft.decidedOn > today
        ? { decidedOn: t('bureau.decision.future') }
        : {}),
    ...(!draft.validUntil
      ? { validUntil: desks('desks.badDate') }
      : draft.validUntil <= draft.decidedOn
        ? { validUntil: t('bureau.decision.order') }
        : {}),
  };
}

export const decisionInput = (draft: DecisionDraft) => ({
  document: draft.document.trim(),
  decidedOn: draft.decidedOn as ChinaDate,
  validUntil: draft.validUntil as ChinaDate,
});

export interface DecisionProps {
  readonly value: DecisionDraft;
  readonly problems: Partial<Record<keyof DecisionDraft, string>>;
  onChange(value: DecisionDraft): void;
}

export function Decision({ value, problems, onChange }: DecisionProps) {
  return (
    <View>
      <View className="k-strong k-card__title">{t('bureau.decision.title')}</View>
      <Field label={desks('admission.document')} error={problems.document}>
        <TextInput
          id="decision-document"
          value={value.document}
          lengthMax={100}
          placeholder={t('bureau.decision.document.example')}
          invalid={problems.document !== undefined}
          onChange={(document) => onChange({ ...value, document })}
        />
      </Field>
      <View className="k-form-grid k-form-grid--two b-gap">
        <Field label={desks('admission.decidedOn')} error={problems.decidedOn}>
          <DateInput
            mode="date"
            id="decision-decidedOn"
            label={desks('admission.decidedOn')}
            value={value.decidedOn}
            max={chinaDate(serverNow())}
            invalid={problems.decidedOn !== undefined}
            onChange={(decidedOn) => onChange({ ...value, decidedOn })}
          />
        </Field>
        <Field label={desks('admission.validUntil')} error={problems.validUntil}>
          <DateInput
            mode="date"
            id="decision-validUntil"
            label={desks('admission.validUntil')}
            value={value.validUntil}
            invalid={problems.validUntil !== undefined}
            onChange={(validUntil) => onChange({ ...value, validUntil })}
          />
        </Field>
      </View>
    </View>
  );
}
