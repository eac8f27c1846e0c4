/** The inbox, newest first; opening it marks it read. A message opens the page that it is about. */
import type { Message } from '@kehou/shared/messaging/routes';
import { Text, View } from '@tarojs/components';
import { useEffect, useRef } from 'react';
import { api } from '../api.ts';
import { openPath } from '../platform/navigation.ts';
import { useCallPages } from '../queries.ts';
import { sessionState, updateMe } from '../session.ts';
import { moment } from './format.ts';
import { Icon } from './Icon.tsx';
import './Inbox.scss';
import { ListState } from './ListState.tsx';
import { Tap } from './Tap';

export interface InboxProps {
  readonly emptyText: string;
  readonly emptyHint: string;
}

export function Inbox({ emptyText, emptyHint }: InboxProps) {
  const messages = useCallPages('messaging', 'listMessages', { limit: 30 });
  const newest = messages.items[0];
  const marked = useRef<string>();
  useEffect(() => {
    if (!newest || newest.readAt || marked.current === newest.messageId) return;
    marked.current = newest.messageId;
    api.messaging
      .markRead({ upTo: newest.messageId })
      .then(({ unread }) => {
        const me = sessionState().session?.me;
        if (me) updateMe({ ...me, unreadMessages: unread });
      })
      // Unread once more next time: no harm.
      .catch(() => undefined);
  }, [newest]);
  return (
    <View className="k-stack">
      <ListState
        of={messages}
        empty={messages.items.length === 0}
        emptyIcon="bell"
        emptyText={emptyText}
        emptyHint={emptyHint}
        hasMore={messages.hasMore}
        loadingMore={messages.isFetchingNextPage}
        onMore={messages.more}
        showEnd
      >
        <View className="k-list">
          {messages.items.map((message) => (
            <One key={message.messageId} message={message} />
          ))}
        </View>
      </ListState>
    </View>
  );
}

function One({ message }: { readonly message: Message }) {
  const { page } = message;
  return (
    <Tap className={`k-list-row${page ? ' k-list-row--tap' : ''}`} onTap={page ? () => openPath(pathOf(page)) : undefined}>
      <View className={`k-message__dot${message.readAt ? '' : ' k-message__dot--new'}`} />
      <View className="k-grow">
        <View className="k-row k-row--between k-row--top">
          <Text className={message.readAt ? '' : 'k-strong'}>{message.title}</Text>
          <Text className="k-text-xs k-muted k-number k-message__when">{moment(message.at)}</Text>
        </View>
        <View className="k-text-s k-muted">{message.body}</View>
      </View>
      {page ? <Icon name="forward" className="k-muted" /> : null}
    </Tap>
  );
}

/** A message names a screen as `teacher/statements?month=…`. */
function pathOf(page: string): string {
  const [screen = '', query] = page.split('?');
  return `/${screen.replace(/^\//, '').replace(/\/index$/, '')}/index${query ? `?${query}` : ''}`;
}
