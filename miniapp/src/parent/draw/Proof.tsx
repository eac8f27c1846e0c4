/** How anybody checks a draw: reckoned on this phone, tried with one thing changed, and run again from the file. */
import { type ChildDraw, isBornEarly, type Receipt } from '@kehou/shared/selection/lottery';
import { View } from '@tarojs/components';
import { useMemo, useState } from 'react';
import { api } from '../../api.ts';
import { Button } from '../../components/Button';
import { Segments } from '../../components/Choices.tsx';
import { moment } from '../../components/format.ts';
import { Icon } from '../../components/Icon.tsx';
import { platform } from '../../platform/current';
import { useAction } from '../../queries.ts';
import { t as common } from '../../texts/common.ts';
import { t } from '../../texts/lottery.ts';
import { CHANGES, type Change, COMMAND, check, type Entry, lineOf, withChange } from '../draw-check.ts';

interface ProofProps {
  readonly part: ChildDraw;
  readonly receipt: Receipt | undefined;
  nameOf(offeringId: string): string;
}

export function Proof({ part, receipt, nameOf }: ProofProps) {
  const { draw, entry } = part;
  return (
    <>
      <View className="k-section-title">{t('proof.title')}</View>
      {entry ? <Checked draw={draw} entry={entry} receipt={receipt} nameOf={nameOf} /> : null}
      {draw.seedSource.kind === 'secret' ? (
        <View className="k-notice k-notice--attention" id="proof-trust">
          <Icon name="shield" />
          <View>{t('proof.secret')}</View>
        </View>
      ) : null}
      {isBornEarly(draw) ? (
        <View className="k-notice k-notice--attention" id="proof-early">
          <Icon name="alert" />
          <View>{t('proof.early', { when: moment(draw.fixedAt) })}</View>
        </View>
      ) : null}
      <File draw={draw} />
    </>
  );
}

interface CheckedProps {
  readonly draw: ChildDraw['draw'];
  readonly entry: Entry;
  readonly receipt: Receipt | undefined;
  nameOf(offeringId: string): string;
}

function Checked({ draw, entry, receipt, nameOf }: CheckedProps) {
  const [change, setChange] = useState<Change>('none');
  const [raw, setRaw] = useState(false);
  const shown = useMemo(() => withChange({ draw, entry, receipt }, change), [draw, entry, receipt, change]);
  const checks = useMemo(() => check(shown), [shown]);
  const changes = CHANGES.filter((one) => one !== 'value' || draw.seed !== undefined);
  return (
    <View className="k-card k-column k-column--wide" id="proof">
      <View className="k-text-s k-muted">{t('proof.lead')}</View>
      <InWords entry={shown.entry} nameOf={nameOf} />
      <View className="k-column">
        <Line
          id="proof-listed"
          holds={checks.listed}
          words={checks.listed ? t('proof.listed.yes', { line: entry.index + 1, count: draw.entries }) : t('proof.listed.no')}
        />
        <Line
          id="proof-receipt"
          holds={checks.receipt}
          words={t(checks.receipt === undefined ? 'proof.receipt.none' : checks.receipt ? 'proof.receipt.yes' : 'proof.receipt.no')}
        />
        <Line
          id="proof-seed"
          holds={checks.seed}
          words={t(
            checks.seed === undefined ? 'proof.seed.wait' : checks.seed ? `proof.seed.yes.${draw.seedSource.kind}` : 'proof.seed.no',
          )}
        />
        {checks.named === undefined ? null : (
          <Line id="proof-named" holds={checks.named} words={t(checks.named ? 'proof.named.yes' : 'proof.named.no')} />
        )}
        {checks.sealed === undefined ? null : (
          <Line id="proof-sealed" holds={checks.sealed} words={t(checks.sealed ? 'proof.sealed.yes' : 'proof.sealed.no')} />
        )}
      </View>
      <View className="k-column">
        <View className="k-text-s k-muted">{t('proof.try')}</View>
        <Segments<Change>
          id="proof-as"
          label={t('proof.as.label')}
          value={change}
          options={changes.map((value) => ({ value, label: t(`proof.as.${value}`) }))}
          onChange={setChange}
        />
      </View>
      <View className="k-text-s k-muted">{t('proof.rest')}</View>
      <Button kind="plain" small id="proof-raw" onTap={() => setRaw(!raw)}>
        {t(raw ? 'proof.raw.hide' : 'proof.raw')}
      </Button>
      {raw ? <Raw draw={shown.draw} entry={shown.entry} /> : null}
    </View>
  );
}

