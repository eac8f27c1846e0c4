/** A desk signs in: it shows a code, a signed-in phone scans and confirms it, the desk collects its session. */
import { newId } from '@kehou/shared/kernel/id';
import { ms } from '@kehou/shared/kernel/time';
import { Text, View } from '@tarojs/components';
import { useCallback, useEffect, useState } from 'react';
import { api, takeSession } from '../../api.ts';
import { serverNowMs, useServerNow } from '../../clock.ts';
import { Button } from '../../components/Button';
import { Gate } from '../../components/Gate.tsx';
import { Icon } from '../../components/Icon.tsx';
import { LanguageSwitch } from '../../components/LanguageSwitch.tsx';
import { Failed } from '../../components/ListState.tsx';
import { QrCode } from '../../components/QrCode.tsx';
import { useSystemInfo } from '../../platform/appearance.ts';
import { platform } from '../../platform/current';
import { t as common } from '../../texts/common.ts';
import { t } from '../../texts/entry.ts';
import { proceed } from '../proceed.ts';
import '../language.scss';
import './index.scss';

const POLL_MS = 1500;

type Ticket = Awaited<ReturnType<typeof api.identity.openDeskTicket>>;

export default function DeskSignIn() {
  const { fontScale } = useSystemInfo();
  useEffect(() => platform.setTitle(t('desk.title')), []);
  return (
    <View className="k-root entry-desk" style={{ '--scale': String(fontScale) } as Record<string, string>}>
      <View className="entry-desk__card">
        <Gate access="anyone">
          <Code />
        </Gate>
      </View>
    </View>
  );
}

function Code() {
  const [ticket, setTicket] = useState<Ticket>();
  const [error, setError] = useState<unknown>();
  const [expired, setExpired] = useState(false);

  const open = useCallback(() => {
    setError(undefined);
    setExpired(false);
    setTicket(undefined);
    // A new id each time: the server refuses one that was used, so that nobody else can ask for its secret.
    api.identity.openDeskTicket({ deskTicketId: newId('deskTicket'), browser: browserName() }).then(setTicket, setError);
  }, []);
  useEffect(open, [open]);

  useEffect(() => {
    if (!ticket || expired) return undefined;
    let stopped = false;
    let timer: ReturnType<typeof setTimeout>;
    const poll = async () => {
      if (serverNowMs() >= ms(ticket.expiresAt)) return setExpired(true);
      try {
        const reply = await api.identity.collectDeskSession({ deskTicketId: ticket.deskTicketId, secret: ticket.secret });
        if (stopped) return undefined;
        if (reply.status === 'ready') {
          takeSession(reply.session);
          return proceed(reply.session.me);
        }
      } catch (reason) {
        if (stopped) return undefined;
        // A lost connection comes back; a ticket that is refused does not.
        if ((reason as { name?: string }).name === 'ApiError') return setExpired(true);
      }
      timer = setTimeout(poll, POLL_MS);
      return undefined;
    };
    timer = setTimeout(poll, POLL_MS);
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }, [ticket, expired]);

  return (
    <>
      <View className="entry-desk__brand">
        <Icon name="school" size={1.5} />
        <Text>{common('common.app')}</Text>
      </View>
      <View className="k-text-xl k-center">{t('desk.title')}</View>
      <View className="k-muted k-center">{t('desk.how')}</View>
      {error !== undefined ? (
        <Failed error={error} onRetry={open} />
      ) : (
        <View className="entry-desk__code">
          {ticket ? <QrCode id="desk-code" text={ticket.qrText} size={260} /> : <View className="entry-desk__blank" />}
          {expired ? (
            <View className="entry-desk__expired">
              <View className="k-strong">{t('desk.expired')}</View>
              <Button id="desk-again" kind="primary" icon="refresh" onTap={open}>
                {t('desk.again')}
              </Button>
            </View>
          ) : null}
        </View>
      )}
      {ticket && !expired ? <Waiting until={ms(ticket.expiresAt)} /> : null}
      <View className="k-text-s k-muted k-center">{t('desk.who')}</View>
      <LanguageSwitch className="k-row k-muted entry-language" />
    </>
  );
}

function Waiting({ until }: { readonly until: number }) {
  const left = Math.max(0, Math.ceil((until - useServerNow()) / 1000));
  return (
    <View className="k-row k-text-s">
      <Icon name="phone" className="k-primary" />
      <Text>{t('desk.waiting')}</Text>
      <Text className="k-muted k-number">{`${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`}</Text>
    </View>
  );
}

/** `Chrome · Windows`, for the phone that is asked to confirm. Roughly is good enough. */
function browserName(): string {
  if (process.env.TARO_ENV !== 'h5') return '';
  const agent = navigator.userAgent;
  const browser = /Edg\//.test(agent)
    ? 'Edge'
    : /Firefox\//.test(agent)
      ? 'Firefox'
      : /Chrome\//.test(agent)
        ? 'Chrome'
        : /Safari\//.test(agent)
          ? 'Safari'
          : '';
  const system = /Windows/.test(agent)
    ? 'Windows'
    : /Mac OS X/.test(agent)
      ? 'macOS'
      : /Android/.test(agent)
        ? 'Android'
        : /Linux/.test(agent)
          ? 'Linux'
          : '';
  return [browser, system].filter(Boolean).join(' · ');
}
