/** Where the provider's bills and the books differ: looked into here, and closed with a reason. */
import { Breaks } from '../../components/money/Breaks.tsx';
import { t } from '../../texts/operator.ts';
import { OperatorDesk, useOperatorId } from '../desk.tsx';
import '../operator.scss';

export default function OperatorBreaks() {
  return (
    <OperatorDesk current="operator/breaks" title={t('operator.breaks.title')} lead={t('operator.breaks.lead')}>
      <Ours />
    </OperatorDesk>
  );
}

function Ours() {
  return <Breaks organisationId={useOperatorId()} name={t('operator.breaks.title')} />;
}
