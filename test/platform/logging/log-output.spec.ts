import { openSync, closeSync, writeSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LogOutput, logLinesLost } from '../../../src/platform/logging/log-output.js';

const NOW = new Date(Date.UTC(2026, 0, 1));

/** An output whose writes can fail, or take only a few bytes. */
function output() {
  const state = { written: '', failsWith: '', atOnce: Infinity };
  const log = new LogOutput(
    (bytes) => {
      if (state.failsWith !== '') throw Object.assign(new Error('x'), { code: state.failsWith });
      const some = bytes.subarray(0, state.atOnce);
      state.written += some.toString();
      return some.length;
    },
    () => NOW,
  );
  return { log, state };
}

describe('the output of the log', () => {
  it.each(['ENOSPC', 'EPIPE', 'EIO', 'EAGAIN'])(
    'loses lines to %s, counts them and says so afterwards',
    (code) => {
      const before = logLinesLost();
      const { log, state } = output();
      log.write('1\n');
      state.failsWith = code;
      log.write('2\n');
      log.write('3\n');
      expect(logLinesLost() - before).toBe(2);
      state.failsWith = '';
      log.write('4\n');
      log.write('5\n');
      const report = {
        level: 'error',
        time: NOW.toISOString(),
        context: 'Log',
        msg: 'log lines were lost',
        lines: 2,
      };
      expect(state.written).toBe(`1\n${JSON.stringify(report)}\n4\n5\n`);
    },
  );

  it('writes the rest of a line of which only a part was taken', () => {
    const { log, state } = output();
    state.atOnce = 3;
    log.write('0123456789\n');
    expect(state.written).toBe('0123456789\n');
  });

  it('begins anew after a line that broke off', () => {
    let writes = 0;
    let written = '';
    const log = new LogOutput((bytes) => {
      writes += 1;
      if (writes === 2) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
      const some = writes === 1 ? bytes.subarray(0, 4) : bytes;
      written += some.toString();
      return some.length;
    });
    log.write('0123456789\n');
    log.write('next\n');
    expect(written.split('\n')).toMatchObject([
      '0123',
      expect.stringContaining('log lines were lost'),
      'next',
      '',
    ]);
  });

  it('survives a disk that is full', () => {
    const fd = openSync('/dev/full', 'w');
    onTestFinished(() => closeSync(fd));
    const before = logLinesLost();
    new LogOutput((bytes) => writeSync(fd, bytes)).write('line\n');
    expect(logLinesLost() - before).toBe(1);
  });
});
