/** The platform as it is on AWS: everything named by the environment, secrets from Secrets Manager, made once a container. */
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import * as z from 'zod';
import type { Bank } from './bank.ts';
import { systemClock } from './clock.ts';
import { powertoolsLog } from './log-powertools.ts';
import type { Objects } from './objects.ts';
import type { Platform } from './platform.ts';
import { secretsOf } from './secrets.ts';
import { Table } from './table.ts';
import type { WeChat } from './wechat.ts';
import { WeChatApi, WeChatApiOptions } from './wechat-api.ts';
import { WeChatPay } from './wechat-pay.ts';
import type { WorkflowClient } from './workflow-client.ts';

/** What the stacks set on every function; the secrets only on those that read them. */
export const Environment = z.object({
  STAGE: z.string(),
  TABLE_NAME: z.string(),
  OBJECTS_BUCKET: z.string(),
  SESSION_KEY_SECRET: z.string().optional(),
  QR_KEY_SECRET: z.string().optional(),
  WECHAT_SECRET: z.string().optional(),
  WECHAT_API_URL: z.url(),
  WECHAT_PAY_URL: z.url(),
  /** Functions that start or answer state machines have it. */
  STATE_MACHINE_PREFIX: z.string().optional(),
  /** On the function that publishes windows. */
  FAMILIES_PER_SECOND: z.coerce.number().min(1).max(10_000).optional(),
  LOG_LEVEL: z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR']).default('INFO'),
});
export type Environment = z.input<typeof Environment>;

/** The secret that a person fills in once: the mini-program's and the merchant's papers. */
export const WeChatSecret = z.object({
  appId: WeChatApiOptions.shape.appId,
  appSecret: WeChatApiOptions.shape.appSecret,
  templates: z.record(z.string(), z.string()).default({}),
  /** The API's public address, as registered with WeChat Pay: callbacks go to `<it>/api/callbacks/wechat-pay`. */
  publicUrl: z.url({ protocol: /^https$/ }),
  merchantId: z.string(),
  merchantSerial: z.string(),
  merchantPrivateKey: z.string(),
  apiV3Key: z.string(),
  publicKeys: z.record(z.string(), z.string()).default({}),
  certificates: z.array(z.string()).default([]),
  downloadCertificates: z.boolean().default(false),
});

const KEY_BYTES_MIN = 32;

/** What only some functions need: an entry point hands in what it has a permission for, and no other bundle carries it. */
export interface AwsAdapters {
  readonly objects?: (bucket: string) => Objects;
  readonly workflows?: (machineArnPrefix: string) => WorkflowClient;
  readonly bank?: (objects: Objects) => Bank;
}

/** Throws at once, naming what is missing, when the environment or a secret is not in order. */
export async function awsPlatform(
  environment: Readonly<Record<string, string | undefined>>,
  adapters: AwsAdapters = {},
): Promise<Platform> {
  const settings = Environment.parse(environment);
  const secrets = new SecretsManagerClient({});
  const [session, qr, wechat] = await Promise.all([
    settings.SESSION_KEY_SECRET && readKey(secrets, settings.SESSION_KEY_SECRET),
    settings.QR_KEY_SECRET && readKey(secrets, settings.QR_KEY_SECRET),
    settings.WECHAT_SECRET && readSecret(secrets, settings.WECHAT_SECRET).then((text) => WeChatSecret.parse(JSON.parse(text))),
  ]);
  secrets.destroy();
  const clock = systemClock;
  const objects = adapters.objects?.(settings.OBJECTS_BUCKET) ?? noObjects;
  return {
    table: new Table({ name: settings.TABLE_NAME }),
    clock,
    log: powertoolsLog(`kehou-${settings.STAGE}`, settings.LOG_LEVEL),
    workflows: (settings.STATE_MACHINE_PREFIX && adapters.workflows?.(settings.STATE_MACHINE_PREFIX)) || noWorkflows,
    ...(wechat
      ? weChatOf(wechat, settings)
      : { payments: notGiven<Platform['payments']>('WeChat Pay'), wechat: notGiven<WeChat>('WeChat') }),
    bank: adapters.bank?.(objects) ?? noBank,
    ...(settings.FAMILIES_PER_SECOND === undefined ? {} : { familiesPerSecond: settings.FAMILIES_PER_SECOND }),
    objects,
    secrets: secretsOf({ ...(session ? { session } : {}), ...(qr ? { qr } : {}) }),
  };
}

function weChatOf(secret: z.output<typeof WeChatSecret>, settings: z.output<typeof Environment>): Pick<Platform, 'payments' | 'wechat'> {
  const { appId, appSecret, templates, publicUrl, ...merchant } = secret;
  const notifyUrl = `${publicUrl.replace(/\/$/, '')}/api/callbacks/wechat-pay`;
  const account = { ...merchant, appId, baseUrl: settings.WECHAT_PAY_URL };
  return {
    payments: new WeChatPay({ account, paymentNotifyUrl: notifyUrl, refundNotifyUrl: notifyUrl }, systemClock),
    wechat: new WeChatApi({ appId, appSecret, templates, baseUrl: settings.WECHAT_API_URL }, systemClock),
  };
}

/** Whatever is asked of it, the answer is that this function has no business with it. */
function notGiven<T extends object>(name: string): T {
  return new Proxy({} as T, { get: () => () => Promise.reject(new Error(`this function is not given ${name}'s secret`)) });
}

/** For functions that have no business with state machines, files or the bank: they hold no permission for them either. */
const noWorkflows: WorkflowClient = {
  start: () => Promise.reject(new Error('this function starts no workflows')),
  succeed: () => Promise.reject(new Error('this function answers no workflows')),
};
const noObjects: Objects = {
  put: () => Promise.reject(new Error('this function writes no files')),
  get: () => Promise.reject(new Error('this function reads no files')),
  downloadUrl: () => Promise.reject(new Error('this function signs no links')),
};

const noBank: Bank = {
  submitBatch: () => Promise.reject(new Error('this function sends no batches')),
  queryBatch: () => Promise.reject(new Error('this function reads no results')),
};

async function readSecret(client: SecretsManagerClient, id: string): Promise<string> {
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: id }));
  if (!SecretString) throw new Error(`secret ${id} has no text`);
  return SecretString;
}

async function readKey(client: SecretsManagerClient, id: string): Promise<Uint8Array> {
  const key = Buffer.from(await readSecret(client, id), 'utf8');
  if (key.byteLength < KEY_BYTES_MIN) throw new Error(`secret ${id} is shorter than ${KEY_BYTES_MIN} bytes`);
  return key;
}
