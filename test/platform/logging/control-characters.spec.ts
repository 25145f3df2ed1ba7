import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { __resetOutOfContextForTests as forgetLogger } from 'nestjs-pino/PinoLogger.js';
import { afterEach, describe, expect, it } from 'vitest';
import { withoutControls } from '../../../src/platform/logging/control-characters.js';
import { createLogger, readableLines } from '../../../src/platform/logging/logger.js';

const CONTROL = /[\p{Cc}\u2028\u2029\u202E\u2066]/u;

/** What somebody who answers in SignalWire's place may send. */
const HOSTILE = [
  'line\n[12:00:00] ERROR: forged',
  'return\r\u001B[2K\u001B[1A',
  'eight bits \u009B2J \u0085',
  'separators \u2028 and \u2029',
  'backwards \u202E and isolated \u2066',
  'backspace \b\b\b, bell \u0007, null \u0000, delete \u007F',
  'looks escaped \\u001b \\n "quoted" \\',
];

afterEach(() => forgetLogger());

/** The lines of a terminal, without the colours of our own. */
function onTerminal(log: (logger: ReturnType<typeof createLogger>) => void): string[] {
  let written = '';
  const terminal = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      written += chunk.toString();
      done();
    },
  });
  log(createLogger('trace', readableLines(terminal)));
  return stripVTControlCharacters(written).trimEnd().split('\n');
}

describe('control characters of others', () => {
  it.each(HOSTILE)('begin no line of their own on a terminal and move no cursor: %j', (text) => {
    const lines = onTerminal((logger) => {
      logger.warn('attempt failed', { reason: text, nested: { deep: [text] } }, 'Sending');
      logger.warn(text, 'Sending');
      logger.log('after', 'Sending');
    });
    expect(lines).toHaveLength(3);
    for (const line of lines) {
      expect(line).toMatch(/^\[.+\] (?:INFO|WARN)/);
      expect(line).not.toMatch(CONTROL);
    }
  });

  it('cannot pass for a line in the stack of an error, which is indented', () => {
    const error = new Error('first\n[12:00:00.000] ERROR: forged\r\u001B[1A');
    const lines = onTerminal((logger) => {
      logger.error('request failed', error.stack, 'Test');
      logger.error('request failed', { error }, 'Test');
    });
    const begun = lines.filter((line) => /^\S/.test(line));
    expect(begun.map((line) => line.replace(/^\[.+?\] /, ''))).toEqual([
      expect.stringMatching(/^ERROR: Test: request failed/),
      expect.stringMatching(/^ERROR: Test: request failed/),
    ]);
    expect(lines.join('')).not.toMatch(CONTROL);
  });

  it.each(HOSTILE)('are escaped in a JSON line, which means the same: %j', (text) => {
    const line = `${JSON.stringify({ msg: text, deep: [{ text }] })}\n`;
    const written = withoutControls(line);
    expect(written.slice(0, -1)).not.toMatch(CONTROL);
    expect(JSON.parse(written)).toEqual(JSON.parse(line));
  });
});
