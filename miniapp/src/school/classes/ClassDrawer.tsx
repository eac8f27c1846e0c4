/** One class: its terms, its dated sessions, and cancelling one of them. */
import { formatFen } from '@kehou/shared/kernel/fen';
import { timeOfDay } from '@kehou/shared/kernel/time';
import { callingOff, type Offering, reservedText, type Session } from '@kehou/shared/offering/offering';
import { Text, View } from '@tarojs/components';
import { useState } from 'react';
import { api } from '../../api.ts';
import { serverNow } from '../../clock.ts';
import { Button } from '../../components/Button';
import { FormFailure, inForm } from '../../components/desk/FormFailure.tsx';
import { Pairs } from '../../components/desk/Panel.tsx';
import { gradesText, offeringState, slotsText } from '../../components/desk/words.ts';
import { Field } from '../../components/Field.tsx';
import { weekdayAndDay } from '../../components/format.ts';
import { Icon } from '../../components/Icon.tsx';
import { TextInput } from '../../components/Inputs';
import { ListState } from '../../components/ListState.tsx';
import { Sheet } from '../../components/Sheet.tsx';
import { StatusChip } from '../../components/StatusChip.tsx';
import { platform } from '../../platform/current';
import { useAction, useCall } from '../../queries.ts';
import { t as common } from '../../texts/common.ts';
import { t as desks } from '../../texts/desks.ts';
import { t } from '../../texts/school.ts';
import { useSchool } from '../desk.tsx';
import { Enrolments } from '../Enrolments.tsx';
import { WaitingList } from '../WaitingList.tsx';
import { CallOff } from './CallOff.tsx';
import { Reserves } from './Reserves.tsx';
import { UnderSize } from './UnderSize.tsx';
import './classes.scss';

export interface ClassDrawerProps {
  readonly offering: Offering;
  onEdit(offering: Offering): void;
  onClose(): void;
}

export function ClassDrawer({ offering, onEdit, onClose }: ClassDrawerProps) {
  // The list has the terms; the dated sessions come with the class alone.
  const reading = useCall('offering', 'getOffering', { offeringId: offering.offeringId });
  const editable = offering.status !== 'cancelled' && offering.status !== 'ended';
  const [listed, setListed] = useState(false);
  const { schoolId } = useSchool();
  const remove = useAction(() => api.offering.removeOffering({ schoolId, offeringId: offering.offeringId }), {
    done: t('school.class.removed'),
    refresh: [['offering']],
    onDone: onClose,
    onFailed: inForm,
  });
  const askRemove = async () => {
    const sure = await platform.modal({
      title: t('school.class.remove', { name: offering.courseName }),
      content: t('school.class.remove.content'),
      confirmText: t('school.class.remove.confirm'),
      danger: true,
    });
    if (sure) remove.run(undefined);
  };
  const [callingOff, setCallingOff] = useState(false);
  if (callingOff && offering.status === 'running') return <CallOff offering={offering} onClose={() => setCallingOff(false)} />;
  if (listed) return <Enrolments offering={offering} live={false} waitingList={false} onClose={() => setListed(false)} />;
  return (
    <Sheet
      open
      wide
      id="class-drawer"
      title={offering.courseName}
      onClose={onClose}
      footer={
        editable ? (
          <View className="k-column">
            <FormFailure error={remove.error} />
            <View className="k-buttons">
              {offering.status === 'draft' && offering.windowId === undefined ? (
                <Button kind="danger" icon="trash" id="class-remove" running={remove.running} onTap={askRemove}>
                  {t('school.class.remove.confirm')}
                </Button>
              ) : null}
              {offering.status === 'running' ? (
                <Button kind="danger" id="class-call-off" onTap={() => setCallingOff(true)}>
                  {t('school.callOff.open')}
                </Button>
              ) : null}
              <Button kind="plain" block icon="edit" id="class-edit" onTap={() => onEdit(offering)}>
                {common('common.edit')}
              </Button>
            </View>
          </View>
        ) : undefined
      }
    >
      <View className="k-column k-column--wide">
        <Details offering={offering} />
        <UnderSize offering={offering} onDone={onClose} />
        {offering.windowId ? (
          <View className="k-row">
            <Button kind="tint" icon="people" id="class-enrolments" onTap={() => setListed(true)}>
              {t('school.enrolments.open')}
            </Button>
          </View>
        ) : null}
        {offering.windowId && offering.reserved && editable ? <Reserves offering={offering} windowId={offering.windowId} /> : null}
        {offering.windowId === undefined ? null : <WaitingList offering={offering} />}
        <ListState of={reading} skeletonRows={5} skeletonHeight={44}>
          <Sessions offering={offering} sessions={reading.data?.sessions ?? []} />
        </ListState>
      </View>
    </Sheet>
  );
}

