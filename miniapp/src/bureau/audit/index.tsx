/** The bureau's own trail, and that of any organisation below it. */
import type { Id } from '@kehou/shared/kernel/id';
import { View } from '@tarojs/components';
import { useState } from 'react';
import { AuditTrail } from '../../components/audit/AuditTrail.tsx';
import { SelectInput } from '../../components/Inputs';
import { t } from '../../texts/audit.ts';
import { BureauDesk, useBureau, useBureaus, useEvery, useOperators, useSchools } from '../desk.tsx';

export default function BureauAudit() {
  return (
    <BureauDesk current="bureau/audit" title={t('audit.title')} lead={t('audit.lead')}>
      <Trail />
    </BureauDesk>
  );
}

function Trail() {
  const { bureauId, bureauName } = useBureau();
  const bureaus = useBureaus();
  const operators = useOperators();
  const schools = useSchools();
  useEvery(schools);
  // An operator of the city above is not below this bureau, and its trail not its to read.
  const below = [...bureaus.items, ...operators.items.filter((one) => one.ancestorIds.includes(bureauId)), ...schools.items];
  const [organisationId, setOrganisation] = useState<string>(bureauId);
  return (
    <AuditTrail
      key={organisationId}
      organisationId={organisationId as Id<'organisation'>}
      tools={
        <View className="k-table-tools__filter">
          <SelectInput
            id="audit-organisation"
            label={t('audit.organisation')}
            value={organisationId}
            options={[
              { value: bureauId as string, label: bureauName },
              ...below.map((one) => ({ value: one.organisationId as string, label: one.name })),
            ]}
            onChange={setOrganisation}
          />
        </View>
      }
    />
  );
}
