import * as z from 'zod';
import type { ErrorBody } from './errors.ts';
import type { Instant } from './time.ts';

export const Role = z.enum(['parent', 'teacher', 'school', 'operator', 'bureau']);
export type Role = z.infer<typeof Role>;
/** Roles that are held in an organisation (a parent's comes from the children). */
export type OrganisationRole = Exclude<Role, 'parent'>;

/**
 * Who may call a route; one policy judges them all (functions/identity/authorise).
 * - `anyone`: no session (signing in; a provider's callback, which proves itself by its signature).
 * - `signed-in`: any person; the use case shows only what is theirs.
 * - `guardian`: the actor is a guardian of the pupil that the input field `pupil` names. `byToken`: it is enough that the session's token
 *   names the child, which a link that was ended outlives by half an hour at most.
 * - `role`: the actor holds one of `roles` in the organisation that the input field `organisation` names: the school
 *   itself (`school`, `teacher`), the operator authorised for it, or a bureau above it.
 * - `owner`: any person with one of `roles` anywhere; the use case looks up what the id names and answers
 *   404 (`request.not_found`) when it is not theirs. For things reached by their own id alone.
 */
export type Access =
  | { readonly by: 'anyone' }
  | { readonly by: 'signed-in' }
  | { readonly by: 'guardian'; readonly pupil: string; readonly byToken?: true }
  | { readonly by: 'role'; readonly roles: readonly OrganisationRole[]; readonly organisation: string }
  | { readonly by: 'owner'; readonly roles: readonly Role[] };

export interface Route<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Path with `{field}` for input fields; the rest of the input goes in the query (GET) or the JSON body. */
  readonly path: `/${string}`;
  readonly summary: string;
  readonly access: Access;
  readonly input: I;
  readonly output: O;
  /** A provider's callback: the use case gets the raw body and headers to check the signature over; no JSON parsing. */
  readonly raw?: true;
  /** Largest body accepted, in bytes; 64 KiB unless said. */
  readonly bodyBytesMax?: number;
}

export type Routes = Readonly<Record<string, Route>>;
export const BODY_BYTES_MAX = 64 * 1024;

/** Keeps each route's own types. */
export function route<I extends z.ZodType, O extends z.ZodType>(definition: Route<I, O>): Route<I, O> {
  return definition;
}

/** What the caller hands in, and what the use case gets after parsing. */
export type InputOf<R> = R extends Route<infer I, z.ZodType> ? z.input<I> : never;
export type ParsedOf<R> = R extends Route<infer I, z.ZodType> ? z.output<I> : never;
export type OutputOf<R> = R extends Route<z.ZodType, infer O> ? z.output<O> : never;
/** What a use case returns: parsed by the route's output before it leaves. */
export type ReplyOf<R> = R extends Route<z.ZodType, infer O> ? z.input<O> : never;

/** Who is asking, as the session token says: parsed once at the border. */
export const Membership = z.object({ organisationId: z.string(), role: z.enum(['teacher', 'school', 'operator', 'bureau']) });
export type Membership = z.infer<typeof Membership>;
/** A child as the token knows it: school and grade are as old as the token, half an hour at most. */
export const ActorChild = z.object({ pupilId: z.string(), schoolId: z.string(), grade: z.int() });
export type ActorChild = z.infer<typeof ActorChild>;
export interface Actor {
  readonly personId: string;
  readonly memberships: readonly Membership[];
  /** When this person last proved who they are; renewals do not count. */
  readonly signedInAt?: Instant;
  /**
   * Pupils whose guardian the actor was when the token was made (at most 10). A child in this list needs no look-up; one that is not
   * in it may have been linked since: then the policy reads the table.
   */
  readonly children: readonly ActorChild[];
  /** Correlates logs and the audit trail; holds no personal data. */
  readonly requestId: string;
}

/** A list's page: the cursor is opaque; absent on the last page. */
export function page<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), cursor: z.string().optional() });
}
export const PageInput = z.object({ limit: z.coerce.number().int().min(1).max(100).default(50), cursor: z.string().max(2000).optional() });

// --- the typed client -----------------------------------------------------------------------------------------------

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}
export interface HttpReply {
  readonly status: number;
  readonly body: unknown;
}
/** Sends one request: `Taro.request` in the mini-program, `fetch` in tests and scripts. */
export type Transport = (request: HttpRequest) => Promise<HttpReply>;

export type Client<A extends Record<string, Routes>> = {
  readonly [Area in keyof A]: { readonly [Name in keyof A[Area]]: (input: InputOf<A[Area][Name]>) => Promise<OutputOf<A[Area][Name]>> };
};

/** A reply that is not a success, with the server's own words. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string;
  readonly body: ErrorBody;

  constructor(status: number, body: ErrorBody) {
    super(body.message);
    this.status = status;
    this.code = body.code;
    this.body = body;
  }
}

/** The URL and body of one call. Exported for the router's tests and OpenAPI. */
export function requestOf(definition: Route, input: Record<string, unknown>): Omit<HttpRequest, 'headers'> {
  const rest: Record<string, unknown> = { ...input };
  const path = definition.path.replace(/\{(\w+)\}/g, (_, field: string) => {
    const value = rest[field];
    delete rest[field];
    return encodeURIComponent(String(value));
  });
  if (definition.method !== 'GET') return { method: definition.method, url: path, body: JSON.stringify(rest) };
  const query = Object.entries(rest)
    .filter(([, value]) => value !== undefined)
    .map(([field, value]) => `${encodeURIComponent(field)}=${encodeURIComponent(String(value))}`)
    .join('&');
  return { method: 'GET', url: query ? `${path}?${query}` : path };
}

/**
 * One function a route, `client.billing.placeOrder({...})`. Parses what comes back; throws {@link ApiError} for the
 * server's refusals.
 */
export function createClient<A extends Record<string, Routes>>(
  areas: A,
  transport: Transport,
  headers: () => Record<string, string>,
): Client<A> {
  const client: Record<string, Record<string, unknown>> = {};
  for (const [area, routes] of Object.entries(areas)) {
    const calls: Record<string, unknown> = {};
    for (const [name, definition] of Object.entries(routes)) {
      calls[name] = async (input: Record<string, unknown>) => {
        const request = requestOf(definition, input);
        const reply = await transport({
          ...request,
          headers: { ...(request.body === undefined ? {} : { 'content-type': 'application/json' }), ...headers() },
        });
        if (reply.status >= 200 && reply.status < 300) return definition.output.parse(reply.body);
        throw new ApiError(reply.status, errorBody(reply));
      };
    }
    client[area] = calls;
  }
  return client as Client<A>;
}

function errorBody(reply: HttpReply): ErrorBody {
  const body = reply.body as Partial<ErrorBody> | null;
  if (body && typeof body === 'object' && typeof body.code === 'string') return body as ErrorBody;
  return { code: 'request.busy', message: '服务暂时没有回应，请稍后再试', requestId: '' };
}
