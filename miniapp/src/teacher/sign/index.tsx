/** Signing in or out: the school's code, then the place; what is refused says why, and what else can be done. */
import { ApiError } from '@kehou/shared/kernel/route';
import { timeOfDay } from '@kehou/shared/kernel/time';
import { useQueryClient } from '@tanstack/react-query';
import { Text, View } from '@tarojs/components';
import { useEffect, useRef, useState } from 'react';
import * as z from 'zod';
import { api } from '../../api.ts';
import { AppShell } from '../../components/AppShell.tsx';
import { Button } from '../../components/Button';
import { Icon } from '../../components/Icon.tsx';
import { Empty } from '../../components/ListState.tsx';
import { failureOf } from '../../failure.ts';
import { platform } from '../../platform/current';
import { back, go, replace, useQuery } from '../../platform/navigation.ts';
import { t } from '../../texts/teacher.ts';
import { SessionQuery, sessionReads } from '../session-query.ts';
import './index.scss';

const Query = SessionQuery.extend({ mark: z.enum(['sign-in', 'sign-out']), start: z.literal('1').optional() });
type Query = z.infer<typeof Query>;

export default function Sign() {
  const query = useQuery(Query);
  const title = query?.mark === 'sign-out' ? t('teacher.sign.out') : t('teacher.sign.in');
  return (
    <AppShell access="teacher" title={title}>
      {query ? <Steps query={query} /> : <Empty icon="alert" text={t('teacher.session.gone')} hint={t('teacher.session.gone.hint')} />}
    </AppShell>
  );
}

const METRES_IN_KILOMETRE = 1000;

type Stage =
  | { readonly at: 'ready' | 'scanning' | 'locating' | 'sending' }
  | { readonly at: 'done'; readonly time: string; readonly late: boolean }
  | { readonly at: 'refused'; readonly message: string; readonly detail: string | undefined };

function useSigning({ offeringId, sessionId, mark }: Query) {
  const client = useQueryClient();
  const [stage, setStage] = useState<Stage>({ at: 'ready' });
  const busy = useRef(false);
  const run = async () => {
    if (busy.current) return;
    busy.current = true;
    try {
      setStage({ at: 'scanning' });
      const qrText = await platform.scan();
      setStage({ at: 'locating' });
      const position = await platform.locate();
      setStage({ at: 'sending' });
      const input = { offeringId, sessionId, qrText, position };
      const record = mark === 'sign-in' ? await api.attendance.signIn(input) : await api.attendance.signOut(input);
      const made = mark === 'sign-in' ? record.signedIn : record.signedOut;
      platform.vibrate();
      setStage({ at: 'done', time: made ? timeOfDay(made.at) : '', late: mark === 'sign-in' && made?.late === true });
      for (const queryKey of sessionReads) client.invalidateQueries({ queryKey: [...queryKey] }).catch(() => undefined);
    } catch (error) {
      const failure = failureOf(error);
      setStage(failure.silent ? { at: 'ready' } : { at: 'refused', message: failure.message, detail: howFar(error) });
    } finally {
      busy.current = false;
    }
  };
  return { stage, run };
}

function Steps({ query }: { readonly query: Query }) {
  const { stage, run } = useSigning(query);
  const started = useRef(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the page was opened by the button that means "scan"
  useEffect(() => {
    if (!query.start || started.current) return;
    started.current = true;
    run().catch(() => undefined);
  }, []);
  const { start: _start, ...rest } = query;
  const signIn = query.mark === 'sign-in';

  if (stage.at === 'done') {
    return (
      <View className="k-stack t-sign" id="sign-done">
        <View className="t-sign__mark t-sign__mark--done">
          <Icon name="check" size={2.5} />
        </View>
        <View className="k-text-xl">{signIn ? t('teacher.sign.in.done') : t('teacher.sign.out.done')}</View>
        <View className="k-text-l k-number">{stage.time}</View>
        {stage.late ? (
          <View className="k-notice k-notice--attention">
            <Icon name="clock" />
            <Text>{t('teacher.sign.late')}</Text>
          </View>
        ) : null}
        <View className="t-sign__buttons">
          {signIn ? (
            <Button
              kind="primary"
              block
              icon="list"
              id="to-roll"
              onTap={() => replace('teacher/roll', { offeringId: query.offeringId, sessionId: query.sessionId, date: query.date })}
            >
              {t('teacher.sign.toRoll')}
            </Button>
          ) : null}
          <Button kind={signIn ? 'plain' : 'primary'} block id="sign-back" onTap={() => back('teacher/home')}>
            {t('teacher.sign.back')}
          </Button>
        </View>
      </View>
    );
  }
  if (stage.at === 'refused') {
    return (
      <View className="k-stack t-sign" id="sign-refused">
        <View className="t-sign__mark t-sign__mark--refused">
          <Icon name="alert" size={2.5} />
        </View>
        <View className="k-text-l">{t('teacher.sign.refused')}</View>
        <View className="t-sign__reason" {...(process.env.TARO_ENV === 'h5' ? { role: 'alert' } : {})}>
          {stage.message}
          {stage.detail ? <View className="k-text-s k-muted">{stage.detail}</View> : null}
        </View>
        <View className="t-sign__buttons">
          <Button kind="primary" block icon="scan" id="sign-again" onTap={run}>
            {t('teacher.sign.again')}
          </Button>
          <Exception onTap={() => go('teacher/exception', rest)} />
        </View>
      </View>
    );
  }
  const working = stage.at !== 'ready';
  return (
    <View className="k-stack t-sign" id="sign-ready">
      <View className="t-sign__mark">
        <Icon name={stage.at === 'locating' ? 'place' : 'scan'} size={2.5} />
      </View>
      <View className="k-text-l" {...(process.env.TARO_ENV === 'h5' ? { role: 'status' } : {})}>
        {stage.at === 'ready' ? t('teacher.sign.ready') : t(`teacher.sign.${stage.at}`)}
      </View>
      <View className="k-text-s k-muted">{t('teacher.sign.ready.hint')}</View>
      <View className="t-sign__buttons">
        <Button kind="primary" block icon="scan" id="sign-scan" running={working} onTap={run}>
          {t('teacher.sign.scan')}
        </Button>
        {working ? null : <Exception onTap={() => go('teacher/exception', rest)} />}
      </View>
    </View>
  );
}

/** How far away the phone says it is, when that is why it was refused. */
function howFar(error: unknown): string | undefined {
  const metres = error instanceof ApiError ? error.body.details?.distanceMetres : undefined;
  if (typeof metres !== 'number') return undefined;
  const distance =
    metres < METRES_IN_KILOMETRE
      ? t('teacher.sign.metres', { metres: Math.round(metres) })
      : t('teacher.sign.kilometres', { kilometres: (metres / METRES_IN_KILOMETRE).toFixed(1) });
  return t('teacher.sign.far', { distance });
}

function Exception({ onTap }: { readonly onTap: () => void }) {
  return (
    <>
      <Button kind="plain" block id="ask-exception" onTap={onTap}>
        {t('teacher.sign.exception')}
      </Button>
      <View className="k-text-s k-muted">{t('teacher.sign.exception.hint')}</View>
    </>
  );
}
