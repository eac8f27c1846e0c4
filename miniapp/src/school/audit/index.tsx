import { AuditTrail } from '../../components/audit/AuditTrail.tsx';
import { t } from '../../texts/audit.ts';
import { SchoolDesk, useSchool } from '../desk.tsx';

export default function SchoolAudit() {
  return (
    <SchoolDesk current="school/audit" title={t('audit.title')} lead={t('audit.lead')}>
      <Trail />
    </SchoolDesk>
  );
}

function Trail() {
  return <AuditTrail organisationId={useSchool().schoolId} />;
}
