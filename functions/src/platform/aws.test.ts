/** The production adapters against servers that answer as AWS does: what goes over the wire is the SDK's own. */
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { awsError, type FakeReply, type FakeRequest, fakeAws } from '../../testing/fake-aws.ts';
import { lazily } from '../lambda/entry.ts';
import { awsPlatform } from './aws.ts';
import { s3Objects } from './objects-s3.ts';
import { stepFunctions } from './workflow-client-sfn.ts';

const account = { region: 'cn-north-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' }, maxAttempts: 1 };

test('an execution is started by name; one that was started before is no error', async () => {
  let reply: FakeReply = { body: '{"executionArn":"arn:x","startDate":1}' };
  const { endpoint, seen } = await fakeAws(() => reply);
  const workflows = stepFunctions('arn:aws-cn:states:cn-north-1:1:stateMachine:kehou-prod-', new SFNClient({ ...account, endpoint }));
  await workflows.start('refund', 'rfd_1-v1', { refundId: 'rfd_1' });
  expect(JSON.parse(String(seen[0]?.body))).toEqual({
    stateMachineArn: 'arn:aws-cn:states:cn-north-1:1:stateMachine:kehou-prod-refund',
    name: 'rfd_1-v1',
    input: '{"refundId":"rfd_1"}',
  });
  reply = awsError('ExecutionAlreadyExists');
  await workflows.start('refund', 'rfd_1-v1', { refundId: 'rfd_1' });
  reply = awsError('StateMachineDoesNotExist');
  await expect(workflows.start('refund', 'x', {})).rejects.toThrow();
});

test('a token that waits is answered; one that no longer waits is a plain no', async () => {
  let reply: FakeReply = { body: '{}' };
  const { endpoint } = await fakeAws(() => reply);
  const workflows = stepFunctions('arn:', new SFNClient({ ...account, endpoint }));
  expect(await workflows.succeed('token', { ok: true })).toBe(true);
  for (const name of ['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken']) {
    reply = awsError(name);
    expect(await workflows.succeed('token', {})).toBe(false);
  }
  reply = awsError('AccessDeniedException');
  await expect(workflows.succeed('token', {})).rejects.toThrow();
});

test('files are kept and found again; a missing one is undefined, a forbidden one is not', async () => {
  const files = new Map<string, Buffer>();
  let forbidden = false;
  const { endpoint } = await fakeAws(({ method, url, body }) => {
    const key = url.split('?')[0] ?? '';
    const error = (code: string) => ({ type: 'application/xml', body: `<Error><Code>${code}</Code><Message>no</Message></Error>` });
    if (forbidden) return { status: 403, ...error('AccessDenied') };
    if (method === 'PUT') {
      files.set(key, body);
      return {};
    }
    const file = files.get(key);
    return file ? { body: file, type: 'application/octet-stream' } : { status: 404, ...error('NoSuchKey') };
  });
  const objects = s3Objects(
    'files',
    new S3Client({ ...account, endpoint, forcePathStyle: true, requestChecksumCalculation: 'WHEN_REQUIRED' }),
  );
  await objects.put('bank/batches/1.csv', '内容', 'text/csv');
  expect(Buffer.from((await objects.get('bank/batches/1.csv')) ?? []).toString('utf8')).toBe('内容');
  expect(await objects.get('bank/batches/2.csv')).toBeUndefined();
  const link = new URL(await objects.downloadUrl('exports/1.xlsx', '报名 2026.xlsx', 600));
  expect(link.pathname).toBe('/files/exports/1.xlsx');
  expect(link.searchParams.get('X-Amz-Expires')).toBe('600');
  expect(link.searchParams.get('response-content-disposition')).toBe("attachment; filename*=UTF-8''%E6%8A%A5%E5%90%8D%202026.xlsx");
  expect(link.searchParams.get('X-Amz-Signature')).toMatch(/^[0-9a-f]{64}$/);
  forbidden = true;
  await expect(objects.get('bank/batches/2.csv')).rejects.toThrow();
});

