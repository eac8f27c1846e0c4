/** Importing a roster: a template, a file, and either how many rows it changed or every row that is wrong. */
import type { Id } from '@kehou/shared/kernel/id';
import { newId } from '@kehou/shared/kernel/id';
import type { InputOf } from '@kehou/shared/kernel/route';
import type { schoolRoutes } from '@kehou/shared/school/routes';
import type { RosterImport, RosterImportItem, RosterKind, RosterRemoval, RowProblem } from '@kehou/shared/school/school';
import { useQueryClient } from '@tanstack/react-query';
import { Text, View } from '@tarojs/components';
import { useEffect, useMemo, useRef, useState } from 'react';
import { api } from '../../api.ts';
import { Button } from '../../components/Button';
import { Segments } from '../../components/Choices.tsx';
import { type Column, DataTable } from '../../components/DataTable';
import { FormFailure, inForm } from '../../components/desk/FormFailure.tsx';
import { Pairs, Panel } from '../../components/desk/Panel.tsx';
import { moment, whole } from '../../components/format.ts';
import { Icon } from '../../components/Icon.tsx';
import { ListState } from '../../components/ListState.tsx';
import { StatusChip } from '../../components/StatusChip.tsx';
import { Tap } from '../../components/Tap';
import { platform } from '../../platform/current';
import { utf8 } from '../../platform/utf8.ts';
import { useAction, useCall, useCallPages } from '../../queries.ts';
import { t } from '../../texts/school.ts';
import { useSchool } from '../desk.tsx';
import { base64 } from './base64.ts';

const FILE_BYTES_MAX = 4 * 1024 * 1024;
const APPLYING_EVERY_MS = 2_000;

type Sent = Omit<InputOf<(typeof schoolRoutes)['importRoster']>, 'linksRemoved'>;
interface Asked {
  readonly sent: Sent;
  /** With whose links would go. */
  readonly result: RosterImport;
}

export function Imports() {
  const { schoolId } = useSchool();
  const [kind, setKind] = useState<RosterKind>('pupils');
  const [shown, setShown] = useState<Id<'rosterImport'>>();
  const client = useQueryClient();
  // A file that would end links is sent once more, as it is, when that is agreed to.
  const [asked, setAsked] = useState<Asked>();
  // The same file again is the same import: the id is made when a file is picked.
  const picked = useRef<{ id: Id<'rosterImport'>; key: string }>(undefined);

  const send = useAction(
    async (agreed: Asked | undefined) => {
      if (agreed) {
        const linksRemoved = agreed.result.linksRemoved;
        return { sent: agreed.sent, result: await api.school.importRoster({ ...agreed.sent, linksRemoved }) };
      }
      const file = await platform.pickFile(['.xlsx', '.csv']);
      setAsked(undefined);
      if (file.bytes.byteLength > FILE_BYTES_MAX) {
        await platform.modal({ title: t('school.import.tooLarge'), acknowledgeOnly: true });
        return undefined;
      }
      const content = base64(new Uint8Array(file.bytes));
      const key = `${kind}.${file.name}.${content.length}.${content.slice(-80)}`;
      if (picked.current?.key !== key) picked.current = { id: newId('rosterImport'), key };
      const sent: Sent = { schoolId, rosterImportId: picked.current.id, kind, filename: file.name.slice(-120), contentBase64: content };
      return { sent, result: await api.school.importRoster(sent) };
    },
    {
      onDone: (reply) => {
        if (!reply) return;
        const { sent, result } = reply;
        setAsked(result.status === 'unconfirmed' ? { sent, result } : undefined);
        setShown(undefined);
        if (result.status === 'unconfirmed') return;
        client.setQueryData(['school', 'getRosterImport', { schoolId, rosterImportId: result.rosterImportId }], result);
        setShown(result.rosterImportId);
        for (const name of ['listPupils', 'listRosterImports'] as const)
          client.invalidateQueries({ queryKey: ['school', name] }).catch(() => undefined);
        // A file that was refused is corrected and sent again under the same name: that is another import.
        if (result.status === 'refused') picked.current = undefined;
      },
      onFailed: inForm,
    },
  );
  return (
    <View className="d-columns d-columns--side">
      <View className="d-stack">
        <Panel title={t('school.import.title')} hint={t('school.import.lead')}>
          <View className="k-column k-column--wide">
            <Segments<RosterKind>
              id="import-kind"
              label={t('school.import.title')}
              value={kind}
              options={[
                { value: 'pupils', label: t('school.import.pupils') },
                { value: 'staff', label: t('school.import.staff') },
              ]}
              onChange={setKind}
            />
            <View className="k-text-s">
              <Text className="k-strong">{t('school.import.columns')}</Text> {t(`school.import.columns.${kind}`)}
            </View>
            {kind === 'pupils' ? (
              <View className="k-text-s" id="import-guardians">
                {t('school.import.guardians')}
              </View>
            ) : null}
            <View className="k-text-s k-muted">{t('school.import.limits')}</View>
            <FormFailure error={send.error} />
            <View className="k-buttons">
              <Button kind="plain" icon="download" id="import-template" onTap={() => template(kind)}>
                {t('school.import.template')}
              </Button>
              <Button kind="primary" icon="upload" id="import-pick" running={send.running} onTap={() => send.run(undefined)}>
                {t('school.import.pick')}
              </Button>
            </View>
          </View>
        </Panel>
        {asked ? (
          <Unconfirmed
            of={asked.result}
            running={send.running}
            onAgree={() => send.run(asked)}
            onLeave={() => {
              setAsked(undefined);
              send.reset();
            }}
          />
        ) : shown ? (
          <Result rosterImportId={shown} />
        ) : null}
      </View>
      <Panel title={t('school.import.history')} hint={t('school.import.history.hint')} id="import-history">
        <Past
          shown={shown}
          onShow={(id) => {
            setAsked(undefined);
            setShown(id);
          }}
        />
      </Panel>
    </View>
  );
}

