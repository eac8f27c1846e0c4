/** What was written down wrong about an instructor: where they are paid, their number, their name. Only what is filled in is replaced. */
import { Phone } from '@kehou/shared/identity/person';
import type { Id } from '@kehou/shared/kernel/id';
import type { Instructor } from '@kehou/shared/library/library';
import { Text, View } from '@tarojs/components';
import { useState } from 'react';
import { api } from '../../api.ts';
import { Button } from '../../components/Button';
import { FormFailure, inForm } from '../../components/desk/FormFailure.tsx';
import { Field } from '../../components/Field.tsx';
import { Icon } from '../../components/Icon.tsx';
import { TextInput } from '../../components/Inputs';
import { useAction } from '../../queries.ts';
import { t } from '../../texts/bureau.ts';
import { t as common } from '../../texts/common.ts';
import { t as desks } from '../../texts/desks.ts';
import { useBureau } from '../desk.tsx';

const ACCOUNT = /^\d{12,19}$/;
const REASON_LENGTH_MIN = 2;
const empty = { name: '', phone: '', holder: '', bank: '', number: '', reason: '' };
type Draft = typeof empty;

export function Correction({ instructor }: { readonly instructor: Instructor }) {
  const { bureauId } = useBureau();
  const [open, setOpen] = useState(false);
  const [draft, setDraft] = useState<Draft>(empty);
  const [tried, setTried] = useState(false);
  const set = (field: keyof Draft) => (value: string) => setDraft({ ...draft, [field]: value });
  const [name, bank, holder] = [draft.name.trim(), draft.bank.trim(), draft.holder.trim()];
  const digits = draft.number.replace(/\s/g, '');
  const phone = Phone.safeParse(draft.phone.trim());
  const withPhone = draft.phone.trim() !== '';
  const withAccount = digits !== '' || bank !== '' || holder !== '';
  const problems: Partial<Record<keyof Draft, string>> = {
    ...(withPhone && !phone.success ? { phone: desks('phone.bad') } : {}),
    ...(withAccount && bank.length < 2 ? { bank: desks('desks.required') } : {}),
    ...(withAccount && !ACCOUNT.test(digits) ? { number: t('bureau.instructor.account.bad') } : {}),
    ...(!withPhone && !withAccount && name === '' ? { number: t('bureau.correction.nothing') } : {}),
    ...(draft.reason.trim().length < REASON_LENGTH_MIN ? { reason: t('bureau.library.reason.short') } : {}),
  };
  const save = useAction(
    () =>
      api.library.correctInstructor({
        bureauId,
        instructorId: instructor.instructorId as Id<'instructor'>,
        reason: draft.reason.trim(),
        ...(name ? { name } : {}),
        ...(phone.success ? { phone: phone.data } : {}),
        ...(withAccount ? { account: { holder: holder || name || instructor.name, bank, number: digits } } : {}),
      }),
    {
      done: t('bureau.correction.done'),
      refresh: [['library']],
      onDone: () => {
        setOpen(false);
        setTried(false);
        setDraft(empty);
      },
      onFailed: inForm,
    },
  );
  // Whose number and account these are is the admitting bureau's to say.
  if (instructor.admission.bureauId !== bureauId) return null;
  if (!open) {
    return (
      <Button icon="edit" id="instructor-correct" onTap={() => setOpen(true)}>
        {t('bureau.correction')}
      </Button>
    );
  }
  const error = (field: keyof Draft) => (tried ? problems[field] : undefined);
  const input = (field: keyof Draft, lengthMax: number, kind?: 'number' | 'phone', placeholder?: string) => (
    <TextInput
      id={`correct-${field}`}
      value={draft[field]}
      lengthMax={lengthMax}
      {...(kind ? { kind } : {})}
      {...(placeholder ? { placeholder } : {})}
      invalid={error(field) !== undefined}
      onChange={set(field)}
    />
  );
  return (
    <View className="k-column">
      <View className="k-divider" />
      <View className="k-strong k-card__title">{t('bureau.correction')}</View>
      <View className="k-text-s k-muted">{t('bureau.correction.lead')}</View>
      <View className="k-form-grid k-form-grid--two">
        <Field label={t('bureau.instructor.bank')} error={error('bank')}>
          {input('bank', 40)}
        </Field>
        <Field label={t('bureau.instructor.number')} error={error('number')}>
          {input('number', 23, 'number')}
        </Field>
        <Field label={t('bureau.instructor.holder')} optional>
          {input('holder', 30, undefined, name || instructor.name)}
        </Field>
        <Field label={desks('instructor.phone')} error={error('phone')} optional>
          {input('phone', 11, 'phone', instructor.phone)}
        </Field>
        <Field label={t('bureau.instructor.name')} optional>
          {input('name', 30, undefined, instructor.name)}
        </Field>
        <Field label={t('bureau.library.reason')} error={error('reason')}>
          {input('reason', 200)}
        </Field>
      </View>
      <View className="k-notice">
        <Icon name="info" />
        <Text>{t('bureau.correction.effect')}</Text>
      </View>
      <FormFailure error={save.error} />
      <View className="k-buttons">
        <Button onTap={() => setOpen(false)}>{common('common.cancel')}</Button>
        <Button
          kind="primary"
          id="correction-save"
          running={save.running}
          onTap={() => {
            setTried(true);
            if (Object.keys(problems).length === 0) save.run(undefined);
          }}
        >
          {t('bureau.correction.save')}
        </Button>
      </View>
    </View>
  );
}
