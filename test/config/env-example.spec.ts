import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { describe, expect, it } from 'vitest';
import { readEnvironment, variablesOf } from '../../src/config/environment.js';
import { ServiceEnvironment } from '../../src/config/service.environment.js';
import { SimulatorEnvironment } from '../../src/demo/simulator.environment.js';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

const EXAMPLE = read('.env.example');
const COMPOSE = read('docker-compose.yml');
const PAGE = read('docs/configuration.md');
const COMMENTED = /^# (?=[A-Z_]+=)/gm;

const REQUIRED = {
  REDIS_URL: 'redis://localhost:6379',
  PUBLIC_URL: 'https://stop.example.com',
  LINK_SECRET: 'a secret of thirty-two bytes or more',
  SIGNALWIRE_SPACE_URL: 'https://example.signalwire.com',
  SIGNALWIRE_PROJECT_ID: '8f0c4b47-9a52-4f6f-8c2f-8d112b5c9f5e',
  SIGNALWIRE_API_TOKEN: 'PT0123456789',
};

/** All variables, with the comment marks removed. */
const example = parseEnv(EXAMPLE.replaceAll(COMMENTED, '')) as Record<string, string>;

const serviceVariables = [...variablesOf(ServiceEnvironment)];
const simulatorVariables = ['SIMULATOR_PORT', 'SIMULATOR_HOST', 'SERVICE_URL', 'SERVICE_API_KEY'];
const composeVariables = [...COMPOSE.matchAll(/\$\{([A-Z_]+)/g)].map(([, name]) => name ?? '');

describe('.env.example', () => {
  it('names every variable, and no other', () => {
    expect(Object.keys(example).toSorted()).toEqual(
      [...new Set([...serviceVariables, ...simulatorVariables, ...composeVariables])].toSorted(),
    );
  });

  it('is valid as it is, once the required variables have values', () => {
    const asItIs = parseEnv(EXAMPLE) as Record<string, string>;
    expect(Object.values(asItIs).every((value) => value === '')).toBe(true);
    expect(readEnvironment(ServiceEnvironment, { ...asItIs, ...REQUIRED })).toEqual(
      readEnvironment(ServiceEnvironment, REQUIRED),
    );
  });

  it.each(serviceVariables.filter((name) => !Object.hasOwn(parseEnv(EXAMPLE), name)))(
    'shows the default of %s',
    (name) => {
      const byDefault = readEnvironment(ServiceEnvironment, REQUIRED);
      const asShown = readEnvironment(ServiceEnvironment, { ...REQUIRED, [name]: example[name] });
      expect(asShown).toEqual(byDefault);
      expect(example[name] === '').toBe(byDefault[name as keyof ServiceEnvironment] === undefined);
    },
  );

  it('shows the defaults of the simulator', () => {
    const { SIMULATOR_PORT, SIMULATOR_HOST } = example;
    expect([SIMULATOR_PORT, SIMULATOR_HOST]).not.toContain('');
    expect(readEnvironment(SimulatorEnvironment, { SIMULATOR_PORT, SIMULATOR_HOST })).toEqual(
      readEnvironment(SimulatorEnvironment, {}),
    );
  });

  it.each(composeVariables.filter((name) => !serviceVariables.includes(name)))(
    'shows the default that docker-compose.yml gives to %s',
    (name) => {
      expect(COMPOSE).toContain(`\${${name}:-${example[name]}}`);
    },
  );
});

describe('docs/configuration.md', () => {
  const rows = [...PAGE.matchAll(/^\| `([A-Z_]+)` \| ([^|]+) \|/gm)];
  const defaults = new Map(rows.map(([, name = '', shown = '']) => [name, shown.replaceAll('`', '')]));

  it('describes every variable once, and no other', () => {
    expect(rows.map(([, name = '']) => name).toSorted()).toEqual(Object.keys(example).toSorted());
  });

  it.each(Object.entries(example))('shows the default of %s', (name, value) => {
    expect(value === '' ? ['–', 'required', 'required*'] : [value]).toContain(defaults.get(name));
  });
});

describe('docker-compose.yml', () => {
  const settings = [
    COMPOSE,
    read('deploy/compose/signalwire.yml'),
    read('deploy/compose/real-signalwire.yml'),
    read('deploy/compose/redis.yml'),
  ];

  it.each(serviceVariables)('sets or passes on %s', (name) => {
    expect(settings.join('\n')).toMatch(new RegExp(`^ +${name}:`, 'm'));
  });
});
