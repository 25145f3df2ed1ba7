import { describe, expect, it } from 'vitest';
import { variablesOf } from '../../src/config/environment.js';
import { misspelledIn } from '../../src/config/misspelled.js';
import { ServiceEnvironment } from '../../src/config/service.environment.js';

const KNOWN = variablesOf(ServiceEnvironment);

describe('a variable', () => {
  it.each([
    ['DEADLNE_MS', 'DEADLINE_MS'],
    ['DEADLINES_MS', 'DEADLINE_MS'],
    ['DEADLIEN_MS', 'DEADLINE_MS'],
    ['DEADLINE-MS', 'DEADLINE_MS'],
    ['deadline_ms', 'DEADLINE_MS'],
    ['ROLE', 'ROLES'],
    ['API_KEY', 'API_KEYS'],
  ])('%s resembles %s', (variable, meant) => {
    expect(misspelledIn([variable], KNOWN)).toEqual([{ variable, meant }]);
  });

  it.each(['PATH', 'HOST', 'HOME', 'FTP_PROXY', 'no_proxy', 'REDIS_PORT', 'NODE_ENV', 'DEADLINE_MS'])(
    '%s resembles none',
    (variable) => {
      expect(misspelledIn([variable], KNOWN)).toEqual([]);
    },
  );
});
