/** A server that answers as an AWS service does, for the SDK's own clients: on loopback, gone with the test file. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { atEndOfFile } from './cleanups.ts';

export interface FakeRequest {
  readonly method: string;
  readonly url: string;
  /** `AWSStepFunctions.StartExecution` */
  readonly target: string;
  readonly body: Buffer;
}
export interface FakeReply {
  readonly status?: number;
  readonly body?: string | Uint8Array;
  readonly type?: string;
}

export async function fakeAws(answer: (request: FakeRequest) => FakeReply): Promise<{ endpoint: string; seen: FakeRequest[] }> {
  const seen: FakeRequest[] = [];
  const server = createServer(async (incoming, response) => {
    const request = {
      ...(await bodyOf(incoming)),
      method: incoming.method ?? '',
      url: incoming.url ?? '',
      target: String(incoming.headers['x-amz-target'] ?? ''),
    };
    seen.push(request);
    const { status = 200, body = '', type = 'application/x-amz-json-1.0' } = answer(request);
    response.writeHead(status, { 'content-type': type }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEndOfFile(() => {
    server.closeAllConnections();
    server.close();
  });
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

async function bodyOf(request: IncomingMessage): Promise<{ body: Buffer }> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return { body: Buffer.concat(chunks) };
}

/** An error as the JSON protocols spell it. */
export function awsError(name: string, status = 400): FakeReply {
  return { status, body: JSON.stringify({ __type: name, message: name }) };
}
