import { AuditTrail } from '../../components/audit/AuditTrail.tsx';
import { t } from '../../texts/audit.ts';
import { OperatorDesk, useOperatorId } from '../desk.tsx';

export default function OperatorAudit() {
  return (
    <OperatorDesk current="operator/audit" title={t('audit.title')} lead={t('audit.lead')}>
      <Trail />
    </OperatorDesk>
  );
}

function Trail() {
  return <AuditTrail organisationId={useOperatorId()} />;
}
