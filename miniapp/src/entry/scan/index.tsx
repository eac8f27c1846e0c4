/**
 * Where a scanned code lands: a desk that wants to sign in, or a page of this app. Also opened by a mini-program code, whose
 * `scene` is the text.
 */
import { readDeskTicketText } from '@kehou/shared/identity/desk-ticket';
import { Text, View } from '@tarojs/components';
import { useEffect, useState } from 'react';
import * as z from 'zod';
import { api } from '../../api.ts';
import { AppShell } from '../../components/AppShell.tsx';
import { Button } from '../../components/Button';
import { moment } from '../../components/format.ts';
import { useRequiredMe } from '../../components/Gate.tsx';
import { Icon } from '../../components/Icon.tsx';
import { Empty, ListState } from '../../components/ListState.tsx';
import { failureOf } from '../../failure.ts';
import { platform } from '../../platform/current';
import { openPath, restart, useQuery } from '../../platform/navigation.ts';
import { useAction, useCall } from '../../queries.ts';
import { pageNames, pagePath } from '../../routes.ts';
import { t as common } from '../../texts/common.ts';
import { t } from '../../texts/entry.ts';

const Query = z.object({ text: z.string().max(4096).optional(), scene: z.string().max(400).optional(), now: z.string().optional() });

export default function Scan() {
  const query = useQuery(Query);
  return (
    <AppShell access="signed-in" title={t('scan.title')}>
      <Scanner given={query?.text ?? query?.scene} atOnce={query?.now === '1'} />
    </AppShell>
  );
}

function Scanner({ given, atOnce }: { readonly given: string | undefined; readonly atOnce: boolean }) {
  const [text, setText] = useState(given);
  const scan = useAction(() => platform.scan(), {
    onDone: (scanned) => {
      const path = pathIn(scanned);
      const page = path.split('?')[0];
      if (pageNames.some((name) => pagePath(name) === page)) openPath(path);
      else setText(scanned);
    },
  });
  const { run } = scan;
  useEffect(() => {
    // Not when a code came with the page: that one is judged first.
    if (atOnce && given === undefined) run(undefined).catch(() => undefined);
  }, [atOnce, given, run]);

  const again = (
    <Button id="scan-start" kind="primary" icon="scan" running={scan.running} onTap={() => scan.run(undefined)}>
      {text === undefined ? t('scan.start') : t('scan.again')}
    </Button>
  );
  if (text === undefined) return <Empty icon="scan" text={t('scan.title')} hint={t('scan.start.hint')} action={again} />;
  const ticket = readDeskTicketText(text);
  if (!ticket) return <Empty icon="qr" text={t('scan.unknown')} hint={t('scan.unknown.hint')} action={again} />;
  return <ConfirmDesk deskTicketId={ticket.deskTicketId} signature={ticket.signature} again={again} />;
}

/** A desk shows the address of a page of its own, as browsers have it: the page is what follows the `#`. */
function pathIn(scanned: string): string {
  return /^https?:\/\/[^#]*#(\/.*)$/.exec(scanned)?.[1] ?? scanned;
}

type Ticket = NonNullable<ReturnType<typeof readDeskTicketText>>;

function ConfirmDesk({ deskTicketId, signature, again }: Ticket & { readonly again: React.ReactNode }) {
  const me = useRequiredMe();
  const preview = useCall('identity', 'previewDeskTicket', { deskTicketId, signature });
  const [done, setDone] = useState(false);
  const confirm = useAction(() => api.identity.confirmDeskTicket({ deskTicketId, signature }), { onDone: () => setDone(true) });

  if (done) {
    return (
      <Empty
        icon="check"
        text={t('scan.desk.done')}
        hint={t('scan.desk.done.hint')}
        action={
          <Button id="scan-home" kind="plain" onTap={() => restart('entry/start')}>
            {common('common.home')}
          </Button>
        }
      />
    );
  }
  if (me.roles.length === 0) return <Empty icon="lock" text={t('scan.desk.noRole')} action={again} />;
  if (preview.error && failureOf(preview.error).code !== undefined && !failureOf(preview.error).retryable) {
    return <Empty icon="alert" text={failureOf(preview.error).message} action={again} />;
  }
  return (
    <View className="k-stack">
      <ListState of={preview} skeletonRows={1} skeletonHeight={220}>
        {() => (
          <View className="k-card k-column">
            <View className="k-text-l">{t('scan.desk.ask')}</View>
            <View className="k-row k-row--between">
              <Text className="k-muted">{t('scan.desk.browser')}</Text>
              <Text>{preview.data?.browser || t('scan.desk.unknown')}</Text>
            </View>
            <View className="k-row k-row--between">
              <Text className="k-muted">{t('scan.desk.opened')}</Text>
              <Text className="k-number">{preview.data ? moment(preview.data.openedAt) : ''}</Text>
            </View>
            <View className="k-divider" />
            <View className="k-text-s k-muted">{t('scan.desk.roles')}</View>
            {me.roles.map((role) => (
              <View key={`${role.role}.${role.organisationId}`}>
                {common(`role.${role.role}`)} · {role.organisationName}
              </View>
            ))}
          </View>
        )}
      </ListState>
      <View className="k-notice k-notice--attention">
        <Icon name="shield" />
        <Text>{t('scan.desk.warn')}</Text>
      </View>
      <Button
        id="desk-confirm"
        kind="primary"
        block
        running={confirm.running}
        disabled={!preview.data}
        onTap={() => confirm.run(undefined)}
      >
        {t('scan.desk.confirm')}
      </Button>
      <Button kind="text" block onTap={() => restart('entry/start')}>
        {common('common.cancel')}
      </Button>
    </View>
  );
}
