/** A comment on each pupil who came; parents see it at once. Saving goes on to the next one without. */
import type { RollEntry } from '@kehou/shared/attendance/attendance';
import { newId } from '@kehou/shared/kernel/id';
import type { Comment } from '@kehou/shared/teaching/routes';
import { Text, View } from '@tarojs/components';
import { useRef, useState } from 'react';
import { api } from '../../api.ts';
import { AppShell } from '../../components/AppShell.tsx';
import { Button } from '../../components/Button';
import { Chips } from '../../components/Choices.tsx';
import { Field } from '../../components/Field.tsx';
import { Icon } from '../../components/Icon.tsx';
import { TextArea } from '../../components/Inputs';
import { Empty, ListState } from '../../components/ListState.tsx';
import { Sheet } from '../../components/Sheet.tsx';
import { StatusChip } from '../../components/StatusChip.tsx';
import { Tap } from '../../components/Tap';
import { go, useQuery } from '../../platform/navigation.ts';
import { useAction, useCall } from '../../queries.ts';
import { t } from '../../texts/teacher.ts';
import { SessionQuery } from '../session-query.ts';
import { withPhrases } from './phrases.ts';
import { Stars } from './Stars.tsx';
import './index.scss';

export default function Comments() {
  const query = useQuery(SessionQuery);
  return (
    <AppShell access="teacher" title={t('teacher.comments.title')}>
      {query ? <All query={query} /> : <Empty icon="alert" text={t('teacher.session.gone')} hint={t('teacher.session.gone.hint')} />}
    </AppShell>
  );
}

function All({ query }: { readonly query: SessionQuery }) {
  const { offeringId, sessionId } = query;
  const roll = useCall('attendance', 'getRoll', { offeringId, sessionId });
  const comments = useCall('teaching', 'listSessionComments', { offeringId, sessionId });
  const [open, setOpen] = useState<string>();

  const entries = roll.data?.entries ?? [];
  const called = roll.data?.record.rollCalledAt !== undefined;
  const byPupil = new Map((comments.data?.items ?? []).map((comment) => [comment.pupilId as string, comment]));
  const came = entries.filter((entry) => entry.presence === 'present');
  const away = entries.filter((entry) => entry.presence !== 'present');
  const entry = entries.find((one) => one.pupilId === open);
  const next = open ? nextWithout(came, byPupil, open) : undefined;

  return (
    <View className="k-stack">
      <ListState
        of={[roll, comments]}
        empty={!called || entries.length === 0}
        emptyIcon="comment"
        emptyText={t('teacher.comments.noRoll')}
        emptyHint={t('teacher.comments.noRoll.hint')}
        emptyAction={
          <Button kind="primary" onTap={() => go('teacher/roll', query)}>
            {t('teacher.step.call-roll')}
          </Button>
        }
        skeletonRows={8}
        skeletonHeight={52}
        showEnd
      >
        <View className="k-row k-row--between" id="comments-progress">
          <Text className="k-text-s k-muted">
            {t('teacher.comments.progress', { done: came.filter((one) => byPupil.has(one.pupilId)).length, all: came.length })}
          </Text>
        </View>
        <View className="k-list">
          {came.map((one) => (
            <Row key={one.pupilId} entry={one} comment={byPupil.get(one.pupilId)} onTap={() => setOpen(one.pupilId)} />
          ))}
          {away.map((one) => (
            <View key={one.pupilId} className="k-list-row">
              <View className="k-grow k-muted">{one.name}</View>
              <StatusChip tone={one.presence === 'absent' ? 'danger' : 'attention'}>
                {one.presence === 'absent' ? t('teacher.comments.absent') : t('teacher.comments.onLeave')}
              </StatusChip>
            </View>
          ))}
        </View>
      </ListState>
      {entry ? (
        <Editor
          key={entry.pupilId}
          query={query}
          entry={entry}
          before={byPupil.get(entry.pupilId)}
          next={next}
          onClose={() => setOpen(undefined)}
          onNext={() => setOpen(next?.pupilId)}
        />
      ) : null}
    </View>
  );
}

