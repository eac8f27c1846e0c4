/** Welcome: the verified phone number finds children and jobs on the schools' rosters. */
import { Text, View } from '@tarojs/components';
import { useState } from 'react';
import { api, takeSession } from '../../api.ts';
import { AppShell } from '../../components/AppShell.tsx';
import { Button } from '../../components/Button';
import { buttonClass } from '../../components/button-parts.tsx';
import { useRequiredMe } from '../../components/Gate.tsx';
import { Icon, type IconName } from '../../components/Icon.tsx';
import { LanguageSwitch } from '../../components/LanguageSwitch.tsx';
import { PhoneNumberButton } from '../../platform/buttons';
import { platform } from '../../platform/current';
import { go } from '../../platform/navigation.ts';
import { useAction } from '../../queries.ts';
import { rolesOf } from '../../session.ts';
import { t as common } from '../../texts/common.ts';
import { t } from '../../texts/entry.ts';
import { proceed } from '../proceed.ts';
import '../language.scss';
import './index.scss';

export default function SignIn() {
  return (
    <AppShell access="signed-in" title={common('common.app')} root>
      <Welcome />
    </AppShell>
  );
}

function Welcome() {
  const me = useRequiredMe();
  const [unknown, setUnknown] = useState(me.phone !== undefined && rolesOf(me).length === 0);
  const verify = useAction((phoneCode: string) => api.identity.verifyPhone({ phoneCode }), {
    onDone: (session) => {
      takeSession(session);
      if (rolesOf(session.me).length > 0) proceed(session.me);
      else setUnknown(true);
    },
  });
  return (
    <View className="entry-welcome">
      <View className="entry-welcome__mark">
        <Icon name="school" size={2.2} />
      </View>
      <View className="k-text-xl k-center">{t('entry.welcome')}</View>
      <View className="k-card k-column k-column--wide">
        <Reason icon="child" text={t('entry.welcome.parent')} />
        <Reason icon="scan" text={t('entry.welcome.teacher')} />
      </View>
      {unknown ? (
        <View className="k-notice k-notice--attention">
          <Icon name="info" />
          <View>
            <View className="k-strong">{t('entry.phone.none')}</View>
            <View>{t('entry.phone.none.hint')}</View>
          </View>
        </View>
      ) : (
        <View className="k-text-s k-muted">{t('entry.phone.why')}</View>
      )}
      <View className="k-column">
        {unknown ? null : (
          <PhoneNumberButton
            className={buttonClass({ kind: 'primary', block: true, running: verify.running })}
            disabled={verify.running}
            onCode={verify.run}
            onRefused={(error) => {
              if (error.code === 'platform.cancelled') platform.toast(t('entry.phone.refused'));
              else platform.toast(common('error.unexpected'));
            }}
          >
            {t('entry.phone')}
          </PhoneNumberButton>
        )}
        <Button id="link-by-number" kind={unknown ? 'primary' : 'text'} block onTap={() => go('entry/link-child')}>
          {t('entry.byNumber')}
        </Button>
      </View>
      <Text className="k-text-xs k-muted k-center">{t('entry.consent')}</Text>
      <LanguageSwitch className="k-row k-muted entry-language" />
    </View>
  );
}

function Reason({ icon, text }: { readonly icon: IconName; readonly text: string }) {
  return (
    <View className="k-row k-row--top">
      <Icon name={icon} className="k-primary" />
      <Text className="k-grow">{text}</Text>
    </View>
  );
}
