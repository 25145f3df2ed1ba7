import { describe, expect, it } from 'vitest';
import { requiredKeys } from '../../../src/documents/access/required-keys.js';

const project = (...signingKeys: string[]) => ({ signingKeys });

describe('the keys that a request needs one of', () => {
  it('are those of its project, two while one is rotated', () => {
    const all = [project('a'), project('new', 'old')];
    expect(requiredKeys(all[1], all)).toEqual({ keys: ['new', 'old'], isOpen: false });
  });

  it('are none where its project has none', () => {
    expect(requiredKeys(project(), [project('a')])).toEqual({ keys: [], isOpen: true });
  });

  it('are those of one project, however many there are, where it is of none', () => {
    const all = Array.from({ length: 1000 }, (_, index) => project(`new ${index}`, `old ${index}`));
    expect(requiredKeys(undefined, all)).toEqual({ keys: ['new 0', 'old 0'], isOpen: false });
  });

  it('are needed no more where it can be of one without keys', () => {
    expect(requiredKeys(undefined, [project(), project('a')])).toEqual({ keys: ['a'], isOpen: true });
  });

  it('are met by nobody where there is no project', () => {
    expect(requiredKeys(undefined, [])).toEqual({ keys: [], isOpen: false });
  });
});
