import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readEnvironment } from '../../src/config/environment.js';
import { ServiceEnvironment } from '../../src/config/service.environment.js';

const SECRETS = {
  LINK_SECRET: 'a secret of thirty-two bytes or more',
  REDIS_URL: 'redis://localhost:6379',
  SIGNALWIRE_API_TOKEN: 'PT0123456789',
  SIGNALWIRE_SIGNING_KEY: 'PSK0123456789',
  SIGNALWIRE_PREVIOUS_SIGNING_KEY: 'PSK9876543210',
};
const OTHERS = {
  PUBLIC_URL: 'https://stop.example.com',
  SIGNALWIRE_SPACE_URL: 'https://example.signalwire.com',
  SIGNALWIRE_PROJECT_ID: '8f0c4b47-9a52-4f6f-8c2f-8d112b5c9f5e',
};

/** A variable with `_FILE` for each secret, whose file ends with a line break. */
async function files(): Promise<Record<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'streamstop-test-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const entries = Object.entries(SECRETS).map(async ([name, value]) => {
    const path = join(folder, name);
    await writeFile(path, `${value}\n`);
    return [`${name}_FILE`, path] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

describe('secrets in files', () => {
  it('are read as if they were variables', async () => {
    const paths = await files();
    expect(readEnvironment(ServiceEnvironment, { ...OTHERS, ...paths })).toEqual(
      Object.assign(readEnvironment(ServiceEnvironment, { ...OTHERS, ...SECRETS }), paths),
    );
  });

  it('must be readable, and in one place only', async () => {
    const variables = {
      ...OTHERS,
      ...(await files()),
      LINK_SECRET: SECRETS.LINK_SECRET,
      SIGNALWIRE_API_TOKEN_FILE: '/none',
    };
    expect(() => readEnvironment(ServiceEnvironment, variables)).toThrow(
      /LINK_SECRET_FILE and LINK_SECRET are both set[^]*SIGNALWIRE_API_TOKEN_FILE cannot be read: ENOENT/,
    );
  });
});
