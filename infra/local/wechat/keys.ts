/** The papers of one simulated merchant and of WeChat Pay itself, made once and kept in the data folder. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, randomInt } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { selfSigned } from './x509.ts';

const PlatformCertificate = z.object({ serial: z.string(), privateKey: z.string(), certificate: z.string() });
export const Keys = z.object({
  appId: z.string(),
  appSecret: z.string(),
  merchantId: z.string(),
  merchantName: z.string(),
  merchantSerial: z.string(),
  merchantPrivateKey: z.string(),
  merchantCertificate: z.string(),
  apiV3Key: z.string(),
  /** Public-key mode: WeChat signs with the private half. */
  publicKeyId: z.string(),
  publicKey: z.string(),
  publicKeyPrivate: z.string(),
  /** Certificate mode: the last one signs, all of them are handed out. */
  platformCertificates: z.array(PlatformCertificate).min(1),
  /** Somebody who is not WeChat. */
  attackerPrivateKey: z.string(),
});
export type Keys = z.infer<typeof Keys>;

function privateKey(): string {
  return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** 20 bytes, upper case, positive as DER reads it. */
function serialNumber(): string {
  const bytes = randomBytes(20);
  bytes[0] = 0x40 | ((bytes[0] as number) & 0x3f);
  return bytes.toString('hex').toUpperCase();
}

export function platformCertificate(): z.infer<typeof PlatformCertificate> {
  const key = privateKey();
  const serial = serialNumber();
  return {
    serial,
    privateKey: key,
    certificate: selfSigned(createPrivateKey(key), serial, 'Tenpay.com sign', 'Tenpay.com (simulated)'),
  };
}

export function makeKeys(): Keys {
  const merchantPrivateKey = privateKey();
  const publicKeyPrivate = privateKey();
  const merchantSerial = serialNumber();
  const merchantId = `19${String(randomInt(10 ** 8)).padStart(8, '0')}`;
  return {
    appId: `wx${randomBytes(8).toString('hex')}`,
    appSecret: randomBytes(16).toString('hex'),
    merchantId,
    merchantName: '课后服务专用账户',
    merchantSerial,
    merchantPrivateKey,
    merchantCertificate: selfSigned(createPrivateKey(merchantPrivateKey), merchantSerial, merchantId, '微信商户系统 (simulated)'),
    apiV3Key: randomBytes(16).toString('hex'),
    publicKeyId: `PUB_KEY_ID_0${merchantId}${String(randomInt(10 ** 12)).padStart(14, '0')}`,
    publicKey: createPublicKey(publicKeyPrivate).export({ type: 'spki', format: 'pem' }).toString(),
    publicKeyPrivate,
    platformCertificates: [platformCertificate()],
    attackerPrivateKey: privateKey(),
  };
}

const file = (dataDir: string) => join(dataDir, 'wechat-keys.json');

/** Makes them on the first start. Throws one clear line when the file is damaged. */
export function loadKeys(dataDir: string): Keys {
  if (!existsSync(file(dataDir))) {
    saveKeys(dataDir, makeKeys());
  }
  try {
    return Keys.parse(JSON.parse(readFileSync(file(dataDir), 'utf8')));
  } catch {
    throw new Error(`${file(dataDir)} is damaged: remove the data folder to start anew`);
  }
}

export function saveKeys(dataDir: string, keys: Keys): void {
  mkdirSync(dataDir, { recursive: true });
  const temporary = `${file(dataDir)}.new`;
  writeFileSync(temporary, JSON.stringify(keys, undefined, 2), { mode: 0o600 });
  renameSync(temporary, file(dataDir));
}
