/** The group chat of the simulated WeChat: what was said, and the cards that were shared, kept like everything else. */
import { Instant } from '@kehou/shared/kernel/time';
import * as z from 'zod';
import type { Store } from './store.ts';

export const ChatInput = z.object({
  author: z.string().min(1).max(40),
  text: z.string().max(500).optional(),
  card: z
    .object({
      title: z.string().min(1).max(120),
      path: z.string().startsWith('/').max(1024),
      /** As the app drew it. */
      imageUrl: z
        .string()
        .regex(/^data:image\/(png|jpeg);base64,[\w+/=]+$/)
        .max(150_000)
        .optional(),
    })
    .optional(),
});
export type ChatInput = z.infer<typeof ChatInput>;
export const ChatLine = ChatInput.extend({ id: z.int(), at: Instant });
export type ChatLine = z.infer<typeof ChatLine>;

const LINES_MAX = 200;

export class Chat {
  private readonly store: Store;

  constructor(store: Store) {
    this.store = store;
    store.database.exec('CREATE TABLE IF NOT EXISTS chat (id INTEGER PRIMARY KEY, at TEXT NOT NULL, line TEXT NOT NULL) STRICT');
  }

  say(at: Instant, input: ChatInput): ChatLine {
    const row = this.store.prepare('INSERT INTO chat (at, line) VALUES (?, ?) RETURNING id').get(at, JSON.stringify(input));
    return { ...input, at, id: Number(row?.id) };
  }

  /** The latest, oldest first. */
  lines(): ChatLine[] {
    const rows = this.store.prepare('SELECT id, at, line FROM chat ORDER BY id DESC LIMIT ?').all(LINES_MAX);
    return rows.reverse().map((row) => ChatLine.parse({ ...JSON.parse(String(row.line)), id: Number(row.id), at: String(row.at) }));
  }
}
