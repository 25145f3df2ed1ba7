import { ConsoleLogger } from '@nestjs/common';
import type { LogLevel } from '@nestjs/common';
import { LOG_LEVELS } from './config/service.environment.js';

type LevelName = (typeof LOG_LEVELS)[number];

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

/** One line of JSON an event, with ids and numbers as fields of their own. */
export class JsonLogger extends ConsoleLogger {
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

  protected override getJsonLogObject(
    ...[message, options]: Parameters<ConsoleLogger['getJsonLogObject']>
  ): ReturnType<ConsoleLogger['getJsonLogObject']> {
    const level = LOG_LEVELS[NEST_LEVELS.indexOf(options.logLevel)] ?? options.logLevel;
    return {
      ...super.getJsonLogObject(message, options),
      level: level as LogLevel,
    };
  }
}