function useImport(rosterImportId: Id<'rosterImport'>) {
  const { schoolId } = useSchool();
  const reading = useCall('school', 'getRosterImport', { schoolId, rosterImportId });
  const running = reading.data?.status === 'applying';
  useCall('school', 'getRosterImport', { schoolId, rosterImportId }, { enabled: running, everyMs: APPLYING_EVERY_MS });
  return reading;
}

const chip = (status: RosterImport['status']) => (
  <StatusChip tone={status === 'done' ? 'primary' : status === 'refused' ? 'danger' : 'information'}>
    {t(`school.import.status.${status}`)}
  </StatusChip>
);

/** Every import of the school, whoever made it: found again after leaving the page. */
function Past({ shown, onShow }: { readonly shown: Id<'rosterImport'> | undefined; onShow(id: Id<'rosterImport'>): void }) {
  const { schoolId } = useSchool();
  const [applying, setApplying] = useState(false);
  const past = useCallPages('school', 'listRosterImports', { schoolId, limit: 20 }, applying ? { everyMs: APPLYING_EVERY_MS } : {});
  const running = past.items.some(({ status }) => status === 'applying');
  useEffect(() => setApplying(running), [running]);
  return (
    <ListState
      of={past}
      empty={past.items.length === 0}
      emptyIcon="file"
      emptyText={t('school.import.history.none')}
      skeletonRows={3}
      skeletonHeight={52}
      hasMore={past.hasMore}
      loadingMore={past.isFetchingNextPage}
      onMore={past.more}
    >
      {() =>
        past.items.map((one) => (
          <Tap
            key={one.rosterImportId}
            id={`import-${one.rosterImportId}`}
            className="k-list-row k-list-row--tap"
            selected={one.rosterImportId === shown}
            onTap={() => onShow(one.rosterImportId)}
          >
            <Icon name={one.kind === 'staff' ? 'people' : 'file'} className="k-muted" />
            <View className="k-grow">
              <View className="k-clip">{one.filename}</View>
              <View className="k-text-s k-muted">{whenAndWhat(one)}</View>
            </View>
            {chip(one.status)}
          </Tap>
        ))
      }
    </ListState>
  );
}

/** `今天 16:30 · 李校长 · 120 行 · 3 处有误`. */
function whenAndWhat(one: RosterImportItem): string {
  return [
    moment(one.startedAt),
    one.byName,
    // Of a file that was refused only the rows that are right were counted.
    one.status === 'refused' ? undefined : t('school.import.rows', { count: one.rows }),
    one.problemCount > 0 ? t('school.import.problemCount', { count: one.problemCount }) : undefined,
  ]
    .filter(Boolean)
    .join(' · ');
}

const problemColumns = (): readonly Column<RowProblem>[] => [
  { key: 'line', title: t('school.import.line'), align: 'end', value: (row) => row.line, width: '88px' },
  { key: 'column', title: t('school.import.column'), value: (row) => row.column, filter: true },
  { key: 'value', title: t('school.import.value'), value: (row) => row.value },
  { key: 'reason', title: t('school.import.reason'), value: (row) => row.reason, head: true },
];

