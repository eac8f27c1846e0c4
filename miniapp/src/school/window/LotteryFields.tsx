/** In the window form: how places are given, and how a draw goes. */
import type { Instant } from '@kehou/shared/kernel/time';
import { earliestBirth, PAY_HOURS_MAX, VALUE_GAP_MINUTES_MIN } from '@kehou/shared/selection/lottery';
import { View } from '@tarojs/components';
import { RadioRows, Segments } from '../../components/Choices.tsx';
import { Field } from '../../components/Field.tsx';
import { fullMoment } from '../../components/format.ts';
import { TextInput } from '../../components/Inputs';
import { t as desks } from '../../texts/desks.ts';
import { t } from '../../texts/draws.ts';
import { t as modes } from '../../texts/modes.ts';
import { type LotteryDraft, MODES, type Problem, paidBy, problemsOf, ROUNDS } from './lottery-form.ts';
import { Moment } from './Moment.tsx';

export interface LotteryFieldsProps {
  readonly draft: LotteryDraft;
  readonly closesAt: Instant | undefined;
  /** Show what is wrong: after a first try to save. */
  readonly tried: boolean;
  onChange(draft: LotteryDraft): void;
}

export function LotteryFields({ draft, closesAt, tried, onChange }: LotteryFieldsProps) {
  const set = (next: Partial<LotteryDraft>) => onChange({ ...draft, ...next });
  const problems = tried ? problemsOf(draft, closesAt) : {};
  const earliest = paidBy(draft, closesAt);
  const words = (problem: Problem | undefined): string | undefined => {
    switch (problem) {
      case undefined:
        return undefined;
      case 'required':
        return desks('desks.badDate');
      case 'payHours':
        return t('draws.pay.bad', { max: PAY_HOURS_MAX });
      case 'name':
        return t('draws.name.bad');
      case 'born':
        return t('draws.born.bad', { when: closesAt ? fullMoment(earliestBirth(closesAt)) : '', minutes: VALUE_GAP_MINUTES_MIN });
      case 'leftOpens':
        return t('draws.left.bad', { when: earliest ? fullMoment(earliest) : '' });
      case 'leftCloses':
        return t('draws.left.closesFirst');
    }
  };
  return (
    <>
      <Field label={t('draws.mode')} hint={t('draws.mode.fixed')}>
        <RadioRows
          id="window-mode"
          label={t('draws.mode')}
          value={draft.mode}
          options={MODES.map((mode) => ({ value: mode, label: modes(`mode.${mode}`), hint: t(`draws.mode.${mode}.hint`) }))}
          onChange={(mode) => set({ mode })}
        />
      </Field>
      {draft.mode === 'first-come' ? null : (
        <View className="k-column k-column--wide">
          <Field
            label={t('draws.rounds')}
            hint={draft.rounds === 1 ? t('draws.rounds.one') : t('draws.rounds.more', { rounds: draft.rounds })}
          >
            <Segments
              id="window-rounds"
              label={t('draws.rounds')}
              value={String(draft.rounds)}
              options={ROUNDS.map((rounds) => ({ value: String(rounds), label: String(rounds) }))}
              onChange={(rounds) => set({ rounds: Number(rounds) })}
            />
          </Field>
          <Field label={t('draws.pay')} hint={t('draws.pay.hint', { max: PAY_HOURS_MAX })} error={words(problems.payHours)}>
            <TextInput
              id="window-pay-hours"
              kind="number"
              lengthMax={2}
              value={draft.payHours}
              invalid={problems.payHours !== undefined}
              onChange={(payHours) => set({ payHours })}
            />
          </Field>
          <Field label={t('draws.source')}>
            <RadioRows
              id="window-source"
              label={t('draws.source')}
              value={draft.source}
              options={(['public', 'secret'] as const).map((source) => ({
                value: source,
                label: t(`draws.source.${source}`),
                hint: t(`draws.source.${source}.hint`),
              }))}
              onChange={(source) => set({ source })}
            />
          </Field>
          {draft.source === 'public' ? (
            <>
              <Field label={t('draws.name')} error={words(problems.name)}>
                <TextInput
                  id="window-seed-name"
                  lengthMax={120}
                  value={draft.name}
                  placeholder={t('draws.name.example')}
                  invalid={problems.name !== undefined}
                  onChange={(name) => set({ name })}
                />
              </Field>
              <Moment
                id="window-born"
                label={t('draws.born')}
                hint={t('draws.born.hint', { minutes: VALUE_GAP_MINUTES_MIN })}
                value={draft.born}
                error={words(problems.born)}
                onChange={(born) => set({ born })}
              />
            </>
          ) : null}
          {draft.mode === 'lottery-then-first-come' ? (
            <>
              <Moment
                id="window-left-opens"
                label={t('draws.left.opens')}
                value={draft.leftOpens}
                error={words(problems.leftOpens)}
                onChange={(leftOpens) => set({ leftOpens })}
              />
              <Moment
                id="window-left-closes"
                label={t('draws.left.closes')}
                value={draft.leftCloses}
                error={words(problems.leftCloses)}
                onChange={(leftCloses) => set({ leftCloses })}
              />
            </>
          ) : null}
        </View>
      )}
    </>
  );
}