/** The next pupil without a comment after this one, going round. */
function nextWithout(came: readonly RollEntry[], byPupil: ReadonlyMap<string, Comment>, after: string): RollEntry | undefined {
  const at = came.findIndex((one) => one.pupilId === after);
  return [...came.slice(at + 1), ...came.slice(0, Math.max(0, at))].find((one) => !byPupil.has(one.pupilId));
}

function Row({ entry, comment, onTap }: { readonly entry: RollEntry; readonly comment: Comment | undefined; readonly onTap: () => void }) {
  return (
    <Tap className="k-list-row k-list-row--tap" id={`comment-${entry.pupilId}`} onTap={onTap}>
      <View className="k-grow">
        <View className="k-row">
          <Text className="k-strong">{entry.name}</Text>
          <Text className="k-text-s k-muted">{entry.className}</Text>
        </View>
        {comment ? (
          comment.text ? (
            <View className="k-text-s k-muted t-comment__text">{comment.text}</View>
          ) : null
        ) : (
          <View className="k-text-s k-muted">{t('teacher.comments.none')}</View>
        )}
      </View>
      {comment ? <Stars value={comment.stars} /> : <Icon name="edit" className="k-primary" />}
    </Tap>
  );
}

const quick = [1, 2, 3, 4, 5] as const;

interface EditorProps {
  readonly query: SessionQuery;
  readonly entry: RollEntry;
  readonly before: Comment | undefined;
  readonly next: RollEntry | undefined;
  onClose(): void;
  onNext(): void;
}

function Editor({ query, entry, before, next, onClose, onNext }: EditorProps) {
  const commentId = useRef(before?.commentId ?? newId('comment'));
  const [stars, setStars] = useState(before?.stars ?? 0);
  const [text, setText] = useState(before?.text ?? '');
  const [tried, setTried] = useState(false);
  const then = useRef<'close' | 'next'>('close');
  const save = useAction(
    () =>
      api.teaching.writeComment({
        commentId: commentId.current,
        offeringId: query.offeringId,
        sessionId: query.sessionId,
        pupilId: entry.pupilId,
        stars,
        text: text.trim(),
      }),
    {
      done: t('teacher.comments.saved', { name: entry.name }),
      refresh: [['teaching', 'listSessionComments'], ['attendance']],
      onDone: () => (then.current === 'next' ? onNext() : onClose()),
    },
  );
  const press = (what: 'close' | 'next') => {
    setTried(true);
    if (stars === 0) return;
    then.current = what;
    save.run(undefined);
  };
  const phrases = quick.map((one) => t(`teacher.comments.quick.${one}`));
  return (
    <Sheet
      open
      title={`${entry.name} · ${entry.className}`}
      id="comment-sheet"
      onClose={onClose}
      footer={
        <View className="k-buttons">
          <Button
            kind={next ? 'plain' : 'primary'}
            id="comment-save"
            running={save.running && then.current === 'close'}
            disabled={save.running}
            onTap={() => press('close')}
          >
            {t('teacher.comments.save')}
          </Button>
          {next ? (
            <Button
              kind="primary"
              id="comment-save-next"
              running={save.running && then.current === 'next'}
              disabled={save.running}
              onTap={() => press('next')}
            >
              {t('teacher.comments.saveNext')}
            </Button>
          ) : null}
        </View>
      }
    >
      <Field label={t('teacher.comments.stars')} error={tried && stars === 0 ? t('teacher.comments.needStars') : undefined}>
        <Stars value={stars} onChange={setStars} />
      </Field>
      <Field label={t('teacher.comments.text')} optional>
        <Chips
          label={t('teacher.comments.text')}
          values={phrases.filter((phrase) => text.includes(phrase))}
          options={phrases.map((phrase) => ({ value: phrase, label: phrase }))}
          onChange={(on) => setText(withPhrases(text, phrases, on))}
        />
        <TextArea
          id="comment-text"
          label={t('teacher.comments.text')}
          placeholder={t('teacher.comments.placeholder')}
          lengthMax={300}
          value={text}
          onChange={setText}
        />
      </Field>
    </Sheet>
  );
}
