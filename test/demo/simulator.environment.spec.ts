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

  it('sets address, credentials and signing key', () => {
    const variables = {
      SIMULATOR_PORT: '4011',
      SIMULATOR_HOST: '0.0.0.0',
      SIGNALWIRE_PROJECT_ID: 'p',
      SIGNALWIRE_API_TOKEN: 't',
      SIGNALWIRE_SIGNING_KEY: 'k',
    };
    expect(configOf(variables)).toMatchObject({
      port: 4011,
      host: '0.0.0.0',
      projectId: 'p',
      apiToken: 't',
      signingKey: 'k',
    });
  });

  it('rejects a wrong port by name', () => {
    expect(() => configOf({ SIMULATOR_PORT: 'http' })).toThrow('SIMULATOR_PORT');
  });
});
