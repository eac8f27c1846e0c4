/** One window: its hours and what can be done with it, sharing it, and every class filling up, live. */
import { formatFen } from '@kehou/shared/kernel/fen';
import { Id } from '@kehou/shared/kernel/id';
import { type Offering, openPlaces } from '@kehou/shared/offering/offering';
import type { ShareLinkShown } from '@kehou/shared/selection/share';
import type { ClassCard, Window } from '@kehou/shared/selection/window';
import { Text, View } from '@tarojs/components';
import { useCallback, useMemo, useState } from 'react';
import * as z from 'zod';
import { api } from '../../api.ts';
import { Button } from '../../components/Button';
import { Countdown } from '../../components/Countdown.tsx';
import { Chart, type Palette } from '../../components/charts/Chart.tsx';
import { barsHeight, barsOption } from '../../components/charts/options.ts';
import { type Column, DataTable } from '../../components/DataTable';
import { Panel } from '../../components/desk/Panel.tsx';
import { gradesText, slotsText, windowState } from '../../components/desk/words.ts';
import { Figures } from '../../components/Figures.tsx';
import { duration, fullMoment, percent, whole } from '../../components/format.ts';
import { openingSentences } from '../../components/grade-openings.ts';
import { Icon } from '../../components/Icon.tsx';
import { Empty, ListState, type Reading } from '../../components/ListState.tsx';
import { SeatMeter } from '../../components/SeatMeter.tsx';
import { StatusChip } from '../../components/StatusChip.tsx';
import { waitingRule } from '../../components/waiting-rule.ts';
import { platform } from '../../platform/current';
import { go, useQuery } from '../../platform/navigation.ts';
import type { ShareCard } from '../../platform/platform.ts';
import { useAction, useCall, useCallPages } from '../../queries.ts';
import { t as desks } from '../../texts/desks.ts';
import { t } from '../../texts/school.ts';
import { SchoolDesk, useSchool } from '../desk.tsx';
import { Enrolments } from '../Enrolments.tsx';
import { DrawPanel } from './DrawPanel.tsx';
import { HeldBackClasses } from './HeldBackClasses.tsx';
import { Links } from './Links.tsx';
import { RehearsalPanel } from './RehearsalPanel.tsx';
import { Share } from './Share.tsx';
import { WindowForm } from './WindowForm.tsx';
import './window.scss';

const Query = z.object({ windowId: Id('window') });
/** While parents are choosing; otherwise a minute is soon enough. */
const LIVE_MS = 3_000;
const CALM_MS = 60_000;

export default function SchoolWindow() {
  const query = useQuery(Query);
  const [card, setCard] = useState<ShareCard>();
  return (
    <SchoolDesk
      current="school/windows"
      title={t('school.window.title')}
      share={card}
      lead={
        <Button kind="text" small icon="back" id="back-to-windows" onTap={() => go('school/windows')}>
          {t('school.windows.title')}
        </Button>
      }
    >
      {query ? <One windowId={query.windowId} onCard={setCard} /> : <Empty icon="alert" text={t('school.window.gone')} />}
    </SchoolDesk>
  );
}
SchoolWindow.enableShareAppMessage = true;

function One({ windowId, onCard }: { readonly windowId: Id<'window'>; onCard(card: ShareCard | undefined): void }) {
  const { schoolId } = useSchool();
  const windows = useCallPages('selection', 'listWindows', { schoolId, limit: 50 }, { everyMs: 15_000 });
  const window = windows.items.find((one) => one.windowId === windowId);
  // An old window may be on a later page.
  const looking = !window && windows.hasMore;
  if (looking && !windows.isFetchingNextPage && !windows.isPending) windows.more();
  return (
    <ListState of={windows} empty={!window && !looking} emptyIcon="alert" emptyText={t('school.window.gone')}>
      {window ? <Loaded window={window} onCard={onCard} /> : null}
    </ListState>
  );
}