/** The line of the list as it is checked, in words. */
function InWords({ entry, nameOf }: { readonly entry: Entry; nameOf(offeringId: string): string }) {
  const line = lineOf(entry.canonical);
  if (!line) return null;
  const names = line.choices.map((offeringId) => nameOf(offeringId));
  return (
    <View className="k-column k-gap-1" id="proof-entry">
      <View>{t('proof.entry', { grade: line.grade, tickets: line.tickets, list: names.join(t('wishes.join')) })}</View>
      {entry.together ? <View className="k-text-s k-muted">{t('proof.entry.together')}</View> : null}
    </View>
  );
}

/** Green, and a word, only where it holds; undefined: there is nothing to check yet. */
function Line({ id, holds, words }: { readonly id: string; readonly holds: boolean | undefined; readonly words: string }) {
  const tone = holds === undefined ? 'k-muted' : holds ? 'k-primary' : 'k-danger';
  return (
    <View id={id} className={`k-row p-check ${tone}`}>
      <Icon name={holds === undefined ? 'clock' : holds ? 'check-circle' : 'alert'} />
      <View className={holds === undefined ? '' : 'k-strong'}>{words}</View>
    </View>
  );
}

function Raw({ draw, entry }: Pick<CheckedProps, 'draw' | 'entry'>) {
  const { seedSource } = draw;
  const rows: readonly (readonly [string, string | undefined])[] = [
    [t('proof.raw.entry'), entry.canonical],
    [t('proof.raw.root'), draw.root],
    [t('proof.raw.commitment'), draw.commitment],
    ...(seedSource.kind === 'secret' ? [[t('proof.raw.secretHash'), seedSource.hash] as const] : []),
    [
      seedSource.kind === 'public'
        ? `${t('proof.raw.value')} · ${t('proof.value.named', { name: seedSource.name, when: moment(seedSource.bornAt) })}`
        : t('proof.raw.secret'),
      draw.publicValue,
    ],
    [t('proof.raw.seed'), draw.seed],
  ];
  return (
    <View className="k-column" id="proof-numbers">
      {rows.map(([name, value]) => (value === undefined ? null : <Value key={name} name={name} value={value} />))}
    </View>
  );
}

function Value({ name, value }: { readonly name: string; readonly value: string }) {
  const copy = useAction(() => platform.copy(value), { done: common('common.copied') });
  return (
    <View>
      <View className="k-row k-row--between">
        <View className="k-text-s k-muted k-grow">{name}</View>
        <Button kind="text" small icon="copy" label={`${t('proof.copy')} ${name}`} running={copy.running} onTap={() => copy.run(undefined)}>
          {t('proof.copy')}
        </Button>
      </View>
      <View className="k-code">{value}</View>
    </View>
  );
}

function File({ draw }: Pick<CheckedProps, 'draw'>) {
  // Its address is good for some minutes: asked for when it is wanted.
  const download = useAction(async () => {
    const { fileUrl } = await api.selection.getDraw({ windowId: draw.windowId });
    await platform.download(fileUrl, 'draw.json');
  });
  const copy = useAction(() => platform.copy(COMMAND), { done: common('common.copied') });
  return (
    <View className="k-card k-column" id="proof-file">
      <View className="k-strong">{t('proof.file')}</View>
      <View className="k-text-s k-muted">{t(draw.stage === 'fixed' ? 'proof.file.early' : 'proof.file.hint')}</View>
      <View className="k-code">{COMMAND}</View>
      <View className="k-buttons">
        <Button kind="plain" icon="copy" id="proof-command" running={copy.running} onTap={() => copy.run(undefined)}>
          {t('proof.file.command')}
        </Button>
        <Button kind="primary" icon="download" id="proof-download" running={download.running} onTap={() => download.run(undefined)}>
          {t('proof.file.download')}
        </Button>
      </View>
    </View>
  );
}