const secretTexts: Readonly<Record<string, string>> = {
  session: 's'.repeat(64),
  qr: 'q'.repeat(64),
  short: 'short',
  wechat: JSON.stringify({
    appId: 'wx1234567890abcdef',
    appSecret: 'a'.repeat(32),
    publicUrl: 'https://kehou.example/',
    merchantId: '1900000001',
    merchantSerial: 'ABCDEF0123456789',
    merchantPrivateKey: await privateKey(),
    apiV3Key: 'k'.repeat(32),
    downloadCertificates: true,
  }),
};
async function privateKey(): Promise<string> {
  const { generateKeyPairSync } = await import('node:crypto');
  return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
const environment = {
  STAGE: 'test',
  TABLE_NAME: 'kehou-test',
  OBJECTS_BUCKET: 'files',
  SESSION_KEY_SECRET: 'session',
  QR_KEY_SECRET: 'qr',
  WECHAT_SECRET: 'wechat',
  WECHAT_API_URL: 'https://api.weixin.qq.com',
  WECHAT_PAY_URL: 'https://api.mch.weixin.qq.com',
};

async function secretsManager(answer?: (request: FakeRequest) => FakeReply | undefined) {
  const fake = await fakeAws((request) => {
    const { SecretId } = JSON.parse(String(request.body)) as { SecretId: string };
    return (
      answer?.(request) ?? {
        type: 'application/x-amz-json-1.1',
        body: JSON.stringify({ Name: SecretId, SecretString: secretTexts[SecretId] }),
      }
    );
  });
  Object.assign(process.env, {
    AWS_REGION: 'cn-north-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: fake.endpoint,
  });
  return fake;
}

test('the platform is made from the environment and the secrets that it names', async () => {
  const { seen } = await secretsManager();
  const platform = await awsPlatform(environment);
  expect(seen).toHaveLength(3);
  expect(platform.table.name).toBe('kehou-test');
  expect(Buffer.from(platform.secrets.session).toString()).toBe(secretTexts.session);
  // What an entry point has not asked for is not there by accident.
  await expect(platform.workflows.start('refund', 'x', {})).rejects.toThrow('starts no workflows');
  await expect(platform.objects.get('x')).rejects.toThrow('reads no files');
  await expect(platform.bank.queryBatch('x')).rejects.toThrow('reads no results');
});

test('a function that is not given a secret asks for none, and fails loudly where it would need it', async () => {
  const { seen } = await secretsManager();
  const { SESSION_KEY_SECRET: _, QR_KEY_SECRET: __, WECHAT_SECRET: ___, ...bare } = environment;
  const platform = await awsPlatform(bare);
  expect(seen).toEqual([]);
  expect(() => platform.secrets.session).toThrow('not given the session key');
  expect(() => platform.secrets.qr).toThrow('not given the QR key');
  await expect(platform.payments.queryPayment('pay_1')).rejects.toThrow("not given WeChat Pay's secret");
  await expect(platform.wechat.session('code')).rejects.toThrow("not given WeChat's secret");
});

test('what is missing or too weak is named, and no secret is shown', async () => {
  await secretsManager();
  await expect(awsPlatform({ ...environment, TABLE_NAME: undefined })).rejects.toThrow('TABLE_NAME');
  await expect(awsPlatform({ ...environment, QR_KEY_SECRET: 'short' })).rejects.toThrow('shorter than 32 bytes');
  await expect(awsPlatform({ ...environment, WECHAT_SECRET: 'session' })).rejects.not.toThrow(secretTexts.session);
});

test('an entry point makes its platform at the first call, keeps it, and tries again after one that failed', async () => {
  let broken = true;
  const { seen } = await secretsManager(() => (broken ? awsError('ResourceNotFoundException') : undefined));
  Object.assign(process.env, environment);
  let made = 0;
  const handler = lazily<string, unknown, string>((platform) => {
    made++;
    return async (event) => `${event} ${platform.table.name}`;
  });
  expect(seen).toHaveLength(0);
  await expect(handler('a', undefined)).rejects.toThrow('ResourceNotFoundException');
  broken = false;
  expect(await Promise.all([handler('b', undefined), handler('c', undefined)])).toEqual(['b kehou-test', 'c kehou-test']);
  expect(await handler('d', undefined)).toBe('d kehou-test');
  expect(made).toBe(1);
});
