/**
 * Lets a page's content in once the person is signed in and holds the role it is for: what is inside may rely on it
 * (`useRequiredChild`, `useRequiredOrganisation`). Also the page's safety net: a bug inside shows a way on, not a blank screen.
 */
import type { Me } from '@kehou/shared/identity/person';
import type { Role } from '@kehou/shared/kernel/route';
import { View } from '@tarojs/components';
import { Component, type ReactNode, useEffect, useState } from 'react';
import { signIn } from '../api.ts';
import { useBooted } from '../boot.ts';
import { platform } from '../platform/current';
import { restart } from '../platform/navigation.ts';
import { type ActiveRole, chooseRole, rolesOf, useChild, useOrganisation, useSession } from '../session.ts';
import { t } from '../texts/common.ts';
import { Button } from './Button';
import { Failed, Skeleton } from './ListState.tsx';

export interface GateProps {
  /** `anyone`: no session needed. `signed-in`: any role or none. */
  readonly access: Role | 'signed-in' | 'anyone';
  readonly children: ReactNode;
}

export function Gate({ access, children }: GateProps) {
  const booted = useBooted();
  if (!booted) return <Waiting />;
  if (access === 'anyone') return <Boundary>{children}</Boundary>;
  return <SignedIn access={access}>{children}</SignedIn>;
}

function SignedIn({ access: role, children }: { readonly access: Exclude<GateProps['access'], 'anyone'>; readonly children: ReactNode }) {
  const { session, role: active } = useSession();
  const [error, setError] = useState<unknown>();
  const [attempt, setAttempt] = useState(0);
  const me = session?.me;

  // biome-ignore lint/correctness/useExhaustiveDependencies: `attempt` is the retry button
  useEffect(() => {
    if (me) return;
    if (platform.systemInfo().seat === 'desk') {
      restart('entry/desk');
      return;
    }
    setError(undefined);
    signIn().catch(setError);
  }, [me === undefined, attempt]);

  const wanted = me && role !== 'signed-in' ? held(me, role, active) : undefined;
  const foreign = me !== undefined && role !== 'signed-in' && wanted === undefined;
  useEffect(() => {
    if (foreign) restart(role === 'parent' ? 'entry/link-child' : 'entry/start');
  }, [foreign, role]);
  // A page opened by a link decides which role is worked in, so that menus and homes agree with it.
  const switchTo = wanted && wanted.role !== active?.role ? wanted : undefined;
  useEffect(() => {
    if (switchTo) chooseRole(switchTo);
  }, [switchTo]);

  if (error !== undefined) return <Failed error={error} onRetry={() => setAttempt(attempt + 1)} />;
  if (!me || foreign) return <Waiting />;
  return <Boundary>{children}</Boundary>;
}

function held(me: Me, role: Role, active: ActiveRole | undefined): ActiveRole | undefined {
  if (active?.role === role) return active;
  const found = rolesOf(me).find((one) => one.role === role);
  if (!found) return undefined;
  return found.role === 'parent' ? { role: 'parent' } : { role: found.role, organisationId: found.organisationId };
}

const Waiting = () => (
  <View className="k-stack">
    <Skeleton rows={3} height={96} />
  </View>
);

/** Inside a parent's page: the child on the screen. */
export function useRequiredChild() {
  const child = useChild();
  if (!child) throw new Error('useRequiredChild is for what is inside <AppShell access="parent">');
  return child;
}

/** Inside a page of this role: the organisation worked in. */
export function useRequiredOrganisation(role: Exclude<Role, 'parent'>) {
  const organisation = useOrganisation(role);
  if (!organisation) throw new Error(`useRequiredOrganisation is for what is inside a page of the role ${role}`);
  return organisation;
}

/** Inside a page that is not for `anyone`. */
export function useRequiredMe(): Me {
  const { session } = useSession();
  if (!session) throw new Error('useRequiredMe is for what is inside a page that needs a session');
  return session.me;
}

class Boundary extends Component<{ readonly children: ReactNode }, { readonly error: unknown }> {
  override state: { readonly error: unknown } = { error: undefined };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override componentDidCatch(error: unknown) {
    console.error(error);
  }

  override render() {
    if (this.state.error === undefined) return this.props.children;
    return (
      <Failed
        error={this.state.error}
        onRetry={() => this.setState({ error: undefined })}
        action={
          <Button kind="plain" icon="home" onTap={() => restart('entry/start')}>
            {t('common.home')}
          </Button>
        }
      />
    );
  }
}
