import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { InvalidEnvironmentError } from '../../../src/config/environment.js';
import { startTestService } from '../../support/service.js';

const TOKEN = 'a-token-for-scrapes-of-tests';
const KEY = 'correct-horse-battery-staple';

const SETTINGS: [string, Record<string, string>][] = [
  ['the API, with API keys', { API_KEYS: `billing:${KEY}` }],
  ['the API, without', {}],
  ['METRICS_PORT', { ROLES: 'worker' }],
];

describe('METRICS_TOKEN', () => {
  it.each(SETTINGS)('lets only its bearer read the metrics of %s', async (_, variables) => {
    const service = await startTestService({ ...variables, METRICS_TOKEN: TOKEN });
    onTestFinished(() => service.close());
    const url = String(service.urls.operations ?? service.urls.api);
    const scrape = (authorization?: string) =>
      fetch(`${url}/metrics`, { headers: authorization === undefined ? {} : { authorization } });

    const metrics = await scrape(`Bearer ${TOKEN}`);
    expect(metrics.status).toBe(200);
    for (const wrong of [undefined, 'Bearer', `Basic ${TOKEN}`, `Bearer ${TOKEN}x`, `Bearer ${KEY}`]) {
      const refused = await scrape(wrong);
      expect([wrong, refused.status, refused.headers.get('www-authenticate')]).toEqual([
        wrong,
        401,
        'Bearer realm="streamstop metrics"',
      ]);
      expect(await refused.json()).toMatchObject({
        code: 'unauthorized',
        detail: 'METRICS_TOKEN is needed: Authorization: Bearer TOKEN',
      });
    }
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    expect(await (await scrape(`bearer ${TOKEN}`)).text()).toContain(
      'streamstop_api_requests_refused_total{reason="metrics_token"} 5\n',
    );
  });

  it.each(SETTINGS)('lets anyone read the metrics of %s if it is unset', async (_, variables) => {
    const service = await startTestService(variables);
    onTestFinished(() => service.close());
    const url = `${service.urls.operations ?? service.urls.api}/metrics`;
    expect((await fetch(url)).status).toBe(200);
    expect((await fetch(url, { headers: { authorization: 'Bearer' } })).status).toBe(200);
  });

  it('can be in a file, and must be long', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'streamstop-test-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const path = join(folder, 'token');
    await writeFile(path, `${TOKEN}\n`);
    const service = await startTestService({ METRICS_TOKEN_FILE: path });
    onTestFinished(() => service.close());
    expect((await service.api.request('/metrics')).status).toBe(401);
    const headers = { authorization: `Bearer ${TOKEN}` };
    expect((await service.api.request('/metrics', { headers })).status).toBe(200);

    await expect(startTestService({ METRICS_TOKEN: 'short' })).rejects.toThrow(InvalidEnvironmentError);
  });
});
