/** Classes of a window that are held back under their smallest size, and the school's word on each. */
import { isHeldBack, type Offering } from '@kehou/shared/offering/offering';
import { Text, View } from '@tarojs/components';
import { useState } from 'react';
import { serverNow } from '../../clock.ts';
import { Panel } from '../../components/desk/Panel.tsx';
import { moment } from '../../components/format.ts';
import { Icon } from '../../components/Icon.tsx';
import { Sheet } from '../../components/Sheet.tsx';
import { Tap } from '../../components/Tap';
import { t } from '../../texts/school.ts';
import { UnderSize } from '../classes/UnderSize.tsx';

export function HeldBackClasses({ classes }: { readonly classes: readonly Offering[] }) {
  const [openId, setOpenId] = useState<string>();
  const waiting = classes.filter((offering) => isHeldBack(offering, serverNow()));
  const open = waiting.find(({ offeringId }) => offeringId === openId);
  if (waiting.length === 0) return null;
  const close = () => setOpenId(undefined);
  return (
    <Panel id="held-back" title={t('school.heldBack.title', { count: waiting.length })} hint={t('school.heldBack.hint')}>
      {waiting.map(({ offeringId, courseName, smallestSize, heldBack }) => (
        <Tap
          key={offeringId}
          id={`held-back-${offeringId}`}
          className="k-list-row k-list-row--tap k-row k-row--between"
          onTap={() => setOpenId(offeringId)}
        >
          <View className="k-grow">
            <View>{courseName}</View>
            <Text className="k-text-s k-muted k-number">
              {t('school.heldBack.row', { smallest: smallestSize, when: heldBack ? moment(heldBack.until) : '' })}
            </Text>
          </View>
          <Icon name="forward" className="k-muted" />
        </Tap>
      ))}
      {open ? (
        <Sheet open id="held-back-sheet" title={open.courseName} onClose={close}>
          <UnderSize offering={open} onDone={close} />
        </Sheet>
      ) : null}
    </Panel>
  );
}
