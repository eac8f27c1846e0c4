import { FiguresPage } from '../../components/supervision/FiguresPage.tsx';
import { t } from '../../texts/bureau.ts';
import { BureauDesk, useBureau } from '../desk.tsx';

export default function BureauHome() {
  return (
    <BureauDesk current="bureau/home" title={t('bureau.home.title')} lead={t('bureau.home.lead')}>
      <Page />
    </BureauDesk>
  );
}

function Page() {
  return <FiguresPage organisationId={useBureau().bureauId} />;
}
