/** Fee and pay ceilings, recorded with the document that sets them. */
import { formatFen } from '@kehou/shared/kernel/fen';
import { newId } from '@kehou/shared/kernel/id';
import { type ChinaDate, chinaDate } from '@kehou/shared/kernel/time';
import { Text, View } from '@tarojs/components';
import { useState } from 'react';
import { api } from '../../api.ts';
import { serverNow } from '../../clock.ts';
import { Button } from '../../components/Button';
import { FormFailure, inForm } from '../../components/desk/FormFailure.tsx';
import { Pairs, Panel } from '../../components/desk/Panel.tsx';
import { fenOf } from '../../components/desk/yuan.ts';
import { Field } from '../../components/Field.tsx';
import { day, fullMoment } from '../../components/format.ts';
import { Icon } from '../../components/Icon.tsx';
import { DateInput, SelectInput, TextInput } from '../../components/Inputs';
import { Empty, ListState } from '../../components/ListState.tsx';
import { useToday } from '../../components/today.ts';
import { failureOf } from '../../failure.ts';
import { platform } from '../../platform/current';
import { useAction, useCall } from '../../queries.ts';
import { t } from '../../texts/bureau.ts';
import { t as desks } from '../../texts/desks.ts';
import { BureauDesk, useBureau, useSchools } from '../desk.tsx';
import { Recorded } from './Recorded.tsx';
import '../bureau.scss';

export default function BureauScales() {
  return (
    <BureauDesk current="bureau/scales" title={t('bureau.scales.title')} lead={t('bureau.scales.lead')}>
      <View className="d-stack">
        <View className="d-columns d-columns--two">
          <Form />
          <InForce />
        </View>
        <Panel title={t('bureau.scales.list')} id="scales-recorded">
          <Recorded />
        </Panel>
      </View>
    </BureauDesk>
  );
}

const ceilings = ['fee', 'own', 'outside'] as const;
type Ceiling = (typeof ceilings)[number];
const DOCUMENT_LENGTH_MIN = 4;

function Form() {
  const { bureauId } = useBureau();
  const [scaleId, setScaleId] = useState(() => newId('scale'));
  const [document, setDocument] = useState('');
  const today = useToday();
  const [from, setValidFrom] = useState<string>();
  const validFrom = from ?? today;
  const [validUntil, setValidUntil] = useState('');
  const [amounts, setAmounts] = useState<Record<Ceiling, string>>({ fee: '', own: '', outside: '' });
  const [tried, setTried] = useState(false);
  const problems = {
    ...(document.trim().length < DOCUMENT_LENGTH_MIN ? { document: t('bureau.decision.document.short') } : {}),
    ...(validFrom ? {} : { validFrom: desks('desks.badDate') }),
    ...(validUntil && validUntil <= validFrom ? { validUntil: t('bureau.decision.order') } : {}),
    ...Object.fromEntries(ceilings.filter((key) => fenOf(amounts[key]) === undefined).map((key) => [key, desks('desks.badMoney')])),
  } as Partial<Record<'document' | 'validFrom' | 'validUntil' | Ceiling, string>>;
  const save = useAction(
    () =>
      api.school.recordScale({
        bureauId,
        scaleId,
        document: document.trim(),
        validFrom: validFrom as ChinaDate,
        ...(validUntil ? { validUntil: validUntil as ChinaDate } : {}),
        feePerSessionFenMax: fenOf(amounts.fee) ?? 0,
        ownTeacherPayFenMax: fenOf(amounts.own) ?? 0,
        outsideInstructorPayFenMax: fenOf(amounts.outside) ?? 0,
      }),
    {
      done: t('bureau.scales.recorded'),
      refresh: [
        ['school', 'getScale'],
        ['school', 'listScales'],
      ],
      onDone: () => {
        setScaleId(newId('scale'));
        setDocument('');
        setAmounts({ fee: '', own: '', outside: '' });
        setTried(false);
      },
      onFailed: inForm,
    },
  );
  const error = (key: keyof typeof problems) => (tried ? problems[key] : undefined);
  const ask = async () => {
    setTried(true);
    if (Object.keys(problems).length > 0) return;
    const sure = await platform.modal({
      title: t('bureau.scales.sure', { document: document.trim() }),
      content: t('bureau.scales.sure.content'),
    });
    if (sure) await save.run(undefined);
  };
  return (
    <Panel title={t('bureau.scales.record')} hint={t('bureau.scales.hint')}>
      <View className="k-column k-column--wide">
        <Field label={t('bureau.scales.document')} error={error('document')}>
          <TextInput
            id="scale-document"
            value={document}
            lengthMax={100}
            placeholder={t('bureau.scales.document.example')}
            invalid={error('document') !== undefined}
            onChange={setDocument}
          />
        </Field>
        <View className="k-form-grid k-form-grid--two">
          <Field label={t('bureau.scales.from')} error={error('validFrom')}>
            <DateInput
              mode="date"
              id="scale-from"
              label={t('bureau.scales.from')}
              value={validFrom}
              invalid={error('validFrom') !== undefined}
              onChange={setValidFrom}
            />
          </Field>
          <Field label={t('bureau.scales.until')} optional error={error('validUntil')}>
            <DateInput
              mode="date"
              id="scale-until"
              label={t('bureau.scales.until')}
              value={validUntil}
              invalid={error('validUntil') !== undefined}
              onChange={setValidUntil}
            />
          </Field>
          {ceilings.map((key) => (
            <Field key={key} label={t(`bureau.scales.${key}`)} error={error(key)}>
              <TextInput
                id={`scale-${key}`}
                kind="decimal"
                lengthMax={10}
                value={amounts[key]}
                invalid={error(key) !== undefined}
                onChange={(value) => setAmounts({ ...amounts, [key]: value })}
              />
            </Field>
          ))}
        </View>
        <FormFailure error={save.error} />
        <View className="k-row">
          <Button kind="primary" id="scale-save" running={save.running} onTap={ask}>
            {t('bureau.scales.record')}
          </Button>
        </View>
      </View>
    </Panel>
  );
}

