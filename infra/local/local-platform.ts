/** The product's platform on one machine: the same adapters as on AWS where they speak HTTP, ours where AWS is behind them. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BankByFile } from '@kehou/functions/platform/bank-file';
import type { Clock } from '@kehou/functions/platform/clock';
import type { Log } from '@kehou/functions/platform/log';
import type { Platform } from '@kehou/functions/platform/platform';
import type { Table } from '@kehou/functions/platform/table';
import { WeChatApi } from '@kehou/functions/platform/wechat-api';
import { WeChatPay } from '@kehou/functions/platform/wechat-pay';
import type { WorkflowClient } from '@kehou/functions/platform/workflow-client';
import * as z from 'zod';
import { FolderObjects } from './objects.ts';
import { StartProblem } from './problem.ts';
import type { MerchantCredentials } from './wechat/index.ts';

const Secrets = z.object({ session: z.string(), qr: z.string(), links: z.string() }).transform((texts) => ({
  session: Buffer.from(texts.session, 'base64'),
  qr: Buffer.from(texts.qr, 'base64'),
  links: Buffer.from(texts.links, 'base64'),
}));
export type Secrets = z.output<typeof Secrets>;

/** Made at the first start and kept: sessions and codes outlive a restart. */
export function localSecrets(dataFolder: string): Secrets {
  const path = join(dataFolder, 'secrets.json');
  if (!existsSync(path)) {
    const key = () => randomBytes(32).toString('base64');
    writeFileSync(path, JSON.stringify({ session: key(), qr: key(), links: key() }), { mode: 0o600 });
  }
  try {
    return Secrets.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    throw new StartProblem(`${path} cannot be read: move the data folder away to start with fresh data`);
  }
}

export interface LocalPlatformOptions {
  readonly table: Table;
  readonly clock: Clock;
  readonly log: Log;
  readonly workflows: WorkflowClient;
  readonly dataFolder: string;
  readonly baseUrl: string;
  readonly secrets: Secrets;
  readonly merchant: MerchantCredentials;
  readonly bankToken: string;
  readonly familiesPerSecond?: number | undefined;
}

export function localPlatform(options: LocalPlatformOptions): Platform & { readonly objects: FolderObjects } {
  const { table, clock, log, workflows, baseUrl, secrets, merchant } = options;
  const { appId, appSecret, merchantId, merchantSerial, merchantPrivateKey, apiV3Key, publicKeyId, publicKey, platformCertificates } =
    merchant;
  const notifyUrl = `${baseUrl}/api/callbacks/wechat-pay`;
  return {
    table,
    clock,
    log,
    workflows,
    payments: new WeChatPay(
      {
        account: {
          baseUrl,
          appId,
          merchantId,
          merchantSerial,
          merchantPrivateKey,
          apiV3Key,
          // Both ways of checking WeChat's signature, as a merchant has them who is changing over.
          publicKeys: { [publicKeyId]: publicKey },
          certificates: Object.values(platformCertificates),
          downloadCertificates: true,
        },
        paymentNotifyUrl: notifyUrl,
        refundNotifyUrl: notifyUrl,
      },
      clock,
    ),
    bank: new BankByFile({ baseUrl: `${baseUrl}/bank`, token: options.bankToken }),
    wechat: new WeChatApi({ appId, appSecret, baseUrl }, clock),
    objects: new FolderObjects({ folder: join(options.dataFolder, 'objects'), baseUrl, clock, secret: secrets.links }),
    secrets: { session: secrets.session, qr: secrets.qr },
    ...(options.familiesPerSecond === undefined ? {} : { familiesPerSecond: options.familiesPerSecond }),
  };
}
