import type { Term } from '@kehou/shared/school/school';
import { View } from '@tarojs/components';
import { SelectInput } from '../components/Inputs';
import { t } from '../texts/school.ts';
import './school.scss';

export function TermSelect({
  terms,
  term,
  onChange,
}: {
  readonly terms: readonly Term[];
  readonly term: Term | undefined;
  onChange(termId: string): void;
}) {
  if (terms.length < 2) return null;
  return (
    <View className="s-term">
      <SelectInput
        id="term-select"
        label={t('school.term')}
        value={term?.termId ?? ''}
        options={terms.map((one) => ({ value: one.termId as string, label: one.name }))}
        onChange={onChange}
      />
    </View>
  );
}
