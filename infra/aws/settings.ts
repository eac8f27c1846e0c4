/** What differs between deployments: read from CDK context (`-c stage=…`), with values that are safe for a first synth. */
import type { App } from 'aws-cdk-lib';

export interface Settings {
  /** `prod`, `staging`, …: part of every name. */
  readonly stage: string;
  /** Where alarms are mailed; none: a topic without subscribers. */
  readonly alarmEmail: string | undefined;
  /** Browser origins besides the h5 site itself. */
  readonly origins: readonly string[];
  /** Base URLs of WeChat: their own, unless a test points elsewhere. */
  readonly wechatApiUrl: string;
  readonly wechatPayUrl: string;
  /** Requests a second that the API lets in, and the burst above it. Windows are staggered to stay below. */
  readonly requestsPerSecondMax: number;
  readonly requestBurstMax: number;
  /** Families a second that each window lets in at its opening: `infra/README.md` has the arithmetic. */
  readonly familiesPerSecond: number;
}

export function settingsOf(app: App): Settings {
  const context = (name: string, otherwise: string): string => String(app.node.tryGetContext(name) ?? otherwise);
  const stage = context('stage', 'staging');
  if (!/^[a-z][a-z0-9-]{1,15}$/.test(stage)) throw new Error(`stage "${stage}": small letters, digits and hyphens, 2 to 16 of them`);
  return {
    stage,
    alarmEmail: context('alarmEmail', '') || undefined,
    origins: context('origins', '').split(',').filter(Boolean),
    wechatApiUrl: context('wechatApiUrl', 'https://api.weixin.qq.com'),
    wechatPayUrl: context('wechatPayUrl', 'https://api.mch.weixin.qq.com'),
    requestsPerSecondMax: Number(context('requestsPerSecondMax', '5000')),
    requestBurstMax: Number(context('requestBurstMax', '5000')),
    familiesPerSecond: Number(context('familiesPerSecond', '50')),
  };
}
