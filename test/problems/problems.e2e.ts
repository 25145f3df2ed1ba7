import { describe, expect, it } from 'vitest';
import { bearer, keyedApi } from '../access/fixtures/keyed-api.js';
import { PROBLEMS } from '../../src/problems/catalogue.js';

const NAMES = ['cancel', 'read', 'operate'] as const;

describe('the kinds of problems', () => {
  const { get, send } = keyedApi([
    ...NAMES.map((name) => ({ name: `${name}-only`, scopes: [name] })),
    { name: 'billing-only', scopes: ['read'], projects: ['billing'] },
  ]);

  it('are all listed, by status', async () => {
    const { items } = (await get('/problems', bearer('read-only'))).json<{
      items: { code: string; status: number; advice: string }[];
    }>();
    expect(items.map(({ code }) => code).toSorted()).toEqual(Object.keys(PROBLEMS).toSorted());
    const statuses = items.map(({ status }) => status);
    expect(statuses).toEqual(statuses.toSorted((a, b) => a - b));
    expect(items.filter(({ advice }) => advice === '')).toEqual([]);
  });

  it('are explained where the type of a problem leads', async () => {
    const problem = (await send({}, bearer('cancel-only'))).json<{ type: string; title: string }>();
    expect((await get(problem.type, bearer('cancel-only'))).json()).toEqual({
      type: problem.type,
      code: 'invalid_body',
      status: 400,
      title: problem.title,
      advice: PROBLEMS.invalid_body.advice,
    });
  });

  it('have no others', async () => {
    for (const code of ['nonsense', 'constructor', '__proto__']) {
      const response = await get(`/problems/${code}`, bearer('read-only'));
      expect([response.statusCode, response.json<{ code: string }>().code]).toEqual([404, 'not_found']);
    }
  });

  it('are for every key, whatever its scopes and projects, and for nobody without one', async () => {
    for (const name of [...NAMES, 'billing'])
      expect([name, (await get('/problems', bearer(`${name}-only`))).statusCode]).toEqual([name, 200]);
    expect((await get('/problems')).statusCode).toBe(401);
  });
});
