/** Which child this page is about, where a family has several. */
import type { Me } from '@kehou/shared/identity/person';
import { Chips } from '../components/Choices.tsx';
import { useRequiredChild } from '../components/Gate.tsx';
import { chooseChild } from '../session.ts';
import { t } from '../texts/parent.ts';

export function ChildChips({ among }: { readonly among: Me['children'] }) {
  const child = useRequiredChild();
  if (among.length < 2) return null;
  return (
    <Chips
      single
      id="child"
      label={t('parent.child.switch')}
      values={[child.pupilId]}
      options={among.map(({ pupilId, name }) => ({ value: pupilId as string, label: name }))}
      onChange={([pupilId]) => pupilId && chooseChild(pupilId)}
    />
  );
}
