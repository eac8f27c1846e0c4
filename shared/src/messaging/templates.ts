/**
 * Subscription messages (WeChat's own push, one for each consent): our name of the template for each kind that is worth
 * one. Everything arrives in the inbox; what is not here arrives there alone. The deployment maps names to WeChat's ids.
 */
import type { MessageKind } from './routes.ts';

export const subscriptionTemplates: Readonly<Partial<Record<MessageKind, string>>> = {
  'window-published': 'window',
  'window-changed': 'window',
  'seat-confirmed': 'class',
  'hold-lapsed': 'class',
  'seat-offered': 'class',
  'place-drawn': 'class',
  'not-drawn': 'class',
  'class-cancelled': 'class',
  'session-cancelled': 'class',
  absent: 'attendance',
  'refund-progress': 'money',
  statement: 'money',
};
