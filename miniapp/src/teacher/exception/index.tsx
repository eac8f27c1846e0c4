/** Asks the school to accept a sign-in or sign-out that could not be made. */
import { newId } from '@kehou/shared/kernel/id';
import { View } from '@tarojs/components';
import { useState } from 'react';
import * as z from 'zod';
import { api } from '../../api.ts';
import { AppShell } from '../../components/AppShell.tsx';
import { Button } from '../../components/Button';
import { Chips, Segments } from '../../components/Choices.tsx';
import { Field } from '../../components/Field.tsx';
import { nearDay } from '../../components/format.ts';
import { Icon } from '../../components/Icon.tsx';
import { TextArea } from '../../components/Inputs';
import { Empty, ListState } from '../../components/ListState.tsx';
import { back, useQuery } from '../../platform/navigation.ts';
import { useAction } from '../../queries.ts';
import { t } from '../../texts/teacher.ts';
import { SessionQuery, sessionReads, useSession } from '../session-query.ts';

const Query = SessionQuery.extend({ mark: z.enum(['sign-in', 'sign-out']) });
type Query = z.infer<typeof Query>;
const REASON_LENGTH_MIN = 2;

export default function Exception() {
  const query = useQuery(Query);
  return (
    <AppShell access="teacher" title={t('teacher.exception.title')}>
      {query ? <Form query={query} /> : <Empty icon="alert" text={t('teacher.session.gone')} hint={t('teacher.session.gone.hint')} />}
    </AppShell>
  );
}

const quick = ['network', 'phone', 'code', 'away'] as const;

function Form({ query }: { readonly query: Query }) {
  const { reading, session } = useSession(query);
  const [attendanceExceptionId, setId] = useState(() => newId('attendanceException'));
  const [mark, setMark] = useState(query.mark);
  const [reason, setReason] = useState('');
  const [tried, setTried] = useState(false);
  const short = reason.trim().length < REASON_LENGTH_MIN;
  const send = useAction(
    () =>
      api.attendance.requestException({
        offeringId: query.offeringId,
        sessionId: query.sessionId,
        attendanceExceptionId,
        mark,
        reason: reason.trim(),
      }),
    {
      done: t('teacher.exception.sent'),
      refresh: [...sessionReads, ['attendance', 'listMyExceptions']],
      onDone: () => back('teacher/home'),
    },
  );
  // The id belongs to what was asked: other words are another request.
  const change = (apply: () => void) => {
    apply();
    setId(newId('attendanceException'));
  };
  return (
    <View className="k-stack">
      <ListState of={reading} skeletonRows={2}>
        {session ? (
          <View className="k-card">
            <View className="k-strong">{session.courseName}</View>
            <View className="k-text-s k-muted">
              {nearDay(session.date)} · {session.roomName}
            </View>
          </View>
        ) : null}
        <View className="k-card">
          <Field label={t('teacher.exception.which')}>
            <Segments
              id="exception-mark"
              label={t('teacher.exception.which')}
              value={mark}
              options={[
                { value: 'sign-in', label: t('teacher.exception.sign-in') },
                { value: 'sign-out', label: t('teacher.exception.sign-out') },
              ]}
              onChange={(value) => change(() => setMark(value))}
            />
          </Field>
          <Field label={t('teacher.exception.reason')} error={tried && short ? t('teacher.exception.short') : undefined}>
            <Chips
              single
              label={t('teacher.exception.reason')}
              values={quick.filter((one) => t(`teacher.exception.quick.${one}`) === reason)}
              options={quick.map((value) => ({ value, label: t(`teacher.exception.quick.${value}`) }))}
              onChange={([value]) => change(() => setReason(value ? t(`teacher.exception.quick.${value}`) : ''))}
            />
            <TextArea
              id="exception-reason"
              label={t('teacher.exception.reason')}
              placeholder={t('teacher.exception.placeholder')}
              lengthMax={200}
              value={reason}
              invalid={tried && short}
              onChange={(value) => change(() => setReason(value))}
            />
          </Field>
        </View>
        <View className="k-notice">
          <Icon name="info" />
          <View>{t('teacher.exception.note')}</View>
        </View>
        <Button
          kind="primary"
          block
          id="exception-send"
          running={send.running}
          onTap={() => {
            setTried(true);
            if (!short) send.run(undefined);
          }}
        >
          {t('teacher.exception.send')}
        </Button>
      </ListState>
    </View>
  );
}
