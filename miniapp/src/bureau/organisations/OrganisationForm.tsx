/** A new school, county bureau, office or operator. */
import { newId } from '@kehou/shared/kernel/id';
import { mayContain, type Organisation } from '@kehou/shared/organisation/organisation';
import { View } from '@tarojs/components';
import { useState } from 'react';
import { api } from '../../api.ts';
import { inForm } from '../../components/desk/FormFailure.tsx';
import { FormSheet } from '../../components/desk/FormSheet.tsx';
import { Field } from '../../components/Field.tsx';
import { SelectInput, TextInput } from '../../components/Inputs';
import { useAction } from '../../queries.ts';
import { t } from '../../texts/bureau.ts';
import { t as common } from '../../texts/common.ts';
import { t as desks } from '../../texts/desks.ts';
import { useBureau } from '../desk.tsx';
import { FenceInput } from './FenceInput.tsx';
import { fenceDraftOf, fenceOf } from './fence-draft.ts';
import type { Tree } from './tree.ts';

type Kind = 'school' | 'county-bureau' | 'office' | 'operator';
type Area = NonNullable<Organisation['area']>;
type Stage = NonNullable<Organisation['stage']>;
const NAME_LENGTH_MIN = 2;

export function OrganisationForm({ tree, onClose }: { readonly tree: Tree; onClose(): void }) {
  const { bureauId } = useBureau();
  const [organisationId] = useState(() => newId('organisation'));
  const [parentId, setParentId] = useState<string>(bureauId);
  const parent = tree.bureaus.find((one) => one.organisationId === parentId) ?? tree.self;
  const kinds = (parent ? mayContain[parent.kind] : []).filter((kind): kind is Kind => kind !== 'city-bureau');
  const [wanted, setKind] = useState<Kind>('school');
  const kind = kinds.includes(wanted) ? wanted : (kinds[0] ?? 'school');
  const [name, setName] = useState('');
  const [area, setArea] = useState<Area>('urban');
  const [stage, setStage] = useState<Stage>('primary');
  const [operatorId, setOperatorId] = useState('');
  const [place, setPlace] = useState(() => fenceDraftOf(undefined));
  const [tried, setTried] = useState(false);
  const fence = fenceOf(place);
  const isSchool = kind === 'school';
  const noName = name.trim().length < NAME_LENGTH_MIN;
  const save = useAction(
    () => {
      if (kind === 'operator') return api.organisation.createOperator({ bureauId, organisationId, name: name.trim() });
      return api.organisation.createOrganisation({
        parentId: (parent?.organisationId ?? bureauId) as Organisation['organisationId'],
        organisationId,
        kind,
        name: name.trim(),
        ...(isSchool
          ? {
              area,
              stage,
              ...(fence ? { fence } : {}),
              ...(operatorId ? { operatorId: operatorId as Organisation['organisationId'] } : {}),
            }
          : {}),
      });
    },
    {
      done: (made) => t('bureau.organisations.created', { name: made.name }),
      refresh: [['organisation'], ['supervision']],
      onDone: onClose,
      onFailed: inForm,
    },
  );
  return (
    <FormSheet
      id="organisation"
      title={t('bureau.organisations.add')}
      words={t('bureau.organisations.add')}
      save={save}
      onSave={() => {
        setTried(true);
        if (!noName && (!isSchool || fence !== undefined)) save.run(undefined);
      }}
      onClose={onClose}
    >
      <View className="k-column k-column--wide">
        <Field label={t('bureau.organisations.parent')}>
          <SelectInput
            id="organisation-parent"
            label={t('bureau.organisations.parent')}
            value={(parent?.organisationId ?? '') as string}
            options={tree.bureaus.map((one) => ({ value: one.organisationId as string, label: one.name }))}
            onChange={setParentId}
          />
        </Field>
        <Field label={t('bureau.organisations.kind')}>
          <SelectInput<Kind>
            id="organisation-kind"
            label={t('bureau.organisations.kind')}
            value={kind}
            options={kinds.map((value) => ({ value, label: t(`bureau.kind.${value}`) }))}
            onChange={setKind}
          />
        </Field>
        <Field label={t('bureau.organisations.name')} error={tried && noName ? desks('desks.required') : undefined}>
          <TextInput id="organisation-name" value={name} lengthMax={60} invalid={tried && noName} onChange={setName} />
        </Field>
        {isSchool ? (
          <>
            <View className="k-form-grid k-form-grid--two">
              <Field label={desks('figures.area')}>
                <SelectInput<Area>
                  id="organisation-area"
                  label={desks('figures.area')}
                  value={area}
                  options={(['urban', 'rural'] as const).map((value) => ({ value, label: desks(`figures.area.${value}`) }))}
                  onChange={setArea}
                />
              </Field>
              <Field label={t('bureau.organisations.stage')}>
                <SelectInput<Stage>
                  id="organisation-stage"
                  label={t('bureau.organisations.stage')}
                  value={stage}
                  options={(['primary', 'junior', 'nine-year'] as const).map((value) => ({ value, label: t(`bureau.stage.${value}`) }))}
                  onChange={setStage}
                />
              </Field>
            </View>
            <Field label={t('bureau.organisations.operator')} optional>
              <SelectInput
                id="organisation-operator"
                label={t('bureau.organisations.operator')}
                value={operatorId}
                options={[
                  { value: '', label: common('common.none') },
                  ...tree.operators.map((one) => ({ value: one.organisationId as string, label: one.name })),
                ]}
                onChange={setOperatorId}
              />
            </Field>
            <FenceInput value={place} invalid={tried && fence === undefined} onChange={setPlace} />
          </>
        ) : null}
      </View>
    </FormSheet>
  );
}
