/** Roll call: everyone present by default, one tap to change, counts on top, search by name; kept on the phone until it is sent. */
import type { Presence, RollEntry } from '@kehou/shared/attendance/attendance';
import { ms } from '@kehou/shared/kernel/time';
import { Text, View } from '@tarojs/components';
import { useEffect, useMemo, useState } from 'react';
import { api } from '../../api.ts';
import { serverNowMs } from '../../clock.ts';
import { AppShell } from '../../components/AppShell.tsx';
import { Button } from '../../components/Button';
import { moment } from '../../components/format.ts';
import { Icon } from '../../components/Icon.tsx';
import { SearchInput } from '../../components/Inputs';
import { Empty, ListState } from '../../components/ListState.tsx';
import { Tap } from '../../components/Tap';
import { failureOf } from '../../failure.ts';
import { platform } from '../../platform/current';
import { back, useQuery } from '../../platform/navigation.ts';
import { useAction, useCall } from '../../queries.ts';
import { t } from '../../texts/teacher.ts';
import { SessionQuery, sessionReads, useSession } from '../session-query.ts';
import { countsOf, draftWithout, leftOf, nextPresence, type RollRow, rowsOf, seenWith } from './count.ts';
import { type Draft, keepDraft, readDraft } from './draft.ts';
import './index.scss';

export default function Roll() {
  const query = useQuery(SessionQuery);
  return query ? (
    <Call query={query} />
  ) : (
    <AppShell access="teacher" title={t('teacher.roll.title')}>
      <Empty icon="alert" text={t('teacher.session.gone')} hint={t('teacher.session.gone.hint')} />
    </AppShell>
  );
}

function Call({ query }: { readonly query: SessionQuery }) {
  const { offeringId, sessionId } = query;
  const roll = useCall('attendance', 'getRoll', { offeringId, sessionId });
  const { session } = useSession(query);
  const [draft, setDraft] = useState<Draft>(() => readDraft(sessionId) ?? {});
  const [wasKept] = useState(() => readDraft(sessionId) !== undefined);
  const [failedToSend, setFailedToSend] = useState(false);

  const [seen, setSeen] = useState<readonly RollEntry[]>([]);

  const entries = roll.data?.entries ?? [];
  useEffect(() => setSeen((before) => seenWith(before, roll.data?.entries ?? [])), [roll.data]);
  const left = roll.data ? leftOf(seen, entries) : [];
  const rows = useMemo(() => rowsOf(entries, draft), [entries, draft]);
  const changed = rows.filter((row) => row.changed).length;
  const calledAt = roll.data?.record.rollCalledAt;
  const begun = session ? serverNowMs() >= ms(session.startsAt) || session.record?.signedIn !== undefined : true;

  const change = (next: Draft) => {
    setDraft(next);
    keepDraft(sessionId, next);
  };
  /** Somebody has left the class since it was read: they go from the list, and what was tapped for the others stays. */
  const renew = async (refusal: string) => {
    const { data, isError } = await roll.refetch();
    const gone = data ? leftOf(seenWith(seen, entries), data.entries) : [];
    if (isError || gone.length === 0) await platform.modal({ title: refusal, acknowledgeOnly: true });
    else change(draftWithout(draft, gone));
  };
  const send = useAction(
    () =>
      api.attendance.callRoll({
        offeringId,
        sessionId,
        entries: rows.map(({ pupilId, presence }) => ({ pupilId, presence })),
      }),
    {
      done: calledAt ? t('teacher.roll.corrected') : t('teacher.roll.done'),
      refresh: sessionReads,
      onDone: () => {
        change({});
        back('teacher/home');
      },
      onFailed: (error) => {
        const { code, message } = failureOf(error);
        if (code === 'attendance.not_on_roll') {
          renew(message).catch(() => undefined);
          return true;
        }
        if (code !== 'platform.network' && code !== 'platform.timeout') return undefined;
        // Even a roll without a tap is worth keeping: it says "all present".
        setFailedToSend(true);
        return true;
      },
    },
  );
  const canSend = entries.length > 0 && (calledAt === undefined || changed > 0);

  return (
    <AppShell
      access="teacher"
      title={t('teacher.roll.title')}
      footer={
        entries.length > 0 ? (
          <View className="k-bar t-roll__bar">
            {failedToSend ? (
              <View className="k-notice k-notice--attention" id="roll-kept">
                <Icon name="alert" />
                <Text>{t('teacher.roll.kept')}</Text>
              </View>
            ) : null}
            <Button kind="primary" block id="roll-submit" disabled={!canSend} running={send.running} onTap={() => send.run(undefined)}>
              {calledAt === undefined
                ? t('teacher.roll.submit')
                : changed > 0
                  ? t('teacher.roll.correct', { count: changed })
                  : t('teacher.roll.called', { when: moment(calledAt) })}
            </Button>
          </View>
        ) : undefined
      }
    >
      <ListState
        of={roll}
        empty={entries.length === 0}
        emptyIcon="people"
        emptyText={t('teacher.roll.empty')}
        emptyHint={t('teacher.roll.empty.hint')}
        skeletonRows={8}
        skeletonHeight={52}
      >
        {() => (
          <List
            rows={rows}
            left={left}
            lead={session ? `${session.courseName} · ${session.roomName}` : ''}
            note={!begun ? t('teacher.roll.tooEarly') : wasKept && changed > 0 ? t('teacher.roll.draft') : undefined}
            onChange={(pupilId, presence) => {
              platform.vibrate();
              change({ ...draft, [pupilId]: presence });
            }}
          />
        )}
      </ListState>
    </AppShell>
  );
}

