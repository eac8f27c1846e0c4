/** Sign-ins that teachers could not make and ask the school to accept. */
import type { ExceptionRequest } from '@kehou/shared/attendance/attendance';
import { Text, View } from '@tarojs/components';
import { useMemo, useState } from 'react';
import { api } from '../../api.ts';
import { Button } from '../../components/Button';
import { type Column, DataTable } from '../../components/DataTable';
import { Field } from '../../components/Field.tsx';
import { moment, weekdayAndDay } from '../../components/format.ts';
import { Icon } from '../../components/Icon.tsx';
import { TextArea } from '../../components/Inputs';
import { Sheet } from '../../components/Sheet.tsx';
import { StatusChip, type Tone } from '../../components/StatusChip.tsx';
import { platform } from '../../platform/current';
import { useAction, useCallPages } from '../../queries.ts';
import { t } from '../../texts/school.ts';
import { SchoolDesk, useSchool } from '../desk.tsx';

export default function SchoolExceptions() {
  return (
    <SchoolDesk current="school/exceptions" title={t('school.exceptions.title')} lead={t('school.exceptions.lead')}>
      <List />
    </SchoolDesk>
  );
}

const tones: Record<ExceptionRequest['status'], Tone> = { asked: 'attention', approved: 'primary', refused: 'plain' };

function List() {
  const { schoolId } = useSchool();
  const exceptions = useCallPages('attendance', 'listExceptions', { schoolId, limit: 100 }, { everyMs: 20_000 });
  const [refusing, setRefusing] = useState<ExceptionRequest>();
  const decide = useAction(
    ({ one, approve, note }: { readonly one: ExceptionRequest; readonly approve: boolean; readonly note?: string }) =>
      api.attendance.decideException({ schoolId, attendanceExceptionId: one.attendanceExceptionId, approve, note }),
    {
      done: (after) => (after.status === 'approved' ? t('school.exceptions.approved') : t('school.exceptions.refused')),
      refresh: [['attendance']],
      onDone: () => setRefusing(undefined),
    },
  );
  const approve = async (one: ExceptionRequest) => {
    const sure = await platform.modal({
      title: t('school.exceptions.approve.title', { name: one.instructorName }),
      content: `${one.courseName} · ${weekdayAndDay(one.date)} · ${t(`school.exceptions.mark.${one.mark}`)}`,
      confirmText: t('school.exceptions.approve'),
    });
    if (sure) await decide.run({ one, approve: true });
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: the buttons only change with what is running
  const columns = useMemo(
    (): readonly Column<ExceptionRequest>[] => [
      { key: 'name', title: t('school.exceptions.teacher'), value: (row) => row.instructorName, head: true },
      { key: 'class', title: t('school.exceptions.class'), value: (row) => row.courseName },
      {
        key: 'date',
        title: t('school.exceptions.date'),
        value: (row) => row.date,
        exported: (row) => row.date,
        render: (row) => weekdayAndDay(row.date),
      },
      { key: 'mark', title: t('school.exceptions.what'), value: (row) => t(`school.exceptions.mark.${row.mark}`), filter: true },
      { key: 'reason', title: t('school.exceptions.reason'), value: (row) => row.reason, sortable: false },
      {
        key: 'asked',
        title: t('school.exceptions.asked'),
        value: (row) => row.askedAt,
        render: (row) => moment(row.askedAt),
        deskOnly: true,
      },
      {
        key: 'status',
        title: t('school.exceptions.status'),
        value: (row) => t(`school.exceptions.status.${row.status}`),
        filter: true,
        render: (row) =>
          row.status === 'asked' ? (
            <View className="k-row">
              <Button kind="tint" small id={`approve-${row.attendanceExceptionId}`} disabled={decide.running} onTap={() => approve(row)}>
                {t('school.exceptions.approve')}
              </Button>
              <Button
                kind="plain"
                small
                id={`refuse-${row.attendanceExceptionId}`}
                disabled={decide.running}
                onTap={() => setRefusing(row)}
              >
                {t('school.exceptions.refuse')}
              </Button>
            </View>
          ) : (
            <View>
              <StatusChip tone={tones[row.status]}>{t(`school.exceptions.status.${row.status}`)}</StatusChip>
              {row.note ? <View className="k-text-s k-muted">{row.note}</View> : null}
            </View>
          ),
      },
    ],
    [decide.running],
  );
  return (
    <View className="d-stack">
      <View className="k-notice">
        <Icon name="info" />
        <Text>{t('school.exceptions.note')}</Text>
      </View>
      <DataTable
        name={t('school.exceptions.title')}
        columns={columns}
        rows={exceptions.items}
        keyOf={(row) => row.attendanceExceptionId}
        of={exceptions}
        emptyText={t('school.exceptions.none')}
        hasMore={exceptions.hasMore}
        loadingMore={exceptions.isFetchingNextPage}
        onMore={exceptions.more}
      />
      {refusing ? (
        <Refusal
          one={refusing}
          running={decide.running}
          onClose={() => setRefusing(undefined)}
          onRefuse={(note) => decide.run({ one: refusing, approve: false, note })}
        />
      ) : null}
    </View>
  );
}

const NOTE_LENGTH_MIN = 2;

/** Whoever is refused is told why. */
function Refusal({
  one,
  running,
  onClose,
  onRefuse,
}: {
  readonly one: ExceptionRequest;
  readonly running: boolean;
  onClose(): void;
  onRefuse(note: string): void;
}) {
  const [note, setNote] = useState('');
  const [tried, setTried] = useState(false);
  const short = note.trim().length < NOTE_LENGTH_MIN;
  return (
    <Sheet
      open
      id="exception-refusal"
      title={t('school.exceptions.refuse.title', { name: one.instructorName })}
      onClose={onClose}
      footer={
        <Button
          kind="danger"
          block
          id="exception-refuse"
          running={running}
          onTap={() => {
            setTried(true);
            if (!short) onRefuse(note.trim());
          }}
        >
          {t('school.exceptions.refuse')}
        </Button>
      }
    >
      <View className="k-column k-column--wide">
        <View>
          {one.courseName} · {weekdayAndDay(one.date)} · {t(`school.exceptions.mark.${one.mark}`)}
        </View>
        <View className="k-muted">{t('school.exceptions.said', { reason: one.reason })}</View>
        <Field label={t('school.exceptions.note.label')} error={tried && short ? t('school.exceptions.note.short') : undefined}>
          <TextArea
            id="exception-note"
            label={t('school.exceptions.note.label')}
            placeholder={t('school.exceptions.note.placeholder')}
            lengthMax={200}
            value={note}
            invalid={tried && short}
            onChange={setNote}
          />
        </Field>
      </View>
    </Sheet>
  );
}
