import type { LoggerService } from '@nestjs/common';
import { Logger, PinoLogger } from 'nestjs-pino';
import { pino } from 'pino';
import type { DestinationStream, LoggerOptions } from 'pino';
import pretty from 'pino-pretty';
import type { PrettyOptions } from 'pino-pretty';
import { traceFields } from '../trace/trace.js';
import { withoutControls, withVisibleControls } from './control-characters.js';
import { LogOutput } from './log-output.js';

/** From the most to the least severe; a level includes those before it. */
export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Nest logs every module and route at start-up under these names. */
const NEST_START_UP = new Set<unknown>([
  'NestFactory',
  'NestApplication',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
]);

const INFO = pino.levels.values['info'] ?? 30;

/**
 * The logger of the process: one JSON line per event, or readable lines on a terminal. `nestjs-pino` keeps the first
 * one that is created; later calls return a logger with the level and destination of the first.
 */
export function createLogger(
  level: LogLevel,
  destination: DestinationStream = standardOutput(),
): LoggerService {
  const options = loggerOptions(level);
  const logger = pino(options, destination);
  return new Logger(new PinoLogger({ pinoHttp: { logger } }), {});
}

function standardOutput(): DestinationStream {
  if (process.stdout.isTTY) return readableLines();
  const output = LogOutput.toStdout();
  return { write: (line) => output.write(withoutControls(line)) };
}

/** Lines for readers. Nothing that was logged can begin a line of its own, or reach the terminal as a command. */
export function readableLines(destination: PrettyOptions['destination'] = 1): DestinationStream {
  const output = pretty({
    destination,
    sync: true,
    singleLine: true,
    messageFormat: '{context}: {msg}',
    ignore: 'pid,hostname,context',
  });
  return { write: (line) => output.write(withVisibleControls(line)) };
}

/** With these, `logger.log(message, fields)` writes each field at the top level of the line. */
function loggerOptions(level: LogLevel): LoggerOptions {
  return {
    level,
    timestamp: pino.stdTimeFunctions.isoTime,
    mixin: traceFields,
    formatters: { level: (label) => ({ level: label }) },
    // Paths with a wildcard would cost a third of the time of every line.
    redact: ['authorization', 'headers.authorization', 'request.headers.authorization'],
    hooks: {
      logMethod([start, message, fields]: unknown[], write, levelNumber) {
        const line = {
          ...(start as object),
          ...(typeof fields === 'string' ? { stack: fields } : Object(fields)),
        };
        if (levelNumber <= INFO && NEST_START_UP.has(line.context)) return;
        write.call(this, line, message as string);
      },
    },
  };
}
