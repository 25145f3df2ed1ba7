import { ConsoleLogger } from '@nestjs/common';
import type { LogLevel } from '@nestjs/common';
import { LOG_LEVELS } from '../../config/service.environment.js';
import { LogOutput } from './log-output.js';

type LevelName = (typeof LOG_LEVELS)[number];
type JsonLine = ReturnType<ConsoleLogger['getJsonLogObject']>;

/** Nest's names of the levels, in the order of `LOG_LEVELS`. */
const NEST_LEVELS: readonly LogLevel[] = ['fatal', 'error', 'warn', 'log', 'debug', 'verbose'];

/** Where Nest tells of its own start-up, route by route. */
const NEST_CONTEXTS = new Set([
  'NestFactory',
  'NestApplication',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
]);

const LEVEL_OF = new Map(NEST_LEVELS.map((level, index) => [level, LOG_LEVELS[index]]));

/** A longer line is left to Nest, which cuts it there. */
const MAX_PLAIN_LENGTH = 1_000_000;

/** One line of JSON an event, with ids and numbers as fields of their own. */
export class JsonLogger extends ConsoleLogger {
  private readonly stdout = new LogOutput(() => process.stdout);
  private readonly stderr = new LogOutput(() => process.stderr);

  constructor(level: LevelName) {
    super({
      json: true,
      flattenParams: true,
      logLevels: NEST_LEVELS.slice(0, LOG_LEVELS.indexOf(level) + 1),
    });
  }

  override log(message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    if (typeof context === 'string' && NEST_CONTEXTS.has(context)) return;
    super.log(message, ...rest);
  }

  protected override printAsJson(...[message, options]: Parameters<ConsoleLogger['printAsJson']>): void {
    const line = this.stringifyJsonLogObject(this.getJsonLogObject(message, options));
    const output = options.writeStreamType === 'stderr' ? this.stderr : this.stdout;
    output.write(`${line}\n`);
    if (options.logLevel !== 'error' && options.logLevel !== 'fatal') return;
    // The end may follow, and what led there comes first.
    this.stdout.flush();
    this.stderr.flush();
  }

  protected override getJsonLogObject(
    ...[message, options]: Parameters<ConsoleLogger['getJsonLogObject']>
  ): JsonLine {
    const level = LEVEL_OF.get(options.logLevel) ?? options.logLevel;
    return { ...super.getJsonLogObject(message, options), level: level as LogLevel };
  }

  /** Nest asks for each value whether it is one that JSON cannot show; nearly every line has none. */
  protected override stringifyJsonLogObject(line: JsonLine): string {
    if (Object.values(line).some(isUnusual)) return super.stringifyJsonLogObject(line);
    const text = JSON.stringify(line);
    return text.length > MAX_PLAIN_LENGTH ? super.stringifyJsonLogObject(line) : text;
  }
}

const isUnusual = (value: unknown): boolean =>
  Array.isArray(value) ? !value.every(isPlain) : !isPlain(value);

const isPlain = (value: unknown): boolean =>
  value === null || !['object', 'bigint', 'symbol'].includes(typeof value);