function Details({ offering }: { readonly offering: Offering }) {
  const state = offeringState(offering);
  return (
    <View className="k-column k-column--wide">
      <View className="k-row k-row--wrap">
        <StatusChip tone={state.tone}>{state.words}</StatusChip>
        <StatusChip tone="plain">{desks(`kind.${offering.courseKind}`)}</StatusChip>
      </View>
      {offering.flag ? (
        <View className="k-notice k-notice--danger">
          <Icon name="alert" />
          <Text>{t(`school.class.flag.${offering.flag}`)}</Text>
        </View>
      ) : null}
      <View>{offering.introduction}</View>
      <Pairs
        pairs={[
          { name: desks('instructor.name'), value: `${offering.instructorName} · ${desks(`instructor.kind.${offering.instructorKind}`)}` },
          { name: t('school.class.when'), value: slotsText(offering.slots) },
          { name: t('school.class.room'), value: offering.roomName },
          { name: t('school.class.grades'), value: gradesText(offering.grades) },
          {
            name: t('school.class.capacity'),
            value: t('school.class.capacity.value', { capacity: offering.capacity, smallest: offering.smallestSize }),
          },
          offering.reserved !== undefined && { name: t('school.class.reserved'), value: reservedText(offering.reserved) },
          {
            name: t('school.class.fee'),
            value: `${formatFen(offering.feeFen)} · ${t('school.class.fee.each', { fee: formatFen(offering.feePerSessionFen), count: offering.sessionCount })}`,
            number: true,
          },
          { name: t('school.class.pay'), value: formatFen(offering.payPerSessionFen), number: true },
          offering.materialPack !== undefined && {
            name: t('school.class.material'),
            value: `${offering.materialPack.name} ${formatFen(offering.materialPack.priceFen)}`,
            number: true,
          },
        ]}
      />
    </View>
  );
}

function Sessions({ offering, sessions }: { readonly offering: Offering; readonly sessions: readonly Session[] }) {
  const [cancelling, setCancelling] = useState<string>();
  return (
    <View>
      <View className="k-strong k-card__title">
        {t('school.class.sessions', { count: sessions.filter((one) => one.status === 'scheduled').length })}
      </View>
      {sessions.map((session) => (
        <View key={session.sessionId} className="s-session">
          <View className="k-row k-row--between">
            <Text className="k-muted k-number s-session__number">{session.number}</Text>
            <Text className="k-grow">
              {weekdayAndDay(session.date)} {timeOfDay(session.startsAt)}–{timeOfDay(session.endsAt)}
            </Text>
            {session.status === 'cancelled' ? (
              <Text className="k-text-s k-danger">{t('school.class.session.cancelled', { reason: session.cancelReason ?? '' })}</Text>
            ) : callingOff(session, serverNow()) ? (
              <Button
                kind="text"
                small
                id={`cancel-${session.sessionId}`}
                onTap={() => setCancelling(cancelling === session.sessionId ? undefined : session.sessionId)}
              >
                {t(isNotHeld(session) ? 'school.class.session.notHeld' : 'school.class.session.cancel')}
              </Button>
            ) : (
              <Text className="k-text-s k-muted">{t('school.class.session.over')}</Text>
            )}
          </View>
          {cancelling === session.sessionId ? (
            <Cancel offering={offering} session={session} onClose={() => setCancelling(undefined)} />
          ) : null}
        </View>
      ))}
    </View>
  );
}

const isNotHeld = (session: Session): boolean => callingOff(session, serverNow()) === 'not-held';

const REASON_LENGTH_MIN = 2;

function Cancel({ offering, session, onClose }: { readonly offering: Offering; readonly session: Session; onClose(): void }) {
  const { schoolId } = useSchool();
  const [reason, setReason] = useState('');
  const [tried, setTried] = useState(false);
  const short = reason.trim().length < REASON_LENGTH_MIN;
  const cancel = useAction(
    () => api.offering.cancelSession({ schoolId, offeringId: offering.offeringId, sessionId: session.sessionId, reason: reason.trim() }),
    { done: t('school.class.session.cancelDone'), refresh: [['offering'], ['attendance']], onDone: onClose, onFailed: inForm },
  );
  return (
    <View className="k-column s-session__form">
      <Field
        label={t('school.class.session.reason')}
        hint={t(isNotHeld(session) ? 'school.class.session.notHeld.effect' : 'school.class.session.effect')}
        error={tried && short ? t('school.class.session.reason.short') : undefined}
      >
        <TextInput id="cancel-reason" value={reason} lengthMax={100} invalid={tried && short} onChange={setReason} />
      </Field>
      <FormFailure error={cancel.error} />
      <View className="k-buttons">
        <Button kind="plain" onTap={onClose}>
          {common('common.back')}
        </Button>
        <Button
          kind="danger"
          id="cancel-confirm"
          running={cancel.running}
          onTap={() => {
            setTried(true);
            if (!short) cancel.run(undefined);
          }}
        >
          {t('school.class.session.cancelConfirm')}
        </Button>
      </View>
    </View>
  );
}
