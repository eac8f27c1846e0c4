/** One pupil: who is linked as a guardian, ending such a link, and whether the pupil is still here. */
import type { OutputOf } from '@kehou/shared/kernel/route';
import type { schoolRoutes } from '@kehou/shared/school/routes';
import { View } from '@tarojs/components';
import { useState } from 'react';
import { api } from '../../api.ts';
import { Button } from '../../components/Button';
import { Field } from '../../components/Field.tsx';
import { TextInput } from '../../components/Inputs';
import { Empty, ListState } from '../../components/ListState.tsx';
import { Sheet } from '../../components/Sheet.tsx';
import { StatusChip } from '../../components/StatusChip.tsx';
import { platform } from '../../platform/current';
import { useAction, useCall } from '../../queries.ts';
import { t as desks } from '../../texts/desks.ts';
import { t } from '../../texts/school.ts';
import { useSchool } from '../desk.tsx';
import { PupilStanding } from './PupilStanding.tsx';
import type { Pupil } from './pupil.ts';
import { relationText } from './relations.ts';

type Guardian = OutputOf<typeof schoolRoutes.listGuardians>['items'][number];

const REASON_LENGTH_MIN = 2;

export function PupilDrawer({ pupil, onClose }: { readonly pupil: Pupil; onClose(): void }) {
  const { schoolId } = useSchool();
  const guardians = useCall('school', 'listGuardians', { schoolId, pupilId: pupil.pupilId });
  const items = guardians.data?.items ?? [];
  return (
    <Sheet open id="pupil-drawer" title={pupil.name} onClose={onClose}>
      <View className="k-column k-column--wide">
        <View className="k-muted">
          {pupil.pupilNumber} · {desks('desks.grade', { grade: pupil.grade })} · {pupil.className}
        </View>
        <View className="k-section-title">{t('school.pupil.linkedGuardians')}</View>
        <ListState of={guardians} skeletonRows={2} skeletonHeight={72}>
          {() =>
            items.length === 0 ? (
              <Empty icon="people" text={t('school.pupil.linkedGuardians.none')} />
            ) : (
              <View className="k-column k-column--wide">
                {items.map((one) => (
                  <LinkedGuardian key={one.personId} pupil={pupil} guardian={one} />
                ))}
              </View>
            )
          }
        </ListState>
        <View className="k-section-title">{t('school.pupil.standing')}</View>
        <PupilStanding key={pupil.leftOn ?? ''} pupil={pupil} />
      </View>
    </Sheet>
  );
}

function LinkedGuardian({ pupil, guardian }: { readonly pupil: Pupil; readonly guardian: Guardian }) {
  const { schoolId } = useSchool();
  const [asking, setAsking] = useState(false);
  const [reason, setReason] = useState('');
  const [tried, setTried] = useState(false);
  const short = reason.trim().length < REASON_LENGTH_MIN;
  const { pupilId } = pupil;
  const { personId } = guardian;
  const unlink = useAction(() => api.school.unlinkGuardian({ schoolId, pupilId, personId, reason: reason.trim() }), {
    done: t('school.pupil.unlinked'),
    refresh: [
      ['school', 'listGuardians'],
      ['school', 'listPupils'],
    ],
  });
  const ask = async () => {
    setTried(true);
    if (short) return;
    const sure = await platform.modal({
      title: t('school.pupil.unlink.title', { name: guardian.name ?? t('school.pupil.someone'), pupil: pupil.name }),
      content: t('school.pupil.unlink.content'),
      confirmText: t('school.pupil.unlink'),
      danger: true,
    });
    if (sure) await unlink.run(undefined);
  };
  const about = [guardian.relation && relationText(guardian.relation), guardian.phone ?? t('school.links.noPhone')].filter(Boolean);
  return (
    <View className="k-card k-column">
      <View className="k-row k-row--between">
        <View className="k-grow">
          <View className="k-strong">{guardian.name ?? guardian.phone ?? t('school.pupil.someone')}</View>
          <View className="k-text-s k-muted k-number">{about.join(' · ')}</View>
        </View>
        <StatusChip tone="plain">{t(`school.pupil.via.${guardian.via}`)}</StatusChip>
      </View>
      {asking ? (
        <View className="k-column">
          <Field
            label={t('school.pupil.unlink.reason')}
            hint={t('school.pupil.unlink.hint')}
            error={tried && short ? t('school.pupil.unlink.reason.short') : undefined}
          >
            <TextInput
              id={`unlink-reason-${personId}`}
              label={t('school.pupil.unlink.reason')}
              placeholder={t('school.pupil.unlink.reason.placeholder')}
              value={reason}
              lengthMax={100}
              invalid={tried && short}
              onChange={setReason}
            />
          </Field>
          <Button kind="danger" block id={`unlink-confirm-${personId}`} running={unlink.running} onTap={ask}>
            {t('school.pupil.unlink')}
          </Button>
        </View>
      ) : (
        <Button kind="plain" small id={`unlink-${personId}`} onTap={() => setAsking(true)}>
          {t('school.pupil.unlink')}
        </Button>
      )}
    </View>
  );
}
