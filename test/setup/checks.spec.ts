import { describe, expect, it } from 'vitest';
import { worstOf } from '../../src/setup/check.js';
import type { CheckStatus } from '../../src/setup/check.js';
import { checkClock, checkSigningKeys } from '../../src/setup/signalwire.js';

describe('the status of a report', () => {
  it.each<[CheckStatus, CheckStatus[]]>([
    ['ok', []],
    ['ok', ['ok', 'ok']],
    ['warning', ['ok', 'warning']],
    ['failed', ['failed', 'warning', 'ok']],
  ])('is %s for %j', (worst, statuses) => {
    expect(worstOf(statuses.map((status) => ({ status })))).toBe(worst);
  });
});

describe('the signing keys of a project', () => {
  it.each<[string, CheckStatus, string[]]>([
    ['none', 'warning', []],
    ['one', 'ok', ['PSKtest1234567890abcdef']],
    ['two in a rotation', 'ok', ['PSKtest1234567890abcdef', 'PSKother1234567890abcdef']],
    ['an API token in place of one', 'warning', ['PTtest1234567890abcdef']],
    ['one with quotes', 'warning', ['"PSKtest1234567890abcdef"']],
  ])('%s: %s', (_, status, signingKeys) => {
    expect(checkSigningKeys({ signingKeys }).status).toBe(status);
  });
});

describe("a clock next to SignalWire's", () => {
  it.each<[number, boolean, CheckStatus, string, string | null]>([
    [0, true, 'ok', "it differs from SignalWire's by 0 s", null],
    [30_000, true, 'ok', 'by 30 s', null],
    [-30_000, true, 'ok', 'by 30 s', null],
    [
      31_000,
      true,
      'warning',
      "of the machine that runs Redis is 31 s ahead of SignalWire's",
      'set the clock of the machine that runs Redis by NTP',
    ],
    [
      -3_600_000,
      false,
      'warning',
      "of this machine is 3600 s behind SignalWire's",
      'set the clock of this machine by NTP',
    ],
  ])('ahead by %d ms, shared: %s: %s', (aheadMs, isShared, status, message, advice) => {
    const finding = checkClock(aheadMs, isShared);
    expect(finding.status).toBe(status);
    expect(finding.message).toContain(message);
    expect(finding.advice).toBe(advice);
  });
});