function Loaded({ window, onCard }: { readonly window: Window; onCard(card: ShareCard | undefined): void }) {
  const { schoolId } = useSchool();
  const live = window.status === 'open';
  const seats = useCall(
    'selection',
    'getSeats',
    { windowId: window.windowId },
    { everyMs: live ? LIVE_MS : CALM_MS, enabled: window.status !== 'draft' },
  );
  const offerings = useCallPages('offering', 'listOfferings', { schoolId, termId: window.termId, limit: 100 }, { everyMs: CALM_MS });
  const [openId, setOpenId] = useState<string>();
  const inWindow = new Set<string>(window.offeringIds);
  const found = offerings.items.filter((one) => inWindow.has(one.offeringId));
  // A term may have more classes than a page holds.
  if (found.length < inWindow.size && offerings.hasMore && !offerings.isFetchingNextPage && !offerings.error) offerings.more();
  // What is taken is not told before it is known; nothing is taken of a draft.
  const counting = window.status === 'draft' ? [] : [seats];
  const counted = counting.every(({ data }) => data !== undefined);
  const rows = found.map(
    (offering): Row => ({
      offering,
      taken: seats.data?.seats[offering.offeringId]?.taken ?? 0,
      capacity: seats.data?.seats[offering.offeringId]?.capacity ?? openPlaces(offering),
      kept: keptOf(offering, seats.data?.seats[offering.offeringId]?.reserved),
    }),
  );
  const open = rows.find((row) => row.offering.offeringId === openId);
  const [sharing, setSharing] = useState<'new' | ShareLinkShown>();
  return (
    <View className="d-stack">
      <Head window={window} onShare={() => setSharing('new')} />
      <HeldBackClasses classes={found} />
      <DrawPanel window={window} />
      {window.status === 'draft' || !counted ? null : <Sums rows={rows} window={window} />}
      <Classes rows={rows} readings={[offerings, ...counting]} openKey={openId} onOpen={(row) => setOpenId(row.offering.offeringId)} />
      <RehearsalPanel window={window} classes={rows.map(({ offering }) => offering)} />
      {counted ? <Fill rows={rows} /> : null}
      {window.status === 'draft' ? null : (
        <Links window={window} openKey={typeof sharing === 'object' ? sharing.shareLinkId : undefined} onOpen={setSharing} />
      )}
      {sharing ? (
        <Share window={window} link={sharing === 'new' ? undefined : sharing} onCard={onCard} onClose={() => setSharing(undefined)} />
      ) : null}
      {open ? (
        <Enrolments
          offering={open.offering}
          live={live}
          waitingList={window.waitingList !== undefined}
          onClose={() => setOpenId(undefined)}
        />
      ) : null}
    </View>
  );
}

export interface Row {
  readonly offering: Offering;
  readonly taken: number;
  readonly capacity: number;
  /** Places for a purpose that are not given yet: in no count of the others. */
  readonly kept: number;
}

function keptOf({ reserved = [] }: Offering, counted: ClassCard['reserved']): number {
  return counted ? counted.reduce((sum, { left }) => sum + left, 0) : reserved.reduce((sum, { places }) => sum + places, 0);
}

function Head({ window, onShare }: { readonly window: Window; onShare(): void }) {
  const { schoolId } = useSchool();
  const [editing, setEditing] = useState(false);
  const { windowId, status } = window;
  const state = windowState(status);
  const publish = useAction(() => api.selection.publishWindow({ schoolId, windowId }), {
    done: t('school.window.published'),
    refresh: [['selection'], ['offering']],
    onDone: onShare,
  });
  const withdraw = useAction(() => api.selection.withdrawWindow({ schoolId, windowId }), {
    done: t('school.window.withdrawn'),
    refresh: [['selection'], ['offering']],
  });
  const ask = async (action: 'publish' | 'withdraw') => {
    const sure = await platform.modal({
      title: t(`school.window.${action}.title`, { name: window.name }),
      content: t(`school.window.${action}.content`),
      confirmText: t(`school.window.${action}`),
      danger: action === 'withdraw',
    });
    if (sure) await (action === 'publish' ? publish : withdraw).run(undefined);
  };
  const shareable = status === 'published' || status === 'open';
  return (
    <View className="k-card">
      <View className="k-row k-row--between k-row--wrap k-row--top">
        <View>
          <View className="k-row k-row--wrap">
            <Text className="k-text-l">{window.name}</Text>
            <StatusChip tone={state.tone} id="window-status">
              {state.words}
            </StatusChip>
          </View>
          <View className="k-muted k-number">
            {fullMoment(window.opensAt)} – {fullMoment(window.closesAt)}
          </View>
          {openingSentences(window).map((sentence) => (
            <View key={sentence} className="k-text-s k-number" id="window-openings">
              {sentence}
            </View>
          ))}
          {window.note ? <View className="k-text-s">{window.note}</View> : null}
          <View className="k-text-s k-muted" id="window-waiting-rule">
            {waitingRule(window) ?? t('school.window.waiting.off')}
          </View>
          {status === 'published' || status === 'open' ? (
            <View className="k-row s-window__countdown">
              <Icon name="clock" className="k-primary" />
              <Text>{status === 'open' ? t('school.window.closesIn') : t('school.window.opensIn')}</Text>
              <Countdown className="k-text-l k-primary" until={status === 'open' ? window.closesAt : window.opensAt} />
            </View>
          ) : null}
          {status === 'closed' && !window.lottery ? (
            <View className="k-text-s k-muted">{t(window.underSize ? 'school.window.settling.asks' : 'school.window.settling')}</View>
          ) : null}
          {status === 'settled' ? <View className="k-text-s k-muted">{t('school.window.settled')}</View> : null}
        </View>
        <View className="k-row k-row--wrap">
          {status === 'draft' || status === 'published' ? (
            <Button kind="plain" id="window-withdraw" running={withdraw.running} onTap={() => ask('withdraw')}>
              {t('school.window.withdraw')}
            </Button>
          ) : null}
          {status === 'draft' || shareable ? (
            <Button kind="plain" icon="edit" id="window-edit" onTap={() => setEditing(true)}>
              {status === 'draft' ? t('school.window.edit') : t('school.window.hours')}
            </Button>
          ) : null}
          {shareable ? (
            <Button kind="primary" icon="share" id="window-share" onTap={onShare}>
              {t('school.window.share')}
            </Button>
          ) : null}
          {status === 'draft' ? (
            <Button kind="primary" icon="share" id="window-publish" running={publish.running} onTap={() => ask('publish')}>
              {t('school.window.publish')}
            </Button>
          ) : null}
        </View>
      </View>
      {editing ? <WindowForm window={window} onClose={() => setEditing(false)} /> : null}
    </View>
  );
}

