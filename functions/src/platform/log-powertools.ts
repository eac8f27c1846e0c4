/** Structured logs for CloudWatch, by Powertools: one JSON line an entry. */
import { Logger } from '@aws-lambda-powertools/logger';
import type { Log } from './log.ts';

export function powertoolsLog(serviceName: string, level: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' = 'INFO'): Log {
  const logger = new Logger({ serviceName, logLevel: level });
  return {
    info: (message, fields = {}) => logger.info(message, { ...fields }),
    warn: (message, fields = {}) => logger.warn(message, { ...fields }),
    error: (message, fields = {}) => logger.error(message, { ...fields }),
  };
}
