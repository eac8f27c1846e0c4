import { FiguresPage } from '../../components/supervision/FiguresPage.tsx';
import { t } from '../../texts/operator.ts';
import { OperatorDesk, useOperatorId } from '../desk.tsx';

export default function OperatorFigures() {
  return (
    <OperatorDesk current="operator/figures" title={t('operator.figures.title')}>
      <Page />
    </OperatorDesk>
  );
}

function Page() {
  return <FiguresPage organisationId={useOperatorId()} />;
}
