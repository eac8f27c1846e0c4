/** Brothers and sisters to be drawn together with. It holds where each list names the other: whether it does is shown. */
import type { Child } from '@kehou/shared/identity/person';
import type { Id } from '@kehou/shared/kernel/id';
import { View } from '@tarojs/components';
import { Button } from '../../components/Button';
import { CheckRow } from '../../components/Choices.tsx';
import { useRequiredChild } from '../../components/Gate.tsx';
import { Icon } from '../../components/Icon.tsx';
import { useCall } from '../../queries.ts';
import { chooseChild } from '../../session.ts';
import { t } from '../../texts/lottery.ts';

export interface TogetherProps {
  readonly windowId: Id<'window'>;
  readonly siblings: readonly Child[];
  readonly chosen: readonly string[];
  readonly open: boolean;
  onChange(pupilId: string, on: boolean): void;
}

export function Together({ windowId, siblings, chosen, open, onChange }: TogetherProps) {
  return (
    <>
      <View className="k-section-title">{t('wishes.together')}</View>
      <View className="k-list">
        {siblings.map(({ pupilId, name }) => (
          <CheckRow
            key={pupilId}
            id={`together-${pupilId}`}
            on={chosen.includes(pupilId)}
            label={t('wishes.together.one', { name })}
            disabled={!open}
            onChange={(on) => onChange(pupilId, on)}
          />
        ))}
      </View>
      <View className="k-text-s k-muted">{t('wishes.together.hint')}</View>
      {siblings
        .filter(({ pupilId }) => chosen.includes(pupilId))
        .map((sibling) => (
          <Mutual key={sibling.pupilId} windowId={windowId} sibling={sibling} />
        ))}
    </>
  );
}

function Mutual({ windowId, sibling }: { readonly windowId: Id<'window'>; readonly sibling: Child }) {
  const child = useRequiredChild();
  const theirs = useCall('selection', 'getChoices', { pupilId: sibling.pupilId, windowId });
  if (!theirs.data) return null;
  const { name } = sibling;
  if (theirs.data.choices?.together.includes(child.pupilId)) {
    return (
      <View className="k-notice k-notice--done">
        <Icon name="check-circle" />
        <View>{t('wishes.together.mutual', { name, child: child.name })}</View>
      </View>
    );
  }
  return (
    <View className="k-notice k-notice--attention">
      <Icon name="alert" />
      <View className="k-grow">
        <View>{t('wishes.together.missing', { name, child: child.name })}</View>
        <Button kind="text" small id={`together-go-${sibling.pupilId}`} onTap={() => chooseChild(sibling.pupilId)}>
          {t('wishes.together.go', { name })}
        </Button>
      </View>
    </View>
  );
}