function Sums({ rows, window }: { readonly rows: readonly Row[]; readonly window: Window }) {
  const taken = rows.reduce((sum, row) => sum + row.taken, 0);
  const capacity = rows.reduce((sum, row) => sum + row.capacity, 0);
  const short = rows.filter((row) => row.taken < row.offering.smallestSize && row.offering.status !== 'cancelled').length;
  return (
    <Figures
      figures={[
        { key: 'taken', label: t('school.window.taken'), value: whole(taken), hint: t('school.window.of', { capacity: whole(capacity) }) },
        { key: 'fill', label: t('school.window.fill'), value: capacity > 0 ? percent(taken / capacity) : desks('desks.none') },
        {
          key: 'full',
          label: t('school.window.full'),
          value: whole(rows.filter((row) => row.taken >= row.capacity).length),
          hint: t('school.window.ofClasses', { count: rows.length }),
        },
        {
          key: 'short',
          label: t('school.window.short'),
          value: whole(short),
          hint: window.underSize
            ? t('school.window.short.asks', { time: duration(window.underSize.askHours * 60) })
            : t('school.window.short.hint'),
          tone: short > 0 ? 'attention' : undefined,
        },
      ]}
    />
  );
}

const columns = (): readonly Column<Row>[] => [
  { key: 'name', title: t('school.class.name'), value: (row) => row.offering.courseName, head: true },
  { key: 'instructor', title: desks('instructor.name'), value: (row) => row.offering.instructorName },
  { key: 'when', title: t('school.class.when'), value: (row) => slotsText(row.offering.slots), sortable: false },
  { key: 'grades', title: t('school.class.grades'), value: (row) => gradesText(row.offering.grades), deskOnly: true },
  {
    key: 'fee',
    title: t('school.class.fee'),
    align: 'end',
    value: (row) => row.offering.feeFen,
    render: (row) => formatFen(row.offering.feeFen),
  },
  {
    key: 'taken',
    title: t('school.window.taken'),
    align: 'end',
    value: (row) => row.taken,
    render: (row) => `${row.taken}/${row.capacity}`,
  },
  {
    key: 'seats',
    title: t('school.window.seats'),
    value: (row) => row.capacity - row.taken,
    width: '150px',
    render: (row) =>
      row.offering.status === 'cancelled' ? (
        <StatusChip tone="danger">{desks('offering.cancelled')}</StatusChip>
      ) : (
        <View>
          <SeatMeter taken={row.taken} capacity={row.capacity} />
          {row.kept > 0 ? <View className="k-text-s k-muted k-number">{t('school.window.kept', { count: row.kept })}</View> : null}
        </View>
      ),
  },
];

interface ClassesProps {
  readonly rows: readonly Row[];
  readonly readings: readonly Reading[];
  readonly openKey: string | undefined;
  onOpen(row: Row): void;
}

function Classes({ rows, readings, openKey, onOpen }: ClassesProps) {
  const shown = useMemo(columns, []);
  return (
    <DataTable
      name={t('school.window.title')}
      columns={shown}
      rows={rows}
      keyOf={(row) => row.offering.offeringId}
      of={readings}
      emptyText={t('school.window.noClasses')}
      onOpen={onOpen}
      openKey={openKey}
    />
  );
}

function Fill({ rows }: { readonly rows: readonly Row[] }) {
  const bars = useMemo(
    () =>
      [...rows]
        .sort((a, b) => b.taken / b.capacity - a.taken / a.capacity)
        .map((row) => ({
          name: row.offering.courseName,
          value: Math.round((row.taken / row.capacity) * 100),
          label: `${row.taken}/${row.capacity}`,
          weak: row.taken < row.offering.smallestSize,
        })),
    [rows],
  );
  const option = useCallback((colours: Palette) => barsOption(bars, colours, 100), [bars]);
  return (
    <Panel title={desks('fill.title')} hint={t('school.window.fill.hint')}>
      {bars.length > 0 ? (
        <Chart label={desks('fill.title')} option={option} height={barsHeight(bars.length)} />
      ) : (
        <Empty text={desks('fill.none')} />
      )}
    </Panel>
  );
}
