/** Refunds that a school's configuration sends to the operator. */
import type { Id } from '@kehou/shared/kernel/id';
import { View } from '@tarojs/components';
import { useState } from 'react';
import { SelectInput } from '../../components/Inputs';
import { ListState } from '../../components/ListState.tsx';
import { Refunds } from '../../components/money/Refunds.tsx';
import { t } from '../../texts/operator.ts';
import { OperatorDesk, useSchools } from '../desk.tsx';
import '../operator.scss';

export default function OperatorRefunds() {
  return (
    <OperatorDesk current="operator/refunds" title={t('operator.refunds.title')} lead={t('operator.refunds.lead')}>
      <OfSchool />
    </OperatorDesk>
  );
}

function OfSchool() {
  const schools = useSchools();
  const [chosen, setChosen] = useState<string>();
  const schoolId = (chosen ?? schools.items[0]?.organisationId) as Id<'organisation'> | undefined;
  return (
    <ListState
      of={schools}
      empty={schoolId === undefined}
      emptyIcon="school"
      emptyText={t('operator.board.none')}
      emptyHint={t('operator.board.none.hint')}
    >
      {schoolId ? (
        <View className="d-stack">
          <View className="o-bar__school">
            <SelectInput
              id="refund-school"
              label={t('operator.refunds.school')}
              value={schoolId as string}
              options={schools.items.map((one) => ({ value: one.organisationId as string, label: one.name }))}
              onChange={setChosen}
            />
          </View>
          <Refunds key={schoolId} schoolId={schoolId} party="operator" queue="approving" />
        </View>
      ) : null}
    </ListState>
  );
}
