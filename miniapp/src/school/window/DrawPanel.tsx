/** A window's draw on the school's desk: how places are given, how far it is, and the public value once it is born. */
import { ApiError } from '@kehou/shared/kernel/route';
import { ms } from '@kehou/shared/kernel/time';
import type { PublishedDraw } from '@kehou/shared/selection/lottery';
import type { Window } from '@kehou/shared/selection/window';
import { View } from '@tarojs/components';
import { useState } from 'react';
import { api } from '../../api.ts';
import { serverNow, serverNowMs, useServerNow } from '../../clock.ts';
import { Button } from '../../components/Button';
import { FormFailure, inForm } from '../../components/desk/FormFailure.tsx';
import { Pairs, Panel } from '../../components/desk/Panel.tsx';
import { Field } from '../../components/Field.tsx';
import { fullMoment, whole } from '../../components/format.ts';
import { Icon } from '../../components/Icon.tsx';
import { TextInput } from '../../components/Inputs';
import { phaseOf } from '../../components/lottery-phase.ts';
import { ModeWords } from '../../components/ModeWords.tsx';
import { platform } from '../../platform/current';
import { useAction, useCall } from '../../queries.ts';
import { t } from '../../texts/draws.ts';
import { useSchool } from '../desk.tsx';

const LOOK_AGAIN_MS = 15_000;

export function DrawPanel({ window }: { readonly window: Window }) {
  const { lottery, windowId, status } = window;
  useServerNow(30_000);
  const closed = serverNow() >= window.closesAt;
  const published = useCall('selection', 'getDraw', { windowId }, { enabled: Boolean(lottery) && closed, everyMs: LOOK_AGAIN_MS });
  // Not found: the list is not published yet.
  const draw = published.error instanceof ApiError ? undefined : published.data?.draw;
  const fileUrl = published.data?.fileUrl;
  const download = useAction((url: string) => platform.download(url, 'draw.json'));
  const phase = phaseOf(window, serverNow());
  if (!lottery) return null;
  const stage = draw ? draw.stage : closed ? 'closing' : phase === 'wishing' ? 'wishing' : 'before';
  return (
    <Panel
      id="draw-panel"
      title={t('draws.panel')}
      action={
        draw && fileUrl ? (
          <Button kind="plain" small icon="download" id="draw-file" running={download.running} onTap={() => download.run(fileUrl)}>
            {t('draws.file')}
          </Button>
        ) : null
      }
    >
      <View className="k-column k-column--wide">
        <ModeWords window={window} />
        {status === 'draft' || status === 'withdrawn' ? null : (
          <Pairs
            pairs={[
              { name: t('draws.stage'), value: t(`draws.stage.${stage}`) },
              draw && { name: t('draws.entries'), value: t('draws.entries.value', { count: whole(draw.entries) }), number: true },
              draw && { name: t('draws.fixedAt'), value: fullMoment(draw.fixedAt), number: true },
              draw?.drawnAt && { name: t('draws.drawnAt'), value: fullMoment(draw.drawnAt), number: true },
              draw?.publicValue && { name: t('draws.value'), value: draw.publicValue },
              draw?.payBefore && { name: t('draws.payBefore'), value: fullMoment(draw.payBefore), number: true },
              draw && { name: t('draws.root'), value: draw.root },
            ].map((pair) => pair || undefined)}
          />
        )}
        {draw ? <Record window={window} draw={draw} /> : null}
      </View>
    </Panel>
  );
}

/** On record once and for good: written twice, then asked. */
function Record({ window, draw }: { readonly window: Window; readonly draw: PublishedDraw }) {
  const { schoolId } = useSchool();
  const [first, setFirst] = useState('');
  const [second, setSecond] = useState('');
  const [tried, setTried] = useState(false);
  const value = first.trim();
  const differ = value !== second.trim();
  const record = useAction(() => api.selection.recordPublicValue({ schoolId, windowId: window.windowId, value }), {
    done: t('draws.record.done'),
    refresh: [['selection']],
    onFailed: inForm,
  });
  const { seedSource } = draw;
  if (draw.stage !== 'fixed' || draw.publicValue !== undefined || seedSource.kind !== 'public') return null;
  const named = t('draws.record.named', { name: seedSource.name, when: fullMoment(seedSource.bornAt) });
  if (serverNowMs() < ms(seedSource.bornAt)) {
    return (
      <View className="k-notice" id="draw-await">
        <Icon name="clock" />
        <View>
          <View>{named}</View>
          <View>{t('draws.record.wait')}</View>
        </View>
      </View>
    );
  }
  const save = async () => {
    setTried(true);
    if (value === '' || differ) return;
    const sure = await platform.modal({
      title: t('draws.record.ask', { value }),
      content: t('draws.record.askHint'),
      confirmText: t('draws.record.save'),
      danger: true,
    });
    if (sure) await record.run(undefined);
  };
  return (
    <View className="k-column" id="draw-record">
      <View className="k-strong">{t('draws.record')}</View>
      <View>{named}</View>
      <View className="k-notice k-notice--attention">
        <Icon name="alert" />
        <View>{t('draws.record.once')}</View>
      </View>
      <View className="k-form-grid k-form-grid--two">
        <Field label={t('draws.record.first')}>
          <TextInput id="draw-value" value={first} lengthMax={200} onChange={setFirst} />
        </Field>
        <Field label={t('draws.record.second')} error={tried && differ ? t('draws.record.differ') : undefined}>
          <TextInput id="draw-value-again" value={second} lengthMax={200} invalid={tried && differ} onChange={setSecond} onEnter={save} />
        </Field>
      </View>
      <FormFailure error={record.error} />
      <View>
        <Button kind="primary" id="draw-record-save" disabled={value === ''} running={record.running} onTap={save}>
          {t('draws.record.save')}
        </Button>
      </View>
    </View>
  );
}
