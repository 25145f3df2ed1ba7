import { describe, expect, it } from 'vitest';
import { requiredKeys } from '../../../src/documents/access/required-keys.js';

const project = (...signingKeys: string[]) => ({ signingKeys });

describe('the keys of which one must have signed a request', () => {
  it('are those of its project, two during a rotation', () => {
    const all = [project('a'), project('new', 'old')];
    expect(requiredKeys(all[1], all)).toEqual({ keys: ['new', 'old'], isOpen: false });
  });

  it('are none if its project has none', () => {
    expect(requiredKeys(project(), [project('a')])).toEqual({ keys: [], isOpen: true });
  });

  it('are those of a single project if the request’s project is unknown', () => {
    const all = Array.from({ length: 1000 }, (_, index) => project(`new ${index}`, `old ${index}`));
    expect(requiredKeys(undefined, all)).toEqual({ keys: ['new 0', 'old 0'], isOpen: false });
  });

  it('are optional if the unknown project could be one without keys', () => {
    expect(requiredKeys(undefined, [project(), project('a')])).toEqual({ keys: ['a'], isOpen: true });
  });

  it('are met by nothing if there are no projects', () => {
    expect(requiredKeys(undefined, [])).toEqual({ keys: [], isOpen: false });
  });
});
