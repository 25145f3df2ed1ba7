import { describe, expect, it } from 'vitest';
import { requiredKeys } from '../../src/documents/required-keys.js';

const project = (...signingKeys: string[]) => ({ signingKeys });

describe('the keys that a request needs one of', () => {
  it('are those of its project, two while one is rotated', () => {
    expect(requiredKeys([project('new', 'old')])).toEqual(['new', 'old']);
  });

  it('are none where its project has none', () => {
    expect(requiredKeys([project()])).toBeNull();
  });

  it('are those of all projects where it can be any of them', () => {
    expect(requiredKeys([project('a'), project('b', 'c')])).toEqual(['a', 'b', 'c']);
  });

  it('are none where it can be one without keys', () => {
    expect(requiredKeys([project('a'), project()])).toBeNull();
  });

  it('are met by nobody where there is no project', () => {
    expect(requiredKeys([])).toEqual([]);
  });
});
