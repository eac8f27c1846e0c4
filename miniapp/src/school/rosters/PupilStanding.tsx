/** Is the pupil at the school? Recording that they have left, and that they are back. */
import type { ChinaDate } from '@kehou/shared/kernel/time';
import { View } from '@tarojs/components';
import { useState } from 'react';
import { api } from '../../api.ts';
import { Button } from '../../components/Button';
import { Field } from '../../components/Field.tsx';
import { day } from '../../components/format.ts';
import { DateInput, TextInput } from '../../components/Inputs';
import { StatusChip } from '../../components/StatusChip.tsx';
import { useToday } from '../../components/today.ts';
import { platform } from '../../platform/current';
import { useAction } from '../../queries.ts';
import { t } from '../../texts/school.ts';
import { useSchool } from '../desk.tsx';
import type { Pupil } from './pupil.ts';

const REASON_LENGTH_MIN = 2;
const refresh = [['school', 'listPupils'], ['selection'], ['billing']];

export function PupilStanding({ pupil }: { readonly pupil: Pupil }) {
  return pupil.leftOn ? <Left pupil={pupil} leftOn={pupil.leftOn} /> : <Here pupil={pupil} />;
}

function Left({ pupil, leftOn }: { readonly pupil: Pupil; readonly leftOn: ChinaDate }) {
  const { schoolId } = useSchool();
  const restore = useAction(() => api.school.restorePupil({ schoolId, pupilId: pupil.pupilId }), {
    done: t('school.pupil.restored'),
    refresh,
  });
  const ask = async () => {
    const sure = await platform.modal({
      title: t('school.pupil.restore.title', { name: pupil.name }),
      content: t('school.pupil.restore.content'),
      confirmText: t('school.pupil.restore'),
    });
    if (sure) await restore.run(undefined);
  };
  return (
    <View className="k-card k-column">
      <View className="k-row k-row--between">
        <View className="k-strong">{t('school.pupil.leftOn', { day: day(leftOn) })}</View>
        <StatusChip tone="attention">{t('school.pupil.standing.left')}</StatusChip>
      </View>
      {pupil.leftReason ? <View className="k-muted">{pupil.leftReason}</View> : null}
      <Button kind="tint" small id="pupil-restore" running={restore.running} onTap={ask}>
        {t('school.pupil.restore')}
      </Button>
    </View>
  );
}

function Here({ pupil }: { readonly pupil: Pupil }) {
  const { schoolId } = useSchool();
  const today = useToday();
  const [asking, setAsking] = useState(false);
  const [picked, setPicked] = useState<ChinaDate>();
  const [reason, setReason] = useState('');
  const [tried, setTried] = useState(false);
  const short = reason.trim().length < REASON_LENGTH_MIN;
  const leftOn = picked ?? today;
  const mark = useAction(() => api.school.markPupilLeft({ schoolId, pupilId: pupil.pupilId, leftOn, reason: reason.trim() }), {
    done: t('school.pupil.marked'),
    refresh,
  });
  const ask = async () => {
    setTried(true);
    if (short) return;
    const sure = await platform.modal({
      title: t('school.pupil.leave.title', { name: pupil.name }),
      content: t('school.pupil.leave.content'),
      confirmText: t('school.pupil.leave'),
      danger: true,
    });
    if (sure) await mark.run(undefined);
  };
  if (!asking) {
    return (
      <Button kind="plain" block id="pupil-leave" onTap={() => setAsking(true)}>
        {t('school.pupil.leave')}
      </Button>
    );
  }
  return (
    <View className="k-card k-column">
      <View className="k-strong">{t('school.pupil.leave')}</View>
      <View className="k-text-s k-muted">{t('school.pupil.leave.hint')}</View>
      <Field label={t('school.pupil.leave.day')}>
        <DateInput
          id="pupil-left-on"
          mode="date"
          label={t('school.pupil.leave.day')}
          value={leftOn}
          max={today}
          onChange={(value) => setPicked(value as ChinaDate)}
        />
      </Field>
      <Field label={t('school.pupil.leave.reason')} error={tried && short ? t('school.pupil.unlink.reason.short') : undefined}>
        <TextInput
          id="pupil-left-reason"
          label={t('school.pupil.leave.reason')}
          placeholder={t('school.pupil.leave.reason.placeholder')}
          value={reason}
          lengthMax={100}
          invalid={tried && short}
          onChange={setReason}
        />
      </Field>
      <Button kind="danger" block id="pupil-leave-confirm" running={mark.running} onTap={ask}>
        {t('school.pupil.leave')}
      </Button>
    </View>
  );
}