const removalColumns = (): readonly Column<RosterRemoval>[] => [
  { key: 'line', title: t('school.import.line'), align: 'end', value: (row) => row.line, width: '88px' },
  { key: 'pupil', title: t('school.import.removal.pupil'), value: (row) => row.pupilName, head: true },
  { key: 'guardian', title: t('school.import.removal.guardian'), value: (row) => row.guardianName },
  { key: 'phone', title: t('school.import.removal.phone'), value: (row) => row.phone },
];

interface UnconfirmedProps {
  readonly of: RosterImport;
  readonly running: boolean;
  onAgree(): void;
  onLeave(): void;
}

/** Nothing has been imported: who would lose a child by it, and whether that is meant. */
function Unconfirmed({ of: one, running, onAgree, onLeave }: UnconfirmedProps) {
  const columns = useMemo(removalColumns, []);
  const removals = one.removals ?? [];
  return (
    <Panel title={one.filename} id="import-unconfirmed" action={chip(one.status)}>
      <View className="k-column k-column--wide">
        <View className="k-notice k-notice--attention">
          <Icon name="alert" />
          <Text>{t('school.import.unconfirmed', { count: one.linksRemoved })}</Text>
        </View>
        {one.linksRemoved > removals.length ? (
          <View className="k-text-s k-muted">{t('school.import.first', { shown: removals.length, all: one.linksRemoved })}</View>
        ) : null}
        <DataTable
          name={t('school.import.removals', { name: one.filename })}
          columns={columns}
          rows={removals}
          keyOf={(row) => `${row.line}.${row.phone}.${row.guardianName ?? ''}`}
          initialSort={{ key: 'line', descending: false }}
        />
        <View className="k-buttons">
          <Button kind="plain" id="import-leave" disabled={running} onTap={onLeave}>
            {t('school.import.leave')}
          </Button>
          <Button kind="danger" id="import-agree" running={running} onTap={onAgree}>
            {t('school.import.agree', { count: one.linksRemoved })}
          </Button>
        </View>
      </View>
    </Panel>
  );
}

function Result({ rosterImportId }: { readonly rosterImportId: Id<'rosterImport'> }) {
  const reading = useImport(rosterImportId);
  const columns = useMemo(problemColumns, []);
  const one = reading.data;
  return (
    <Panel title={one?.filename ?? t('school.import.result')} id="import-result" action={one ? chip(one.status) : undefined}>
      <ListState of={reading} skeletonRows={2} skeletonHeight={64}>
        {() =>
          one ? (
            <View className="k-column k-column--wide">
              {one.status === 'refused' ? (
                <View className="k-notice k-notice--danger">
                  <Icon name="alert" />
                  <Text>{t('school.import.refused', { count: one.problemCount })}</Text>
                </View>
              ) : (
                <>
                  <View className={`k-notice${one.status === 'done' ? ' k-notice--done' : ''}`}>
                    <Icon name={one.status === 'done' ? 'check-circle' : 'refresh'} />
                    <Text>
                      {one.status === 'done'
                        ? t('school.import.done', { count: one.rows })
                        : t('school.import.applying', { applied: one.applied, rows: one.rows })}
                    </Text>
                  </View>
                  <Pairs
                    pairs={[
                      { name: t('school.import.added'), value: whole(one.added), number: true },
                      { name: t('school.import.changed'), value: whole(one.changed), number: true },
                      { name: t('school.import.unchanged'), value: whole(one.unchanged), number: true },
                      ...(one.linksRemoved > 0
                        ? [{ name: t('school.import.linksRemoved'), value: whole(one.linksRemoved), number: true }]
                        : []),
                    ]}
                  />
                </>
              )}
              {one.problems.length > 0 ? (
                <>
                  {one.problemCount > one.problems.length ? (
                    <View className="k-text-s k-muted">
                      {t('school.import.first', { shown: one.problems.length, all: one.problemCount })}
                    </View>
                  ) : null}
                  <DataTable
                    name={t('school.import.problems', { name: one.filename })}
                    columns={columns}
                    rows={one.problems}
                    keyOf={(row) => `${row.line}.${row.column ?? ''}.${row.reason}`}
                    initialSort={{ key: 'line', descending: false }}
                  />
                </>
              ) : null}
            </View>
          ) : null
        }
      </ListState>
    </Panel>
  );
}

function template(kind: RosterKind): void {
  // CSV with a byte-order mark: every spreadsheet program opens it with the right characters.
  const bytes = utf8(`\ufeff${t(`school.import.template.${kind}`).replaceAll('\n', '\r\n')}\r\n`);
  platform
    .saveFile(bytes.buffer as ArrayBuffer, `${t(`school.import.${kind}`)}.csv`, 'text/csv')
    .catch(() => platform.toast(t('school.import.templateFailed')));
}
