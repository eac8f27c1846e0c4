/** The bureau's own trail, and that of any organisation below it. */
import type { Id } from '@kehou/shared/kernel/id';
import { View } from '@tarojs/components';
import { useState } from 'react';
import { AuditTrail } from '../../components/audit/AuditTrail.tsx';
import { SelectInput } from '../../components/Inputs';
import { t } from '../../texts/audit.ts';
import { BureauDesk, useBureau, useSchools } from '../desk.tsx';

export default function BureauAudit() {
  return (
    <BureauDesk current="bureau/audit" title={t('audit.title')} lead={t('audit.lead')}>
      <Trail />
    </BureauDesk>
  );
}

function Trail() {
  const { bureauId, bureauName } = useBureau();
  const schools = useSchools();
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
              ...schools.items.map((one) => ({ value: one.organisationId as string, label: one.name })),
            ]}
            onChange={setOrganisation}
          />
        </View>
      }
    />
  );
}
