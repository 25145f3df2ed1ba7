import { setImmediate } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LOG_LEVELS } from '../../../src/config/service.environment.js';
import { JsonLogger } from '../../../src/platform/logging/logger.js';

let written: string;

beforeEach(() => {
  written = '';
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((chunk) => {
      written += String(chunk);
      return true;
    });
  }
});

afterEach(() => vi.restoreAllMocks());

/** What was written, a line an event. */
async function lines(): Promise<Record<string, unknown>[]> {
  await setImmediate();
  vi.restoreAllMocks();
  expect(written === '' || written.endsWith('\n')).toBe(true);
  return written
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

function logAtEveryLevel(logger: JsonLogger): void {
  for (const level of ['verbose', 'debug', 'log', 'warn', 'error', 'fatal'] as const)
    logger[level](level, 'Test');
}

describe('the log', () => {
  it('is a line of JSON an event, with ids and numbers as fields', async () => {
    new JsonLogger('info').log(
      'attempt ended',
      { cancellationId: 'c', number: 2, providerCode: null },
      'Worker',
    );
    const [line, ...more] = await lines();
    expect(more).toEqual([]);
    expect(line).toMatchObject({
      level: 'info',
      message: 'attempt ended',
      context: 'Worker',
      cancellationId: 'c',
      number: 2,
      providerCode: null,
    });
    expect(line).not.toHaveProperty('params');
    expect(Math.abs(Number(line?.timestamp) - Date.now())).toBeLessThan(60_000);
  });

  it('is what Nest and the classes of the service write to, by the name of the class', async () => {
    Logger.overrideLogger(new JsonLogger('info'));
    new Logger('StopLinks').warn('Redis cannot be reached', { error: 'ECONNREFUSED' });
    Logger.overrideLogger(false);
    expect(await lines()).toMatchObject([
      { level: 'warn', message: 'Redis cannot be reached', context: 'StopLinks', error: 'ECONNREFUSED' },
    ]);
  });

  it('stays one line an event where texts have several', async () => {
    const logger = new JsonLogger('info');
    logger.log('first\nsecond\r\n\u{2028}', { text: 'a\nb' }, 'Test');
    logger.error('failed', new Error('one\ntwo').stack, 'Test');
    logger.fatal(new Error('three\nfour'));
    const shown = await lines();
    expect(shown).toHaveLength(3);
    expect(shown[0]).toMatchObject({ message: 'first\nsecond\r\n\u{2028}', text: 'a\nb' });
    expect(shown[1]?.stack).toContain('Error: one\ntwo');
    expect(shown[2]).toMatchObject({
      level: 'fatal',
      message: expect.stringContaining('three\nfour') as string,
    });
  });

  it('lets no field pass for the message, the level or the context', async () => {
    new JsonLogger('info').log('real', { message: 'forged', level: 'fatal', context: 'Forged' }, 'Test');
    expect(await lines()).toMatchObject([{ message: 'real', level: 'info', context: 'Test' }]);
  });

  it('names the levels as LOG_LEVEL does', async () => {
    logAtEveryLevel(new JsonLogger('trace'));
    expect((await lines()).map(({ level, message }) => [message, level])).toEqual([
      ['verbose', 'trace'],
      ['debug', 'debug'],
      ['log', 'info'],
      ['warn', 'warn'],
      ['error', 'error'],
      ['fatal', 'fatal'],
    ]);
  });

  it.each([...LOG_LEVELS.entries()])('has nothing below level %i, %s', async (index, level) => {
    logAtEveryLevel(new JsonLogger(level));
    expect((await lines()).map(({ level }) => level)).toEqual(LOG_LEVELS.slice(0, index + 1).toReversed());
  });

  it.each(['NestFactory', 'NestApplication', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer'])(
    'leaves out what %s tells of the start, but not what goes wrong there',
    async (context) => {
      const logger = new JsonLogger('trace');
      logger.log('Mapped {/cancellations, POST} route', context);
      logger.warn('a warning', context);
      logger.error('an error', context);
      expect((await lines()).map(({ message }) => message)).toEqual(['a warning', 'an error']);
    },
  );

  it('shows what JSON cannot, and lets nothing that cannot be shown keep the line from being written', async () => {
    const loop: unknown[] = [];
    loop.push(loop);
    const logger = new JsonLogger('info');
    logger.log('strange', {
      big: 1n,
      error: new Error('inner'),
      map: new Map([['key', 1]]),
      list: [new Error('listed')],
    });
    logger.log('endless', { loop });
    const [strange, endless] = await lines();
    expect(strange).toMatchObject({
      big: '1',
      error: expect.stringContaining('inner') as string,
      map: expect.stringContaining('key') as string,
      list: [expect.stringContaining('listed')],
    });
    expect(endless).toMatchObject({ message: 'endless' });
  });

  it('has what led to an error before the error', () => {
    const logger = new JsonLogger('info');
    logger.log('before');
    logger.error('failed');
    expect(written.split('\n').map((line) => line.slice(0, 1))).toEqual(['{', '{', '']);
    expect(written.indexOf('before')).toBeLessThan(written.indexOf('failed'));
  });

  it('leaves out nothing else', async () => {
    const logger = new JsonLogger('info');
    logger.log('RouterExplorer', 'Service');
    logger.log('a message', { module: 'RouterExplorer' });
    logger.log('alone');
    expect((await lines()).map(({ message }) => message)).toEqual(['RouterExplorer', 'a message', 'alone']);
  });
});
