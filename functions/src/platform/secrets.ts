import type { Platform } from './platform.ts';

/** The keys that a function is given. One that it is not given is a mistake of whoever put it together: it fails loudly, and nothing is signed with nothing. */
export function secretsOf({ session, qr }: Partial<Platform['secrets']>): Platform['secrets'] {
  return {
    get session() {
      return mustHave(session, 'session');
    },
    get qr() {
      return mustHave(qr, 'QR');
    },
  };
}

function mustHave(key: Uint8Array | undefined, name: string): Uint8Array {
  if (!key) throw new Error(`this function is not given the ${name} key`);
  return key;
}
