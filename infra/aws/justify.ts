/** What cdk-nag objects to and why we do it all the same: each line is one exception with its reason. */
import { type Stack, Validations } from 'aws-cdk-lib';

export type StackName = 'data' | 'api' | 'workflows' | 'web' | 'observability';

export function justify(stacks: Readonly<Record<StackName, Stack>>): void {
  const allow = (name: StackName, id: string, reason: string) => Validations.of(stacks[name]).acknowledge({ id, reason });

  allow(
    'api',
    'AwsSolutions-APIG4',
    'Every request is judged by the one policy inside the handler, which knows guardians and subtrees; callbacks prove themselves by signature.',
  );
  const wide = (name: 'api' | 'workflows', resource: string, reason: string) =>
    allow(name, `AwsSolutions-IAM5[Resource::${resource}]`, reason);
  const objects = `${stacks.data.stackName}:ExportsOutputFnGetAttObjectsA92BA4F1ArnDE4464BF`;
  wide('api', '*', 'X-Ray knows no resources; a test checks that nothing else has a star.');
  wide('workflows', '*', 'X-Ray and the delivery of logs know no resources; a test checks that nothing else has a star.');
  for (const prefix of ['exports', 'draws', 'codes']) wide('api', `${objects}/${prefix}/*`, 'Files below one prefix of one bucket.');
  for (const prefix of ['bank', 'payouts', 'draws']) wide('workflows', `${objects}/${prefix}/*`, 'Files below one prefix of one bucket.');
  wide('workflows', '<Sweep576358E8.Arn>:*', 'The versions of one function: how the scheduler is granted it.');
  wide('workflows', '<Schedule83A77FD1.Arn>:*', 'The versions of one function: how the scheduler is granted it.');
  allow(
    'data',
    'AwsSolutions-SMG4',
    'Changing the session or QR key signs everybody out, and WeChat issues its own keys: an officer rotates them, by the book in infra/README.md.',
  );
  allow('workflows', 'AwsSolutions-SQS3', 'These queues are the dead-letter queues.');
  allow('web', 'AwsSolutions-CFR1', 'Parents travel: the service is not closed to a country.');
  allow('web', 'AwsSolutions-CFR2', 'The site is static files; the API behind it is metered by its own stage and by the policy.');
  allow(
    'web',
    'AwsSolutions-CFR4',
    "Only with CloudFront's own certificate: a deployment with its own domain brings one, and with it TLS 1.2.",
  );
}
