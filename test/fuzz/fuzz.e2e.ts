import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stopLinkPaths } from '../bench/programs/stop-links.js';
import { LINK_SECRET, startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { apiRequests } from './api-requests.js';
import { Description } from '../support/description/description.js';
import type { OpenApi } from '../support/description/open-api.js';
import { fuzz } from './fuzz.js';
import { publicRequests } from './public-requests.js';
import { BASE_PATH, cancelled, fuzzVariables } from './setting.js';
import { apiVerdict, publicVerdict } from './verdict.js';

const COUNT = 500;

let folder: string;
let service: TestService;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'streamstop-fuzz-'));
  service = await startTestService(await fuzzVariables(folder));
});
afterAll(async () => {
  await service.close();
  await rm(folder, { recursive: true });
});

describe('random requests', { timeout: 60_000 }, () => {
  const seed = randomInt(2 ** 31);

  it('to the API get a problem or what they asked for, as described', async () => {
    const { urls, api, simulator } = service;
    const openApi = (await (await api.request('/openapi.json')).json()) as OpenApi;
    const { sid } = simulator.createCall({ streams: [{ name: 'stream' }] });
    const connections = apiRequests(openApi, await cancelled(api.url, [sid, 'no-call']));
    const verdict = apiVerdict(new Description(openApi, BASE_PATH));
    const target = { port: 'api', url: String(urls.api), connections, verdict } as const;
    const { statuses, findings } = await fuzz(target, COUNT, seed);
    expect({ seed, findings }).toEqual({ seed, findings: [] });
    expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 202, 400, 403, 404]));
  });

  it('to the public port get cXML', async () => {
    const token = stopLinkPaths(LINK_SECRET, 1)[0]?.split('/').at(-1) ?? '';
    const connections = publicRequests({ token, accountSid: service.simulator.projectId });
    const url = String(service.urls.documents);
    const target = { port: 'public', url, connections, verdict: publicVerdict } as const;
    const { statuses, findings } = await fuzz(target, COUNT, seed);
    expect({ seed, findings }).toEqual({ seed, findings: [] });
    expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 204, 400, 404]));
  });
});
