import { Phone } from '@kehou/shared/identity/person';
import { newId } from '@kehou/shared/kernel/id';
import { CourseKind, type Instructor } from '@kehou/shared/library/library';
import { View } from '@tarojs/components';
import { useState } from 'react';
import type * as z from 'zod';
import { api } from '../../api.ts';
import { Chips, Segments } from '../../components/Choices.tsx';
import { inForm } from '../../components/desk/FormFailure.tsx';
import { FormSheet } from '../../components/desk/FormSheet.tsx';
import { Field } from '../../components/Field.tsx';
import { SwitchRow, TextArea, TextInput } from '../../components/Inputs';
import { useAction } from '../../queries.ts';
import { t } from '../../texts/bureau.ts';
import { t as desks } from '../../texts/desks.ts';
import { useBureau } from '../desk.tsx';
import { Decision, decisionInput, decisionProblems, newDecision } from './Decision.tsx';
import '../bureau.scss';

type Kind = z.infer<typeof CourseKind>;
type Position = Instructor['kind'];
const ACCOUNT = /^\d{12,19}$/;

export function InstructorForm({ onClose }: { onClose(): void }) {
  const { bureauId } = useBureau();
  const [ids] = useState(() => ({ instructorId: newId('instructor'), admissionId: newId('admission') }));
  const [name, setName] = useState('');
  const [phone, setPhone] = useState('');
  const [position, setPosition] = useState<Position>('own');
  const [institution, setInstitution] = useState('');
  const [kinds, setKinds] = useState<readonly Kind[]>([]);
  const [introduction, setIntroduction] = useState('');
  const [withAccount, setWithAccount] = useState(true);
  const [holder, setHolder] = useState('');
  const [bank, setBank] = useState('');
  const [number, setNumber] = useState('');
  const [decision, setDecision] = useState(newDecision);
  const [tried, setTried] = useState(false);
  const parsed = Phone.safeParse(phone.trim());
  const digits = number.replace(/\s/g, '');
  const problems = {
    ...(name.trim() === '' ? { name: desks('desks.required') } : {}),
    ...(parsed.success ? {} : { phone: desks('phone.bad') }),
    ...(kinds.length === 0 ? { kinds: t('bureau.instructor.kinds.none') } : {}),
    ...(withAccount && bank.trim().length < 2 ? { bank: desks('desks.required') } : {}),
    ...(withAccount && !ACCOUNT.test(digits) ? { number: t('bureau.instructor.account.bad') } : {}),
  } as Partial<Record<'name' | 'phone' | 'kinds' | 'bank' | 'number', string>>;
  const decided = decisionProblems(decision);
  const save = useAction(
    async () => {
      if (!parsed.success) return undefined;
      return api.library.admitInstructor({
        bureauId,
        instructorId: ids.instructorId,
        name: name.trim(),
        kind: position,
        ...(position === 'outside' && institution.trim() ? { institutionName: institution.trim() } : {}),
        courseKinds: [...kinds],
        introduction: introduction.trim(),
        phone: parsed.data,
        ...(withAccount ? { account: { holder: holder.trim() || name.trim(), bank: bank.trim(), number: digits } } : {}),
        admission: { admissionId: ids.admissionId, ...decisionInput(decision) },
      });
    },
    {
      done: (made) => t('bureau.library.admitted', { name: made?.name ?? name }),
      refresh: [['library']],
      onDone: onClose,
      onFailed: inForm,
    },
  );
  const error = (key: keyof typeof problems) => (tried ? problems[key] : undefined);
  return (
    <FormSheet
      id="instructor"
      title={t('bureau.library.admit.instructors')}
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
          <Field label={t('bureau.instructor.name')} error={error('name')}>
            <TextInput id="instructor-name" value={name} lengthMax={30} invalid={error('name') !== undefined} onChange={setName} />
          </Field>
          <Field label={desks('instructor.phone')} hint={t('bureau.instructor.phone.hint')} error={error('phone')}>
            <TextInput
              id="instructor-phone"
              kind="phone"
              value={phone}
              lengthMax={11}
              invalid={error('phone') !== undefined}
              onChange={setPhone}
            />
          </Field>
        </View>
        <Field label={desks('instructor.kind')}>
          <Segments<Position>
            id="instructor-kind"
            label={desks('instructor.kind')}
            value={position}
            options={(['own', 'outside'] as const).map((value) => ({ value, label: desks(`instructor.kind.${value}`) }))}
            onChange={setPosition}
          />
        </Field>
        {position === 'outside' ? (
          <Field label={desks('instructor.institution')} optional>
            <TextInput id="instructor-institution" value={institution} lengthMax={60} onChange={setInstitution} />
          </Field>
        ) : null}
        <Field label={desks('instructor.teaches')} error={error('kinds')}>
          <Chips<Kind>
            id="instructor-kinds"
            label={desks('instructor.teaches')}
            values={kinds}
            options={CourseKind.options.map((value) => ({ value, label: desks(`kind.${value}`) }))}
            onChange={setKinds}
          />
        </Field>
        <Field label={desks('course.introduction')} optional>
          <TextArea id="instructor-introduction" value={introduction} lengthMax={500} onChange={setIntroduction} />
        </Field>
        <View>
          <SwitchRow
            id="instructor-account"
            on={withAccount}
            label={t('bureau.instructor.account')}
            hint={t('bureau.instructor.account.hint')}
            onChange={setWithAccount}
          />
          {withAccount ? (
            <View className="k-form-grid k-form-grid--two b-gap">
              <Field label={t('bureau.instructor.holder')} hint={t('bureau.instructor.holder.hint')} optional>
                <TextInput id="instructor-holder" value={holder} lengthMax={30} placeholder={name} onChange={setHolder} />
              </Field>
              <Field label={t('bureau.instructor.bank')} error={error('bank')}>
                <TextInput id="instructor-bank" value={bank} lengthMax={40} invalid={error('bank') !== undefined} onChange={setBank} />
              </Field>
              <Field label={t('bureau.instructor.number')} error={error('number')}>
                <TextInput
                  id="instructor-number"
                  kind="number"
                  value={number}
                  lengthMax={23}
                  invalid={error('number') !== undefined}
                  onChange={setNumber}
                />
              </Field>
            </View>
          ) : null}
        </View>
        <Decision value={decision} problems={tried ? decided : {}} onChange={setDecision} />
      </View>
    </FormSheet>
  );
}
