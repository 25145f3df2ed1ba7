import type { OpenAPIObject } from '@nestjs/swagger';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

let service: TestService;
beforeAll(async () => {
  service = await startTestService({ ROLES: 'api' });
});
afterAll(() => service.close());

it('accepts every request body of its description as it is', async () => {
  const { paths } = (await (await service.api.request('/openapi.json')).json()) as OpenAPIObject;
  const answers: [string, number][] = [];
  const bodies = Object.entries(paths).flatMap(([path, { post }]) => {
    const body = post?.requestBody;
    const examples = body && 'content' in body ? body.content['application/json']?.examples : undefined;
    return Object.entries(examples ?? {}).map(([name, example]) => ({ path, name, example }));
  });
  for (const { path, name, example } of bodies) {
    const { status } = await service.api.request(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify('value' in example ? example.value : null),
    });
    answers.push([`${path} ${name}`, status]);
  }
  expect(Object.fromEntries(answers)).toEqual({
    '/cancellations byName': 202,
    '/cancellations withThen': 202,
    '/cancellations bySid': 202,
    '/cancellations several': 202,
    '/cancellations/batch batch': 202,
    '/cancellations/retry dryRun': 200,
    '/cancellations/retry byCall': 200,
    '/cancellations/withdraw dryRun': 200,
    '/cancellations/withdraw byCall': 200,
    '/queue/pause project': 200,
    '/queue/pause everything': 200,
    '/queue/resume project': 200,
    '/queue/resume everything': 200,
  });
});
