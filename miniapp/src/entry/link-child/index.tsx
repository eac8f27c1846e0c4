/** Asks to be linked to a child by pupil number and name; another guardian or the school confirms. */
import { Id, newId } from '@kehou/shared/kernel/id';
import { View } from '@tarojs/components';
import { useState } from 'react';
import * as z from 'zod';
import { api } from '../../api.ts';
import { AppShell } from '../../components/AppShell.tsx';
import { Button } from '../../components/Button';
import { Segments } from '../../components/Choices.tsx';
import { Field } from '../../components/Field.tsx';
import { useRequiredMe } from '../../components/Gate.tsx';
import { TextInput } from '../../components/Inputs';
import { Empty, ListState } from '../../components/ListState.tsx';
import { failureOf } from '../../failure.ts';
import { platform } from '../../platform/current';
import { useQuery } from '../../platform/navigation.ts';
import { useAction, useCall } from '../../queries.ts';
import { rolesOf, updateMe } from '../../session.ts';
import { t } from '../../texts/entry.ts';
import { proceed } from '../proceed.ts';

const Query = z.object({ schoolId: Id('organisation') });
const relations = ['mother', 'father', 'grandparent', 'other'] as const;
type Relation = (typeof relations)[number];

export default function LinkChild() {
  const query = useQuery(Query);
  return (
    <AppShell access="signed-in" title={t('link.title')}>
      {query ? <Form schoolId={query.schoolId} /> : <Empty icon="school" text={t('link.noSchool')} hint={t('link.noSchool.hint')} />}
    </AppShell>
  );
}

function Form({ schoolId }: z.output<typeof Query>) {
  const me = useRequiredMe();
  const school = useCall('organisation', 'getOrganisation', { organisationId: schoolId }, { staleMs: 600_000 });
  // One id for this form: sending it twice is one request.
  const [linkRequestId, setLinkRequestId] = useState(() => newId('linkRequest'));
  const [pupilNumber, setPupilNumber] = useState('');
  const [pupilName, setPupilName] = useState('');
  const [myName, setMyName] = useState(me.name ?? '');
  // None is chosen for them: what nobody looked at would be recorded.
  const [relation, setRelation] = useState<Relation | ''>('');
  const [tried, setTried] = useState(false);
  const [sent, setSent] = useState(false);
  const [refused, setRefused] = useState(false);

  const problems = {
    pupilNumber: pupilNumber.trim().length < 4 ? t('link.number.short') : undefined,
    pupilName: pupilName.trim() === '' ? t('link.name.missing') : undefined,
    myName: myName.trim() === '' ? t('link.name.missing') : undefined,
    relation: relation === '' ? t('link.relation.missing') : undefined,
  };
  const send = useAction(
    (relation: Relation) => api.identity.requestChildLink({ linkRequestId, schoolId, pupilNumber, pupilName, myName, relation }),
    {
      onDone: () => setSent(true),
      onFailed: (error) => {
        // The same id with other words would be taken for a conflict: a corrected form is a new request.
        if (failureOf(error).code !== undefined) setLinkRequestId(newId('linkRequest'));
        return undefined;
      },
    },
  );
  // The same request again is answered with what has become of it.
  const look = async (relation: Relation) => {
    const { status } = await api.identity.requestChildLink({ linkRequestId, schoolId, pupilNumber, pupilName, myName, relation });
    return { status, now: await api.identity.me({}) };
  };
  const check = useAction(look, {
    onDone: ({ status, now }) => {
      updateMe(now);
      if (status === 'refused') return setRefused(true);
      if (rolesOf(now).length > rolesOf(me).length || now.children.length > me.children.length) proceed(now);
      else platform.toast(t('link.notYet'));
      return undefined;
    },
  });

  if (refused) {
    return (
      <Empty
        icon="alert"
        text={t('link.refused')}
        hint={t('link.refused.hint')}
        action={
          <Button
            id="link-again"
            kind="primary"
            onTap={() => {
              setLinkRequestId(newId('linkRequest'));
              setRefused(false);
              setSent(false);
            }}
          >
            {t('link.again')}
          </Button>
        }
      />
    );
  }
  if (sent && relation !== '') {
    return (
      <Empty
        icon="check"
        text={t('link.sent')}
        hint={t('link.sent.hint')}
        action={
          <Button id="link-check" kind="primary" running={check.running} onTap={() => check.run(relation)}>
            {t('link.check')}
          </Button>
        }
      />
    );
  }
  return (
    <View className="k-stack">
      <ListState of={school} skeletonRows={1} skeletonHeight={72}>
        {() => (
          <View className="k-card">
            <View className="k-text-s k-muted">{t('link.school')}</View>
            <View className="k-strong">{school.data?.name}</View>
          </View>
        )}
      </ListState>
      <View className="k-card">
        <Field label={t('link.number')} hint={t('link.number.hint')} error={tried ? problems.pupilNumber : undefined}>
          <TextInput
            id="pupil-number"
            value={pupilNumber}
            label={t('link.number')}
            lengthMax={30}
            invalid={tried && Boolean(problems.pupilNumber)}
            onChange={setPupilNumber}
          />
        </Field>
        <Field label={t('link.name')} error={tried ? problems.pupilName : undefined}>
          <TextInput
            id="pupil-name"
            value={pupilName}
            label={t('link.name')}
            lengthMax={30}
            invalid={tried && Boolean(problems.pupilName)}
            onChange={setPupilName}
          />
        </Field>
        <Field label={t('link.me')} error={tried ? problems.myName : undefined}>
          <TextInput
            id="my-name"
            value={myName}
            label={t('link.me')}
            lengthMax={30}
            invalid={tried && Boolean(problems.myName)}
            onChange={setMyName}
          />
        </Field>
        <Field label={t('link.relation')} error={tried ? problems.relation : undefined}>
          <Segments<Relation | ''>
            id="relation"
            label={t('link.relation')}
            value={relation}
            options={relations.map((value) => ({ value, label: t(`link.relation.${value}`) }))}
            onChange={(next) => setRelation(next)}
          />
        </Field>
      </View>
      <Button
        id="link-send"
        kind="primary"
        block
        running={send.running}
        onTap={() => {
          setTried(true);
          if (relation !== '' && !Object.values(problems).some(Boolean)) send.run(relation).catch(() => undefined);
        }}
      >
        {t('link.send')}
      </Button>
    </View>
  );
}
