import * as z from 'zod';
import { Id } from '../kernel/id.ts';
import { Membership } from '../kernel/route.ts';
import { Instant } from '../kernel/time.ts';

/** A mainland mobile number: 11 digits. */
export const Phone = z
  .string()
  .regex(/^1[3-9]\d{9}$/, '请填写 11 位手机号')
  .brand<'Phone'>();
export type Phone = z.infer<typeof Phone>;

/** `138****1234`, for screens. */
export function maskPhone(phone: string): string {
  return `${phone.slice(0, 3)}****${phone.slice(-4)}`;
}

export const PersonName = z.string().trim().min(1).max(30);

/** The same name, however wide its letters are and wherever it has blanks. */
export function sameName(one: string, other: string): boolean {
  const plain = (name: string) => name.normalize('NFKC').replace(/\s+/g, '');
  return plain(one) === plain(other);
}

/** A child as a guardian sees it: enough to switch between children. */
export const Child = z.object({
  pupilId: Id('pupil'),
  name: PersonName,
  schoolId: Id('organisation'),
  schoolName: z.string(),
  grade: z.int().min(1).max(9),
  className: z.string(),
});
export type Child = z.infer<typeof Child>;

export const Role = z.object({ ...Membership.shape, organisationName: z.string() });

export const Me = z.object({
  personId: Id('person'),
  name: PersonName.optional(),
  /** Masked; absent until verified. */
  phone: z.string().optional(),
  roles: z.array(Role),
  children: z.array(Child),
  unreadMessages: z.int(),
});
export type Me = z.infer<typeof Me>;

export const Session = z.object({
  /** Sent as `authorization: Bearer …`; lapses at `expiresAt`. */
  token: z.string(),
  expiresAt: Instant,
  me: Me,
});
export type Session = z.infer<typeof Session>;
