/** A class that is held back under its smallest size: until when, and the school's word on it. */
import type { Id } from '@kehou/shared/kernel/id';
import { isHeldBack, mayMergeInto, mayMoveTo, type Offering } from '@kehou/shared/offering/offering';
import { Text, View } from '@tarojs/components';
import { useState } from 'react';
import { api } from '../../api.ts';
import { serverNow } from '../../clock.ts';
import { Button } from '../../components/Button';
import { FormFailure, inForm } from '../../components/desk/FormFailure.tsx';
import { slotsText } from '../../components/desk/words.ts';
import { Field } from '../../components/Field.tsx';
import { moment } from '../../components/format.ts';
import { Icon } from '../../components/Icon.tsx';
import { SelectInput } from '../../components/Inputs';
import { platform } from '../../platform/current';
import { useAction, useCallPages } from '../../queries.ts';
import { t } from '../../texts/school.ts';
import { useSchool } from '../desk.tsx';

type Decision = 'run' | 'cancel' | 'move' | 'merge';

export function UnderSize({ offering, onDone }: { readonly offering: Offering; onDone(): void }) {
  const { heldBack, courseName, offeringId, termId } = offering;
  const { schoolId } = useSchool();
  const offerings = useCallPages('offering', 'listOfferings', { schoolId, termId, limit: 100 });
  const targets = offerings.items.filter((one) => one.offeringId !== offeringId && mayMoveTo(one, serverNow()));
  const [into, setInto] = useState<string>(heldBack?.into?.offeringId ?? '');
  const decide = useAction(
    (decision: Decision) =>
      api.selection.decideUnderSize({
        schoolId,
        offeringId,
        decision,
        ...(decision === 'move' || decision === 'merge' ? { intoOfferingId: into as Id<'offering'> } : {}),
      }),
    { done: t('school.underSize.done'), refresh: [['offering'], ['selection']], onDone, onFailed: inForm },
  );
  if (!heldBack || !isHeldBack(offering, serverNow())) return null;
  const target = targets.find((one) => one.offeringId === into);
  const ask = async (decision: 'run' | 'cancel' | 'merge') => {
    const sure = await platform.modal({
      title: t(`school.underSize.${decision}.sure`, { name: courseName, into: target?.courseName ?? '' }),
      content: t(`school.underSize.${decision}.content`),
      danger: decision === 'cancel',
    });
    if (sure) await decide.run(decision);
  };
  return (
    <View className="k-card k-column" id="under-size">
      <View className="k-notice k-notice--attention">
        <Icon name="alert" />
        <Text>{t('school.underSize.now', { when: moment(heldBack.until), smallest: offering.smallestSize })}</Text>
      </View>
      {heldBack.merging ? (
        <View className="k-notice" id="under-size-merging">
          <Icon name="info" />
          <Text>{t('school.underSize.merging', { into: heldBack.into?.courseName ?? '' })}</Text>
        </View>
      ) : heldBack.into ? (
        <Text className="k-text-s k-muted">{t('school.underSize.asked', { name: heldBack.into.courseName })}</Text>
      ) : null}
      <Field label={t('school.underSize.into')} hint={t('school.underSize.into.hint')}>
        <SelectInput
          id="under-size-into"
          label={t('school.underSize.into')}
          value={into}
          options={[
            { value: '', label: t('school.underSize.into.none') },
            ...targets.map((one) => ({ value: one.offeringId as string, label: `${one.courseName} · ${slotsText(one.slots)}` })),
          ]}
          onChange={setInto}
        />
      </Field>
      <FormFailure error={decide.error} />
      <View className="k-row k-row--wrap">
        <Button kind="tint" id="under-size-move" disabled={into === ''} running={decide.running} onTap={() => void decide.run('move')}>
          {t('school.underSize.move')}
        </Button>
        {target && mayMergeInto(offering, target) ? (
          <Button kind="tint" id="under-size-merge" running={decide.running} onTap={() => ask('merge')}>
            {t('school.underSize.merge')}
          </Button>
        ) : null}
        <Button kind="plain" id="under-size-run" running={decide.running} onTap={() => ask('run')}>
          {t('school.underSize.run')}
        </Button>
        <Button kind="danger" id="under-size-cancel" running={decide.running} onTap={() => ask('cancel')}>
          {t('school.underSize.cancel')}
        </Button>
      </View>
    </View>
  );
}
