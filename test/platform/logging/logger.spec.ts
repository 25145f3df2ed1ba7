import { Logger } from '@nestjs/common';
import type { LoggerService } from '@nestjs/common';
import { __resetOutOfContextForTests as forgetLogger } from 'nestjs-pino/PinoLogger.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger, LOG_LEVELS } from '../../../src/platform/logging/logger.js';
import type { LogLevel } from '../../../src/platform/logging/logger.js';

let lines: Record<string, unknown>[];

beforeEach(() => {
  lines = [];
});
afterEach(() => forgetLogger());

const loggerAt = (level: LogLevel): LoggerService =>
  createLogger(level, { write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>) });

function logAtEveryLevel(logger: LoggerService): void {
  for (const level of ['verbose', 'debug', 'log', 'warn', 'error', 'fatal'] as const)
    logger[level]?.(level, 'Test');
}

describe('the log', () => {
  it('writes one JSON line per event, with its fields at the top level', () => {
    const fields = { cancellationId: 'c', number: 2, providerCode: null };
    loggerAt('info').log('attempt ended', fields, 'Worker');
    expect(lines).toMatchObject([{ level: 'info', msg: 'attempt ended', context: 'Worker', ...fields }]);
  });

  it('writes the time in ISO 8601', () => {
    loggerAt('info').log('now', 'Test');
    const time = String(lines[0]?.time);
    expect(new Date(time).toISOString()).toBe(time);
    expect(Math.abs(Date.parse(time) - Date.now())).toBeLessThan(60_000);
  });

  it('receives what classes write with the logger of Nest', () => {
    Logger.overrideLogger(loggerAt('info'));
    new Logger('StopLinks').warn('Redis cannot be reached', { error: 'ECONNREFUSED' });
    new Logger('StopLinks').error('failed');
    Logger.overrideLogger(false);
    expect(lines).toMatchObject([
      { level: 'warn', msg: 'Redis cannot be reached', context: 'StopLinks', error: 'ECONNREFUSED' },
      { level: 'error', msg: 'failed', context: 'StopLinks' },
    ]);
  });

  it('writes the stack of an error', () => {
    const error = new Error('one\ntwo');
    const logger = loggerAt('info');
    logger.error(error, 'Test');
    logger.error('request failed', error.stack, 'Test');
    logger.error('request failed', 'no stack', 'Test');
    expect(lines).toMatchObject([
      { level: 'error', msg: 'one\ntwo', err: { stack: error.stack } },
      { level: 'error', msg: 'request failed', err: { stack: error.stack } },
      { level: 'error', msg: 'request failed', stack: 'no stack' },
    ]);
  });

  it('names the levels as LOG_LEVEL does', () => {
    logAtEveryLevel(loggerAt('trace'));
    expect(lines.map(({ level, msg }) => [msg, level])).toEqual([
      ['verbose', 'trace'],
      ['debug', 'debug'],
      ['log', 'info'],
      ['warn', 'warn'],
      ['error', 'error'],
      ['fatal', 'fatal'],
    ]);
  });

  it.each([...LOG_LEVELS.entries()])('writes nothing below level %i, %s', (index, level) => {
    logAtEveryLevel(loggerAt(level));
    expect(lines.map((line) => line.level)).toEqual(LOG_LEVELS.slice(0, index + 1).toReversed());
  });

  it.each(['NestFactory', 'NestApplication', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer'])(
    'leaves out the start-up lines of %s, but not its warnings and errors',
    (context) => {
      const logger = loggerAt('trace');
      logger.log('Mapped {/cancellations, POST} route', context);
      logger.warn('a warning', context);
      logger.error('an error', context);
      expect(lines.map(({ msg }) => msg)).toEqual(['a warning', 'an error']);
    },
  );

  it('hides authorization headers', () => {
    const headers = { authorization: 'Bearer secret' };
    loggerAt('info').log('request', { ...headers, headers, request: { headers } }, 'Test');
    expect(lines).toHaveLength(1);
    expect(JSON.stringify(lines)).not.toContain('secret');
  });

  it('writes a line for fields that JSON cannot hold', () => {
    const loop: unknown[] = [];
    loop.push(loop);
    loggerAt('info').log('endless', { loop, big: 1n }, 'Test');
    expect(lines).toMatchObject([{ msg: 'endless' }]);
  });
});
