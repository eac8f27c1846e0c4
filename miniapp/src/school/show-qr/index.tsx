/** The code on show: full screen, dark surround, the code as large as the screen allows, seconds left, school and place. */
import type { Id } from '@kehou/shared/kernel/id';
import { ms } from '@kehou/shared/kernel/time';
import { Text, View } from '@tarojs/components';
import { useEffect } from 'react';
import * as z from 'zod';
import { useServerNow } from '../../clock.ts';
import { Gate, useRequiredOrganisation } from '../../components/Gate.tsx';
import { Icon } from '../../components/Icon.tsx';
import { Failed } from '../../components/ListState.tsx';
import { QrCode } from '../../components/QrCode.tsx';
import { Tap } from '../../components/Tap';
import { useSystemInfo } from '../../platform/appearance.ts';
import { platform } from '../../platform/current';
import { back, useQuery } from '../../platform/navigation.ts';
import { useCall } from '../../queries.ts';
import { t as common } from '../../texts/common.ts';
import { t } from '../../texts/school.ts';
import './index.scss';

const Query = z.object({ place: z.string().trim().min(1).max(30) });
/** Asked for a little before it is needed, so that no one meets a code that is just turning. */
const ASK_EVERY_MS = 5_000;

export default function ShowQr() {
  const query = useQuery(Query);
  const info = useSystemInfo();
  const title = t('school.qr.title');
  useEffect(() => platform.setTitle(title), [title]);
  return (
    <View
      className="k-root s-qr"
      id="qr-on-show"
      style={{ '--scale': String(info.fontScale), '--status-bar': `${info.statusBarHeight}px` } as Record<string, string>}
    >
      <Tap className="s-qr__close" label={common('common.close')} id="qr-close" onTap={() => back('school/qr')}>
        <Icon name="close" size={1.5} />
      </Tap>
      <Gate access="school">
        <Code place={query?.place ?? t('school.qr.gate')} />
      </Gate>
    </View>
  );
}

function Code({ place }: { readonly place: string }) {
  const { organisationId, organisationName } = useRequiredOrganisation('school');
  const shown = useCall(
    'attendance',
    'showQr',
    { schoolId: organisationId as Id<'organisation'>, place },
    { everyMs: ASK_EVERY_MS, staleMs: 0 },
  );
  const now = useServerNow(1000);
  const left = shown.data ? Math.ceil((ms(shown.data.changesAt) - now) / 1000) : 0;
  const { refetch } = shown;
  const turned = left <= 0;
  useEffect(() => {
    if (turned) refetch().catch(() => undefined);
  }, [turned, refetch]);

  if (shown.error && (!shown.data || turned)) {
    return (
      <View className="s-qr__failed">
        <Failed error={shown.error} onRetry={() => refetch()} />
      </View>
    );
  }
  return (
    <View className="s-qr__middle">
      <View className="s-qr__school">{shown.data?.schoolName ?? organisationName}</View>
      <View className="s-qr__place">
        <Icon name="place" /> <Text>{shown.data?.place ?? place}</Text>
      </View>
      <View className="s-qr__code">
        {shown.data ? <QrCode fill text={shown.data.text} id="qr-code" /> : <View className="s-qr__blank" />}
      </View>
      <View className="s-qr__seconds k-number" {...(process.env.TARO_ENV === 'h5' ? { role: 'timer' } : {})}>
        <View className="s-qr__track">
          <View className="s-qr__left" style={{ width: `${Math.max(0, Math.min(100, (left / 30) * 100))}%` }} />
        </View>
        <Text>{t('school.qr.seconds', { seconds: Math.max(0, left) })}</Text>
      </View>
      <View className="s-qr__hint">{t('school.qr.hint')}</View>
    </View>
  );
}
