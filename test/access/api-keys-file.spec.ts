import * as fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { readApiKeysFile } from '../../src/access/api-keys-file.js';
import { digestOf, withFullAccess } from '../../src/access/key-entry.js';
import { InvalidFileError } from '../../src/projects/projects.errors.js';
import { scratchFile } from '../projects/fixtures/projects-file.js';

const KEY = 'correct-horse-battery-staple';
const OTHER = 'another-horse-battery-staple';
const BILLING = { name: 'billing', keyHash: digestOf(KEY), scopes: ['cancel'] };

const projects = { get: (name: string) => (name === 'sales' ? ({} as never) : undefined) };
const beside = [withFullAccess({ name: 'support', key: 'key-of-support-in-API_KEYS' })];

const read = async (content: unknown) =>
  readApiKeysFile(await scratchFile(content, 'api-keys.json'), beside, projects);

async function faultsOf(content: unknown): Promise<readonly string[]> {
  try {
    await read(content);
  } catch (error) {
    if (error instanceof InvalidFileError) return error.faults;
    throw error;
  }
  return [];
}

const faultsWith = (changes: object) => faultsOf({ keys: [{ ...BILLING, ...changes }] });

function setVariable(name: string, value: string): void {
  vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
}

describe('the file of API keys', () => {
  it('gives each key by its hash, its variable or its file', async () => {
    setVariable('KEY_OF_RISK', OTHER);
    const file = await scratchFile(`${KEY}-in-a-file\n`, 'key');
    const entries = await read({
      keys: [
        { ...BILLING, keyHash: BILLING.keyHash.toUpperCase() },
        { name: 'risk', key: { env: 'KEY_OF_RISK' }, scopes: ['read', 'operate'], projects: null },
        { name: 'sales', key: { file }, scopes: ['cancel', 'read'], projects: ['sales'] },
      ],
    });
    expect(entries).toEqual([
      {
        digest: digestOf(KEY),
        caller: { name: 'billing', scopes: new Set(['cancel']), projects: null },
      },
      {
        digest: digestOf(OTHER),
        caller: { name: 'risk', scopes: new Set(['read', 'operate']), projects: null },
      },
      {
        digest: digestOf(`${KEY}-in-a-file`),
        caller: { name: 'sales', scopes: new Set(['cancel', 'read']), projects: new Set(['sales']) },
      },
    ]);
  });

  it.each([
    ['', 'the file is not valid JSON'],
    ['[]', 'the file must be a JSON object with the field keys'],
    ['{}', 'keys must be a list of 1 to 1000 keys'],
    [{ keys: [] }, 'keys must be a list of 1 to 1000 keys'],
    [
      {
        keys: Array.from({ length: 1001 }, (_, n) => ({
          ...BILLING,
          name: `k${n}`,
          keyHash: digestOf(`${n}`),
        })),
      },
      'keys must be a list of 1 to 1000 keys',
    ],
    [{ keys: ['billing'] }, 'keys: each of keys must be an object'],
    [{ keys: [BILLING], key: 1 }, 'key is not a known field; remove it'],
    [`{"keys": [], "x": "${'x'.repeat(1_000_000)}"}`, 'the file is longer than 1000000 bytes'],
  ])('is refused as a whole for case %#', async (content, fault) => {
    expect(await faultsOf(content)).toEqual([fault]);
  });

  const CREDENTIAL =
    'key must be {"env": "NAME"} or {"file": "/path"}, which holds a key of 24 or more visible ASCII characters, or keyHash in its place';
  const SCOPES = 'scopes must be a list of one or more of cancel, read, operate, each once';
  const PROJECTS = 'projects must be a list of 1 to 1000 names of projects, each once';

  it.each<[object, string]>([
    [{ name: undefined }, 'name: name is required and must be 1 to 64 letters'],
    [{ name: 'a b' }, 'name: name is required and must be'],
    [{ keyHash: undefined }, `key: ${CREDENTIAL}`],
    [{ keyHash: null }, `key: ${CREDENTIAL}`],
    [{ keyHash: 'abc' }, 'keyHash: keyHash must be the SHA-256 of the key as 64 hexadecimal digits'],
    [{ keyHash: 1 }, 'keyHash: keyHash must be the SHA-256'],
    [{ key: { env: 'NONE' } }, 'key: key names a variable that is not set'],
    [{ keyHash: undefined, key: KEY }, `key: ${CREDENTIAL}`],
    [{ keyHash: undefined, key: { env: 'NONE' } }, 'key: key names a variable that is not set'],
    [{ keyHash: undefined, key: { env: 'SHORT_KEY' } }, `key: ${CREDENTIAL}`],
    [{ keyHash: undefined, key: { file: 'key' } }, 'key: key must name its file by an absolute path'],
    [{ keyHash: undefined, key: { file: '/none' } }, 'key: key names a file that cannot be read (ENOENT)'],
    [{ scopes: undefined }, `scopes: ${SCOPES}`],
    [{ scopes: [] }, `scopes: ${SCOPES}`],
    [{ scopes: 'cancel' }, `scopes: ${SCOPES}`],
    [{ scopes: ['cancel', 'admin'] }, `scopes: ${SCOPES}`],
    [{ scopes: ['cancel', 'cancel'] }, `scopes: ${SCOPES}`],
    [{ projects: [] }, `projects: ${PROJECTS}`],
    [{ projects: 'sales' }, `projects: ${PROJECTS}`],
    [{ projects: ['sales', 'sales'] }, `projects: ${PROJECTS}`],
    [{ projects: [1] }, `projects: ${PROJECTS}`],
    [{ projects: ['sales', 'Sales'] }, 'projects[1]: must be the name of a configured project'],
    [{ name: 'support' }, 'name: name must differ from that of a key in API_KEYS'],
    [
      { keyHash: digestOf('key-of-support-in-API_KEYS') },
      'keyHash: keyHash must differ from that of a key in API_KEYS',
    ],
    [{ scope: ['cancel'] }, 'scope: scope is not a known field; remove it'],
  ])('is refused for an entry with %j', async (changes, fault) => {
    setVariable('SHORT_KEY', 'too short');
    expect((await faultsWith(changes)).map((line) => line.slice(0, `keys[0].${fault}`.length))).toContain(
      `keys[0].${fault}`,
    );
  });

  it('is refused for a key beside its hash', async () => {
    setVariable('KEY_OF_RISK', OTHER);
    expect(await faultsWith({ key: { env: 'KEY_OF_RISK' } })).toEqual([
      'keys[0].keyHash: keyHash takes the place of key; give one alone',
    ]);
  });

  it('names every fault at once, each in its place', async () => {
    const second = { ...BILLING, scopes: ['write'], projects: ['nowhere'] };
    expect(
      await faultsOf({
        keys: [BILLING, second, { ...BILLING, name: 'c', keyHash: digestOf('c'), scopes: [] }],
      }),
    ).toEqual([
      `keys[1].scopes: ${SCOPES}`,
      `keys[2].scopes: ${SCOPES}`,
      'keys[1].name: name must differ from that of keys[0]',
      'keys[1].keyHash: keyHash must differ from that of keys[0]',
      'keys[1].projects[0]: must be the name of a configured project',
    ]);
  });

  it('never crashes the reader', async () => {
    const fields = ['name', 'keyHash', 'key', 'scopes', 'projects'];
    const entry = fc.record(
      Object.fromEntries(
        fields.map((field) => [field, fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constant('x'))]),
      ),
      { requiredKeys: [] },
    );
    const content = fc.record({ keys: fc.array(fc.oneof(entry, fc.jsonValue())) });
    await fc.assert(
      fc.asyncProperty(content, async (content) => {
        expect((await faultsOf(content)).length).toBeGreaterThan(0);
      }),
      { numRuns: 100 },
    );
  });

  it('is refused without quoting a key that stands in it', async () => {
    expect((await faultsWith({ keyHash: KEY, key: OTHER })).join('\n')).not.toMatch(/horse/);
  });
});
