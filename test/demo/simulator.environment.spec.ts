import { describe, expect, it } from 'vitest';
import { readEnvironment } from '../../src/config/environment.js';
import { simulatorConfig, SimulatorEnvironment } from '../../src/demo/simulator.environment.js';
import { DEFAULT_CONFIG } from '../../src/simulator/simulator.config.js';

const configOf = (variables: Record<string, string>) =>
  simulatorConfig(readEnvironment(SimulatorEnvironment, variables));

describe("the simulator's environment", () => {
  it('has a default for every variable', () => {
    expect(configOf({})).toEqual({ ...DEFAULT_CONFIG, signingKey: undefined });
  });

  it('sets address, credentials, signing key and the way to the service', () => {
    const variables = {
      SIMULATOR_PORT: '4011',
      SIMULATOR_HOST: '0.0.0.0',
      SIGNALWIRE_PROJECT_ID: 'p',
      SIGNALWIRE_API_TOKEN: 't',
      SIGNALWIRE_SIGNING_KEY: 'k',
      SERVICE_URL: 'http://streamstop:3000',
      SERVICE_API_KEY: 's',
    };
    expect(configOf(variables)).toMatchObject({
      port: 4011,
      host: '0.0.0.0',
      projectId: 'p',
      apiToken: 't',
      signingKey: 'k',
      serviceUrl: 'http://streamstop:3000',
      serviceApiKey: 's',
    });
  });

  it.each([
    ['SIMULATOR_PORT', 'http'],
    ['SERVICE_URL', 'localhost:3000'],
  ])('rejects a wrong %s by name', (name, value) => {
    expect(() => configOf({ [name]: value })).toThrow(name);
  });
});
