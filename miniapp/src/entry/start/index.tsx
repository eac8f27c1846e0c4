/** The first page: signs in without a word where it can, and goes where the person belongs. */
import { useEffect, useState } from 'react';
import { api, signIn } from '../../api.ts';
import { boot } from '../../boot.ts';
import { AppShell } from '../../components/AppShell.tsx';
import { Failed, Skeleton } from '../../components/ListState.tsx';
import { platform } from '../../platform/current';
import { restart } from '../../platform/navigation.ts';
import { sessionState, updateMe } from '../../session.ts';
import { t as common } from '../../texts/common.ts';
import { proceed } from '../proceed.ts';

export default function Start() {
  const [error, setError] = useState<unknown>();
  const [attempt, setAttempt] = useState(0);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `attempt` is the retry button
  useEffect(() => {
    let left = false;
    setError(undefined);
    find()
      .then((go) => {
        if (!left) go();
      })
      .catch((reason: unknown) => {
        if (!left) setError(reason);
      });
    return () => {
      left = true;
    };
  }, [attempt]);

  return (
    <AppShell access="anyone" title={common('common.app')} root>
      {error === undefined ? <Skeleton rows={3} height={96} /> : <Failed error={error} onRetry={() => setAttempt(attempt + 1)} />}
    </AppShell>
  );
}

/** What to do next. */
async function find(): Promise<() => void> {
  await boot();
  const desk = platform.systemInfo().seat === 'desk';
  if (sessionState().session) {
    // The kept session may be old news: children and roles come and go.
    try {
      updateMe(await api.identity.me({}));
    } catch (error) {
      if (sessionState().session === undefined && desk) return () => restart('entry/desk');
      throw error;
    }
  } else if (desk) {
    return () => restart('entry/desk');
  } else {
    await signIn();
  }
  const { session } = sessionState();
  if (!session) return () => restart('entry/start');
  return () => proceed(session.me);
}