/** What binds a school today: of the nearest bureau above it that has recorded one. */
function InForce() {
  const schools = useSchools();
  const [chosen, setChosen] = useState<string>();
  const school = schools.items.find((one) => one.organisationId === chosen) ?? schools.items[0];
  const scale = useCall(
    'school',
    'getScale',
    { schoolId: school?.organisationId as NonNullable<typeof school>['organisationId'], on: chinaDate(serverNow()) },
    { enabled: school !== undefined },
  );
  const none = Boolean(scale.error) && ['request.not_found', 'offering.no_scale'].includes(failureOf(scale.error).code ?? '');
  const data = scale.data;
  return (
    <Panel title={t('bureau.scales.inForce')} hint={t('bureau.scales.inForce.hint')}>
      <ListState of={schools} empty={!school} emptyIcon="school" emptyText={desks('figures.none')}>
        <View className="k-column k-column--wide">
          <SelectInput
            id="scale-school"
            label={desks('figures.school')}
            value={(school?.organisationId ?? '') as string}
            options={schools.items.map((one) => ({ value: one.organisationId as string, label: one.name }))}
            onChange={setChosen}
          />
          {none ? (
            <Empty icon="receipt" text={t('bureau.scales.none')} hint={t('bureau.scales.none.hint')} />
          ) : (
            <ListState of={scale} skeletonRows={1} skeletonHeight={200}>
              {() =>
                data ? (
                  <>
                    <Pairs
                      pairs={[
                        { name: t('bureau.scales.document'), value: data.document },
                        {
                          name: t('bureau.scales.valid'),
                          value: `${day(data.validFrom)} – ${data.validUntil ? day(data.validUntil) : t('bureau.scales.open')}`,
                        },
                        { name: t('bureau.scales.fee'), value: formatFen(data.feePerSessionFenMax), number: true },
                        { name: t('bureau.scales.own'), value: formatFen(data.ownTeacherPayFenMax), number: true },
                        { name: t('bureau.scales.outside'), value: formatFen(data.outsideInstructorPayFenMax), number: true },
                        { name: desks('admission.recordedBy'), value: `${data.recordedBy} · ${fullMoment(data.recordedAt)}` },
                      ]}
                    />
                    <View className="k-notice">
                      <Icon name="info" />
                      <Text>{t('bureau.scales.effect')}</Text>
                    </View>
                  </>
                ) : null
              }
            </ListState>
          )}
        </View>
      </ListState>
    </Panel>
  );
}
