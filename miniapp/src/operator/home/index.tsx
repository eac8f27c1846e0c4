/** Live: which session has its instructor signed in, and how many pupils are there, school by school. */
import type { Id } from '@kehou/shared/kernel/id';
import type { ChinaDate } from '@kehou/shared/kernel/time';
import type { Organisation } from '@kehou/shared/organisation/organisation';
import { Text, View } from '@tarojs/components';
import { useState } from 'react';
import { api } from '../../api.ts';
import { Button } from '../../components/Button';
import { type BoardSession, BoardTable } from '../../components/desk/BoardTable.tsx';
import { type SchoolReading, usePerSchool } from '../../components/desk/reads.ts';
import { Figures } from '../../components/Figures.tsx';
import { moment, percent, whole } from '../../components/format.ts';
import { Icon } from '../../components/Icon.tsx';
import { DateInput } from '../../components/Inputs';
import { ListState } from '../../components/ListState.tsx';
import { Tap } from '../../components/Tap';
import { useToday } from '../../components/today.ts';
import { t as common } from '../../texts/common.ts';
import { t as desks } from '../../texts/desks.ts';
import { t } from '../../texts/operator.ts';
import { OperatorDesk, useSchools } from '../desk.tsx';
import '../operator.scss';

/** Boards asked for at once: a screenful. More schools come with "more". */
const SCHOOLS_SHOWN = 12;
const EVERY_MS = 15_000;

type Board = { readonly items: readonly BoardSession[]; readonly asOf: string };

export default function OperatorHome() {
  return (
    <OperatorDesk current="operator/home" title={t('operator.board.title')} lead={t('operator.board.lead')}>
      <Live />
    </OperatorDesk>
  );
}

function Live() {
  const schools = useSchools();
  return (
    <ListState
      of={schools}
      empty={schools.items.length === 0}
      emptyIcon="school"
      emptyText={t('operator.board.none')}
      emptyHint={t('operator.board.none.hint')}
      skeletonRows={4}
    >
      <Boards schools={schools.items} />
    </ListState>
  );
}

function Boards({ schools }: { readonly schools: readonly Organisation[] }) {
  const today = useToday();
  const [picked, setDate] = useState<ChinaDate>();
  const date = picked ?? today;
  const [count, setCount] = useState(SCHOOLS_SHOWN);
  const [chosen, setChosen] = useState<string>();
  const shown = schools.slice(0, count);
  const boards = usePerSchool<Board>(
    shown.map((one) => one.organisationId),
    {
      key: ['attendance', 'getBoard'],
      input: (schoolId) => ({ schoolId, date }),
      read: (schoolId) => api.attendance.getBoard({ schoolId, date }),
      everyMs: EVERY_MS,
    },
  );
  const rows = boards.filter((board) => chosen === undefined || board.schoolId === chosen).flatMap((board) => board.data?.items ?? []);
  const newest = boards
    .map((board) => board.data?.asOf ?? '')
    .sort()
    .at(-1);
  return (
    <View className="d-stack">
      <View className="k-row k-row--wrap o-bar">
        <View className="o-bar__date">
          <DateInput
            mode="date"
            id="board-date"
            label={t('operator.board.day')}
            value={date}
            onChange={(value) => value && setDate(value as ChinaDate)}
          />
        </View>
        {newest ? (
          <Text className="k-text-s k-muted">{desks('desks.asOf', { when: moment(newest as Parameters<typeof moment>[0]) })}</Text>
        ) : null}
      </View>
      <Sums rows={rows} />
      <View className="o-board">
        <View className="o-board__schools">
          <SchoolRow
            name={t('operator.board.allSchools')}
            rows={boards.flatMap((board) => board.data?.items ?? [])}
            current={chosen === undefined}
            onTap={() => setChosen(undefined)}
          />
          {shown.map((school, index) => {
            const board = boards[index];
            return (
              <SchoolRow
                key={school.organisationId}
                id={school.organisationId}
                name={school.name}
                rows={board?.data?.items}
                current={chosen === school.organisationId}
                {...(board ? { board } : {})}
                onTap={() => setChosen(school.organisationId)}
              />
            );
          })}
          {schools.length > count ? (
            <View className="k-list-end">
              <Text>{t('operator.board.shownOf', { shown: count, all: schools.length })}</Text>
              <Button kind="text" small onTap={() => setCount(count + SCHOOLS_SHOWN)}>
                {common('list.more')}
              </Button>
            </View>
          ) : null}
        </View>
        <View className="o-board__table">
          <BoardTable
            key={chosen ?? 'all'}
            name={t('operator.board.title')}
            rows={rows}
            withSchool={chosen === undefined}
            {...(boards[0] && boards.every((board) => board.isPending) ? { of: boards[0] } : {})}
          />
        </View>
      </View>
    </View>
  );
}

const here = (rows: readonly BoardSession[]) => rows.filter((row) => row.state === 'signed-in' || row.state === 'done').length;
const countOf = (rows: readonly BoardSession[], ...states: readonly BoardSession['state'][]) =>
  rows.filter((row) => states.includes(row.state)).length;

function Sums({ rows }: { readonly rows: readonly BoardSession[] }) {
  const called = rows.filter((row) => row.rollCalled);
  const present = called.reduce((sum, row) => sum + row.present, 0);
  const due = called.reduce((sum, row) => sum + row.due, 0);
  const late = countOf(rows, 'late');
  const absent = countOf(rows, 'missing');
  return (
    <Figures
      figures={[
        { key: 'sessions', label: t('operator.board.sessions'), value: whole(rows.filter((row) => row.state !== 'cancelled').length) },
        { key: 'signed-in', label: t('operator.board.signedIn'), value: whole(here(rows)) },
        {
          key: 'late',
          label: t('operator.board.late'),
          value: whole(late),
          hint: t('operator.board.late.hint'),
          tone: late > 0 ? 'danger' : undefined,
        },
        {
          key: 'missing',
          label: t('operator.board.missing'),
          value: whole(absent),
          hint: t('operator.board.missing.hint'),
          tone: absent > 0 ? 'attention' : undefined,
        },
        {
          key: 'present',
          label: t('operator.board.present'),
          value: due > 0 ? percent(present / due) : desks('desks.none'),
          hint: t('operator.board.present.hint', { present: whole(present), due: whole(due) }),
        },
      ]}
    />
  );
}

interface SchoolRowProps {
  readonly id?: Id<'organisation'>;
  readonly name: string;
  readonly rows: readonly BoardSession[] | undefined;
  readonly current: boolean;
  readonly board?: SchoolReading<Board>;
  onTap(): void;
}

function SchoolRow({ id, name, rows, current, board, onTap }: SchoolRowProps) {
  const failed = board !== undefined && board.data === undefined && Boolean(board.error);
  const absent = countOf(rows ?? [], 'late', 'missing');
  return (
    <Tap
      className={`o-school${current ? ' o-school--current' : ''}`}
      {...(id ? { id: `board-${id}` } : {})}
      selected={current}
      onTap={() => {
        if (failed) board?.refetch();
        onTap();
      }}
    >
      <View className="k-grow">
        <View className="k-strong k-clip">{name}</View>
        <View className="k-text-s k-muted">
          {failed
            ? t('operator.board.failed')
            : rows === undefined
              ? common('common.loading')
              : rows.length === 0
                ? t('operator.board.quiet')
                : t('operator.board.line', { sessions: rows.length, signedIn: here(rows), missing: absent })}
        </View>
      </View>
      {absent > 0 ? <Icon name="alert" className="k-danger" label={t('operator.board.late')} /> : null}
    </Tap>
  );
}
