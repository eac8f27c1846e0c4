/** One school: where it is, who runs its service, who works at its desk. */
import type { Organisation } from '@kehou/shared/organisation/organisation';
import { View } from '@tarojs/components';
import { useState } from 'react';
import { api } from '../../api.ts';
import { Button } from '../../components/Button';
import { FormFailure, inForm } from '../../components/desk/FormFailure.tsx';
import { RoleForm } from '../../components/desk/RoleForm.tsx';
import { Field } from '../../components/Field.tsx';
import { SelectInput } from '../../components/Inputs';
import { Sheet } from '../../components/Sheet.tsx';
import { useAction } from '../../queries.ts';
import { t } from '../../texts/bureau.ts';
import { t as common } from '../../texts/common.ts';
import { t as desks } from '../../texts/desks.ts';
import { FenceInput } from './FenceInput.tsx';
import { fenceDraftOf, fenceOf } from './fence-draft.ts';
import type { Tree } from './tree.ts';

type Area = NonNullable<Organisation['area']>;
type Stage = NonNullable<Organisation['stage']>;

export function SchoolDrawer({ school, tree, onClose }: { readonly school: Organisation; readonly tree: Tree; onClose(): void }) {
  const [area, setArea] = useState<Area>(school.area ?? 'urban');
  const [stage, setStage] = useState<Stage>(school.stage ?? 'primary');
  const [operatorId, setOperatorId] = useState<string>(school.operatorId ?? '');
  const [place, setPlace] = useState(() => fenceDraftOf(school.fence));
  const [tried, setTried] = useState(false);
  const fence = fenceOf(place);
  const save = useAction(
    () =>
      api.organisation.changeSchool({
        schoolId: school.organisationId,
        area,
        stage,
        fence: fence ?? null,
        operatorId: (operatorId || null) as Organisation['organisationId'] | null,
      }),
    { done: common('common.saved'), refresh: [['organisation']], onFailed: inForm },
  );
  return (
    <Sheet
      open
      wide
      id="school-drawer"
      title={school.name}
      onClose={onClose}
      footer={
        <View className="k-column">
          <FormFailure error={save.error} />
          <Button
            kind="primary"
            block
            id="school-save"
            running={save.running}
            onTap={() => {
              setTried(true);
              if (fence !== undefined) save.run(undefined);
            }}
          >
            {common('common.save')}
          </Button>
        </View>
      }
    >
      <View className="k-column k-column--wide">
        <View className="k-form-grid k-form-grid--two">
          <Field label={desks('figures.area')}>
            <SelectInput<Area>
              id="school-area"
              label={desks('figures.area')}
              value={area}
              options={(['urban', 'rural'] as const).map((value) => ({ value, label: desks(`figures.area.${value}`) }))}
              onChange={setArea}
            />
          </Field>
          <Field label={t('bureau.organisations.stage')}>
            <SelectInput<Stage>
              id="school-stage"
              label={t('bureau.organisations.stage')}
              value={stage}
              options={(['primary', 'junior', 'nine-year'] as const).map((value) => ({ value, label: t(`bureau.stage.${value}`) }))}
              onChange={setStage}
            />
          </Field>
          <Field label={t('bureau.organisations.operator')} hint={t('bureau.organisations.operator.hint')}>
            <SelectInput
              id="school-operator"
              label={t('bureau.organisations.operator')}
              value={operatorId}
              options={[
                { value: '', label: common('common.none') },
                ...tree.operators.map((one) => ({ value: one.organisationId as string, label: one.name })),
              ]}
              onChange={setOperatorId}
            />
          </Field>
        </View>
        <FenceInput value={place} invalid={tried && fence === undefined} onChange={setPlace} />
        <RoleForm organisationId={school.organisationId} roles={['school', 'teacher']} />
      </View>
    </Sheet>
  );
}
