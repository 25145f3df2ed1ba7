import { describe, expect, it } from 'vitest';
import { compose } from './compose-project.js';

const REAL = {
  SIGNALWIRE_SPACE_URL: 'https://example.signalwire.com',
  SIGNALWIRE_PROJECT_ID: '8f0c4b47-9a52-4f6f-8c2f-8d112b5c9f5e',
  SIGNALWIRE_API_TOKEN: 'PT0123456789',
  PUBLIC_URL: 'https://stop.example.com',
  LINK_SECRET: 'a link secret of thirty-two bytes or more',
  API_KEYS: 'billing:k1',
};

interface ComposeFile {
  readonly services: Readonly<Record<string, { readonly environment?: Readonly<Record<string, string>> }>>;
}

async function environments(variables: Readonly<Record<string, string>>) {
  const { services } = JSON.parse(await compose(['config', '--format', 'json'], variables)) as ComposeFile;
  const { streamstop, worker, simulator } = services;
  return {
    streamstop: streamstop?.environment,
    worker: worker?.environment,
    simulator: simulator?.environment,
  };
}

describe('the settings of docker-compose.yml', () => {
  it('hands a space of SignalWire and what belongs to it to the service, and none of it to the simulator', async () => {
    const given = { ...REAL, SIGNALWIRE_SIGNING_KEY: 'PSK0123', MAX_ATTEMPTS: '3' };
    const { streamstop, worker, simulator } = await environments(given);
    expect(streamstop).toMatchObject({ ...given, ROLES: 'api,documents' });
    expect(worker).toMatchObject({ ...given, ROLES: 'worker' });
    expect(simulator).toEqual({ SIMULATOR_HOST: '0.0.0.0', SIMULATOR_PORT: '4010' });
  });

  it.each(Object.keys(REAL).filter((name) => name !== 'SIGNALWIRE_SPACE_URL'))(
    'refuses a space of SignalWire without %s',
    async (name) => {
      await expect(environments({ ...REAL, [name]: '' })).rejects.toThrow(
        `${name} is missing a value: set it in .env`,
      );
    },
  );

  it('keeps a token of SignalWire from the simulator when the space is missing', async () => {
    const { worker } = await environments({ ...REAL, SIGNALWIRE_SPACE_URL: '' });
    expect(worker).toMatchObject({
      SIGNALWIRE_SPACE_URL: 'http://simulator:4010',
      SIGNALWIRE_API_TOKEN: 'PTsimulator',
    });
  });
});
