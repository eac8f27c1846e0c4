/** The rehearsal of a window that has not opened: asked for, on its way, and what it found. */
import { newId } from '@kehou/shared/kernel/id';
import type { Offering } from '@kehou/shared/offering/offering';
import { FAVOURITES_MAX, isRehearsing, REHEARSAL_PARENTS_MAX, type Rehearsal } from '@kehou/shared/selection/rehearsal';
import type { Window } from '@kehou/shared/selection/window';
import { View } from '@tarojs/components';
import { useState } from 'react';
import { api } from '../../api.ts';
import { serverNow, serverNowMs, useServerNow } from '../../clock.ts';
import { Button } from '../../components/Button';
import { Chips } from '../../components/Choices.tsx';
import { FormFailure, inForm } from '../../components/desk/FormFailure.tsx';
import { Panel } from '../../components/desk/Panel.tsx';
import { Field } from '../../components/Field.tsx';
import { whole } from '../../components/format.ts';
import { Icon } from '../../components/Icon.tsx';
import { TextInput } from '../../components/Inputs';
import { useAction, useCall } from '../../queries.ts';
import { t } from '../../texts/rehearsals.ts';
import { useSchool } from '../desk.tsx';
import { RehearsalReportView } from './RehearsalReport.tsx';

const LOOK_AGAIN_MS = 2_000;
const SEEDS = 1_000_000;

interface PanelProps {
  readonly window: Window;
  readonly classes: readonly Offering[];
}

export function RehearsalPanel({ window, classes }: PanelProps) {
  const { schoolId } = useSchool();
  const { windowId, status, version } = window;
  useServerNow(30_000);
  const ahead = (status === 'draft' || status === 'published') && serverNow() < window.opensAt;
  const [watching, setWatching] = useState(false);
  const found = useCall('selection', 'getRehearsal', { schoolId, windowId }, watching ? { everyMs: LOOK_AGAIN_MS } : {});
  const rehearsal = found.data?.rehearsal;
  const running = rehearsal !== undefined && isRehearsing(rehearsal, serverNowMs());
  // It may have been started at another desk.
  if (running !== watching && !found.isFetching) setWatching(running);
  if (!ahead && !rehearsal?.report) return null;
  return (
    <Panel id="rehearsal" title={t('rehearsals.title')} hint={t(window.lottery ? 'rehearsals.hint.draw' : 'rehearsals.hint')}>
      <View className="k-column k-column--wide">
        {ahead && !running ? <Start window={window} classes={classes} last={rehearsal} onStarted={() => setWatching(true)} /> : null}
        {running ? <Running progress={rehearsal.progress} /> : null}
        {rehearsal && !running && rehearsal.status !== 'done' ? <Notice words={t('rehearsals.failed')} /> : null}
        {rehearsal?.report && rehearsal.report.windowVersion !== version ? <Notice words={t('rehearsals.stale')} /> : null}
        {rehearsal?.report ? <RehearsalReportView at={rehearsal.heardAt} report={rehearsal.report} /> : null}
      </View>
    </Panel>
  );
}

function Notice({ words }: { readonly words: string }) {
  return (
    <View className="k-notice k-notice--attention">
      <Icon name="alert" />
      <View>{words}</View>
    </View>
  );
}

function Running({ progress }: { readonly progress: number }) {
  return (
    <View id="rehearsal-running" {...(process.env.TARO_ENV === 'h5' ? { role: 'status' } : {})}>
      <View className="k-number">{t('rehearsals.running', { progress })}</View>
      <View className="s-rehearsal__track">
        <View className="s-rehearsal__bar" style={{ width: `${Math.max(2, progress)}%` }} />
      </View>
    </View>
  );
}

interface StartProps extends PanelProps {
  readonly last: Rehearsal | undefined;
  onStarted(): void;
}

function Start({ window, classes, last, onStarted }: StartProps) {
  const { schoolId } = useSchool();
  const [parents, setParents] = useState(last?.parents === undefined ? '' : String(last.parents));
  const [favourites, setFavourites] = useState<readonly Offering['offeringId'][]>(last?.favourites ?? []);
  // Kept while the answer is not there: a second tap asks for the same one.
  const [asked, setAsked] = useState(() => newId('rehearsal'));
  const count = parents.trim() === '' ? undefined : Number(parents);
  const bad = count !== undefined && !(Number.isInteger(count) && count >= 1 && count <= REHEARSAL_PARENTS_MAX);
  const start = useAction(
    () =>
      api.selection.startRehearsal({
        schoolId,
        windowId: window.windowId,
        rehearsalId: asked,
        seed: Math.floor(Math.random() * SEEDS),
        favourites: [...favourites],
        ...(count === undefined ? {} : { parents: count }),
      }),
    {
      done: t('rehearsals.started'),
      refresh: [['selection', 'getRehearsal']],
      onFailed: inForm,
      onDone: () => {
        setAsked(newId('rehearsal'));
        onStarted();
      },
    },
  );
  return (
    <View className="k-column">
      <View className="k-form-grid k-form-grid--two">
        <Field
          label={t('rehearsals.parents')}
          hint={t('rehearsals.parents.hint', { max: whole(REHEARSAL_PARENTS_MAX) })}
          error={bad ? t('rehearsals.parents.bad', { max: whole(REHEARSAL_PARENTS_MAX) }) : undefined}
        >
          <TextInput id="rehearsal-parents" kind="number" value={parents} lengthMax={4} invalid={bad} onChange={setParents} />
        </Field>
        <Field label={t('rehearsals.favourites')} hint={t('rehearsals.favourites.hint', { max: FAVOURITES_MAX })}>
          <Chips
            id="rehearsal-favourite"
            label={t('rehearsals.favourites')}
            values={favourites}
            options={classes.map(({ offeringId, courseName }) => ({ value: offeringId, label: courseName }))}
            onChange={(values) => setFavourites(values.slice(0, FAVOURITES_MAX))}
          />
        </Field>
      </View>
      <FormFailure error={start.error} />
      <View>
        <Button kind="plain" id="rehearsal-start" icon="clock" disabled={bad} running={start.running} onTap={() => start.run(undefined)}>
          {last?.report ? t('rehearsals.again') : t('rehearsals.start')}
        </Button>
      </View>
    </View>
  );
}
