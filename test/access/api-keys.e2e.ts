import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { describe, expect, inject, it } from 'vitest';
import { digestOf } from '../../src/access/key-entry.js';
import { scratchFile } from '../projects/fixtures/projects-file.js';
import { run } from '../support/program.js';
import { ApiClient, testVariables } from '../support/service.js';

const nowhere = { url: 'http://127.0.0.1:9', projectId: 'project', apiToken: 'token' };

const OLD = 'old-horse-battery-staple';
const NEW = 'new-horse-battery-staple';
const entry = (name: string, key: string) => ({ name, keyHash: digestOf(key), scopes: ['read'] });

const variablesWith = async (API_KEYS_FILE: string) => ({
  ...(await testVariables(nowhere)),
  ROLES: 'api',
  API_KEYS_FILE,
  LOG_LEVEL: 'info',
});

describe('a process', () => {
  it('does not start with an invalid file of API keys, and reports every fault', async () => {
    const keys = [{ ...entry('billing', OLD), scopes: ['write'] }, entry('billing', NEW)];
    const path = await scratchFile({ keys }, 'api-keys.json');
    const { exitCode, output, errors } = await run(await variablesWith(path)).end();
    expect({ exitCode, output }).toEqual({ exitCode: 1, output: [] });
    expect(errors.split('\n')).toEqual([
      `Invalid API_KEYS_FILE ${path}:`,
      '  - keys[0].scopes: scopes must be a list of one or more of cancel, read, operate, each once',
      '  - keys[1].name: name must differ from that of keys[0]',
      '',
    ]);
  });

  it('reloads the API keys at SIGHUP, unless they are invalid', async () => {
    const path = await scratchFile({ keys: [entry('billing', OLD)] }, 'api-keys.json');
    const service = run(await variablesWith(path));
    const { api: url } = await service.logged('started');
    const statuses = () =>
      Promise.all(
        [OLD, NEW].map(async (key) => (await new ApiClient(String(url), key).request('/nowhere')).status),
      );
    const reload = async (keys: readonly object[], message: string) => {
      await writeFile(path, JSON.stringify({ keys }));
      const logged = service.logged(message);
      service.child.kill('SIGHUP');
      return logged;
    };
    expect(await statuses()).toEqual([404, 401]);
    expect(await reload([entry('', NEW)], 'API keys not reloaded: API_KEYS_FILE is invalid')).toMatchObject({
      level: 'error',
      audit: true,
      faults: [expect.stringContaining('keys[0].name')],
    });
    expect(await statuses()).toEqual([404, 401]);
    const both = [entry('billing', OLD), entry('billing-next', NEW)];
    expect(await reload(both, 'API keys reloaded')).toMatchObject({
      audit: true,
      added: ['billing-next'],
      removed: [],
      changed: [],
    });
    expect(await statuses()).toEqual([404, 404]);
    expect(await reload([entry('billing-next', NEW)], 'API keys reloaded')).toMatchObject({
      removed: ['billing'],
    });
    expect(await statuses()).toEqual([401, 404]);
  });
});

const apiKey = (...args: string[]) =>
  promisify(execFile)(process.execPath, ['api-key.js', ...args], { cwd: inject('built') });

describe('npm run api-key', () => {
  it('prints another key each time, with its hash and its entry', async () => {
    const printed = await Promise.all([apiKey('billing'), apiKey('billing')]);
    const keys = printed.map(({ stdout }) => {
      const key = /^key: +([\w-]{43})$/m.exec(stdout)?.[1] ?? '';
      const { name, keyHash, scopes } = JSON.parse(
        /^For API_KEYS_FILE: (.*)$/m.exec(stdout)?.[1] ?? '',
      ) as ReturnType<typeof entry>;
      expect({ name, keyHash, scopes }).toEqual({
        name: 'billing',
        keyHash: digestOf(key),
        scopes: ['cancel', 'read', 'operate'],
      });
      expect(stdout).toContain(`keyHash:  ${digestOf(key)}`);
      return key;
    });
    expect(new Set(keys).size).toBe(2);
  });

  it('refuses a name that no key can have', async () => {
    await expect(apiKey('two words')).rejects.toMatchObject({ code: 1, stdout: '' });
  });
});