interface ListProps {
  readonly rows: readonly RollRow[];
  /** Who was on the list when it was opened. */
  readonly left: readonly RollEntry[];
  readonly lead: string;
  readonly note: string | undefined;
  onChange(pupilId: string, presence: Presence): void;
}

function List({ rows, left, lead, note, onChange }: ListProps) {
  const [name, setName] = useState('');
  const counts = countsOf(rows);
  const wanted = name.trim();
  const shown = wanted ? rows.filter((row) => row.name.includes(wanted)) : rows;
  return (
    <>
      <View className="t-roll__head">
        <View className="t-roll__counts" id="roll-counts">
          {(['due', 'present', 'absent', 'leave'] as const).map((key) => (
            <View key={key} className={`t-roll__count t-roll__count--${key}`}>
              <Text className="t-roll__number k-number" id={`roll-${key}`}>
                {counts[key]}
              </Text>
              <Text className="k-text-xs">{t(`teacher.roll.${key}`)}</Text>
            </View>
          ))}
        </View>
        <SearchInput value={name} label={t('teacher.roll.search')} id="roll-search" onChange={setName} />
      </View>
      <View className="k-stack t-roll__list">
        {lead ? <View className="k-text-s k-strong">{lead}</View> : null}
        <View className="k-text-s k-muted">{t('teacher.roll.hint')}</View>
        {left.length > 0 ? (
          <View className="k-notice k-notice--attention" id="roll-left">
            <Icon name="info" />
            <Text>{t('teacher.roll.left', { names: left.map(({ name }) => name).join(t('teacher.roll.left.and')) })}</Text>
          </View>
        ) : null}
        {note ? (
          <View className="k-notice k-notice--attention">
            <Icon name="info" />
            <Text>{note}</Text>
          </View>
        ) : null}
        {shown.length === 0 ? (
          <Empty icon="search" text={t('teacher.roll.notFound', { name: wanted })} />
        ) : (
          <View className="k-list">
            {shown.map((row) => (
              <Row key={row.pupilId} row={row} onTap={() => onChange(row.pupilId, nextPresence(row.presence))} />
            ))}
          </View>
        )}
      </View>
    </>
  );
}

const icons = { present: 'check', absent: 'close', leave: 'leave' } as const;

function Row({ row, onTap }: { readonly row: RollRow; readonly onTap: () => void }) {
  const words = t(`teacher.roll.is.${row.presence}`);
  return (
    <Tap
      className={`k-list-row k-list-row--tap t-roll__row t-roll__row--${row.presence}`}
      id={`pupil-${row.pupilId}`}
      label={`${row.name} ${row.className} ${words}`}
      onTap={onTap}
    >
      <View className="k-grow">
        <View className="k-row">
          <Text className="k-strong">{row.name}</Text>
          <Text className="k-text-s k-muted">{row.className}</Text>
        </View>
        {row.leaveReason ? <View className="k-text-s k-muted">{t('teacher.roll.leaveReason', { reason: row.leaveReason })}</View> : null}
        {row.corrections.map((one) => (
          <View key={one.at} className="k-text-xs k-muted">
            {t('teacher.roll.correction', {
              when: moment(one.at),
              by: one.by,
              from: t(`teacher.roll.is.${one.from}`),
              to: t(`teacher.roll.is.${one.to}`),
            })}
          </View>
        ))}
      </View>
      <View className={`t-roll__mark t-roll__mark--${row.presence}`}>
        <Icon name={icons[row.presence]} size={1.1} />
        <Text>{words}</Text>
      </View>
    </Tap>
  );
}
