/** The deployment's keys, as tests have them. */
export const TEST_SECRETS = { session: new Uint8Array(32).fill(7), qr: new Uint8Array(32).fill(9) };
