/** What went wrong, in words for people and with what they can do. */
import { explain, isFailureCode } from '@kehou/shared/kernel/errors';
import { ApiError } from '@kehou/shared/kernel/route';
import { PlatformError } from './platform/platform.ts';
import { language } from './texts/catalogue.ts';
import { t } from './texts/common.ts';

export interface Failure {
  readonly message: string;
  /** The code of an expected failure, to decide by; `undefined` for a bug or a lost connection. */
  readonly code: string | undefined;
  /** Fields that the server did not accept: path → its words. */
  readonly fields: Readonly<Record<string, string>>;
  /** Trying again as it is makes sense. */
  readonly retryable: boolean;
  /** For the school or the support to find it in the log; only where it helps. */
  readonly reference: string | undefined;
  /** The person closed it: nothing to say. */
  readonly silent: boolean;
}

export function failureOf(error: unknown): Failure {
  const none = { code: undefined, fields: {}, retryable: true, reference: undefined, silent: false };
  if (error instanceof PlatformError) {
    const message = {
      'platform.network': t('error.network'),
      'platform.timeout': t('error.timeout'),
      'platform.denied': /location/i.test(error.message) ? t('error.denied.location') : t('error.denied'),
      'platform.unavailable': t('error.unavailable'),
      'platform.cancelled': '',
      'platform.failed': t('error.unexpected'),
    }[error.code];
    return {
      ...none,
      code: error.code,
      message,
      retryable: error.code !== 'platform.unavailable',
      silent: error.code === 'platform.cancelled',
    };
  }
  if (error instanceof ApiError) {
    const { code, message, fields, requestId } = error.body;
    const expected = isFailureCode(code);
    return {
      ...none,
      code,
      message: expected ? explain(code, language()) : error.status >= 500 ? t('error.unexpected') : message,
      fields: Object.fromEntries((fields ?? []).map((field) => [field.path, field.message])),
      retryable: error.status >= 500 || error.status === 429,
      reference: error.status >= 500 && requestId ? requestId : undefined,
    };
  }
  return { ...none, message: t('error.unexpected') };
}

/** A definite answer: asking again as it is changes nothing. A session that is over is not one: it is begun anew. */
export function isRefusal(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status !== 401 && !isUnknown(error);
}

/** Did the request perhaps arrive, or may it the next time? A refusal is an answer. */
export function isUnknown(error: unknown): boolean {
  if (error instanceof ApiError) return error.status >= 500 || error.status === 429;
  return error instanceof PlatformError && (error.code === 'platform.network' || error.code === 'platform.timeout');
}
