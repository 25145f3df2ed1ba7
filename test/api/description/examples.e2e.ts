import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSimulator } from '../../../src/simulator/simulator.js';
import type { Simulator } from '../../../src/simulator/simulator.js';
import { SECRET } from '../../callbacks/fixtures/service.js';
import { DESCRIPTION_IS_COMPLETE } from '../../support/description/description.js';
import { answerExamples, exampleRequests, withoutExample } from '../../support/description/examples.js';
import type { ExampleRequest } from '../../support/description/examples.js';
import type { OpenApi } from '../../support/description/open-api.js';
import { Schemas } from '../../support/description/schemas.js';
import { ApiClient, startTestService } from '../../support/service.js';
import type { TestService } from '../../support/service.js';
import { templatesFolder, withVerbs } from '../../templates/fixtures.js';

/** One for each operation, because the examples of two may have the same `Idempotency-Key`. */
const KEYS = Array.from({ length: 64 }, (_, index) => `key${index}:a-key-of-24-characters-${index + 10}`);
const keyOf = (index: number): string => KEYS[index % KEYS.length]?.split(':')[1] ?? '';

let simulator: Simulator;
let service: TestService;
let templates: Awaited<ReturnType<typeof templatesFolder>>;
let openApi: OpenApi;
beforeAll(async () => {
  simulator = await startSimulator({ log: false, signingKey: 'signing-key' });
  templates = await templatesFolder({ 'resume-ivr.xml': withVerbs('<Hangup/>') });
  service = await startTestService(
    {
      // The last one is that of the examples.
      API_KEYS: [...KEYS, 'demo:demo-key'].join(','),
      PROOF_KEY: generateKeyPairSync('ed25519')
        .privateKey.export({ type: 'pkcs8', format: 'pem' })
        .toString(),
      SIGNALWIRE_SIGNING_KEY: 'signing-key',
      TEMPLATES_DIR: templates.path,
      // The places that the examples name.
      DOCUMENT_HOSTS: 'docs.example.com,example.signalwire.com',
      CALLBACK_HOSTS: 'app.example.com',
      CALLBACK_SECRETS: SECRET,
      CONFIRMATION_TIMEOUT_MS: '500',
    },
    simulator,
  );
  openApi = (await (await service.api.request('/openapi.json')).json()) as OpenApi;
});
afterAll(async () => {
  await service.close();
  await simulator.close();
  await templates.remove();
});

/** A cancellation to which the operation can be done. */
async function cancellationFor(operation: string, api: ApiClient): Promise<string> {
  const { sid } = simulator.createCall({ streams: [{ name: 'stream' }] });
  const isWithdrawn = operation.startsWith('DELETE ');
  // SignalWire is away for longer than the test takes.
  if (isWithdrawn) simulator.setFaults(sid, [{ status: 503, headers: { 'retry-after': '60' } }]);
  if (operation === 'POST /cancellations/{id}/retry') simulator.setFaults(sid, [{ code: 21218 }]);
  const callbackUrl = 'https://app.example.com/stopped';
  const { id } = await api.create({ callSid: sid, streamName: 'stream', callbackUrl });
  if (isWithdrawn)
    await expect.poll(async () => (await api.get(id)).status, { timeout: 20_000 }).toBe('retrying');
  else await service.queue.finished(id);
  return id;
}

/** The calls that the examples name, so that what they ask for can be done. */
function provideCalls(value: unknown): void {
  for (const [, sid = ''] of JSON.stringify(value ?? null).matchAll(/"callSid":"([^"]+)"/g)) {
    try {
      simulator.createCall({ sid, streams: [{ name: 'stream' }] });
    } catch {
      // An earlier example named it, too.
    }
  }
}

const isOfQueue = ({ operation }: ExampleRequest): boolean => operation.startsWith('POST /queue/');

/** @returns the status; the client has checked the rest */
async function send({ operation, parameters, body }: ExampleRequest, api: ApiClient): Promise<number> {
  const [method = '', template = ''] = operation.split(' ');
  const valuesIn = (place: string): [string, string][] =>
    parameters
      .filter((one) => one.parameter.in === place)
      .map((one) => [one.parameter.name, String(one.value)]);
  let path = template;
  for (const [name, value] of valuesIn('path')) path = path.replace(`{${name}}`, encodeURIComponent(value));
  if (template.includes('{id}')) path = template.replace('{id}', await cancellationFor(operation, api));
  const query = new URLSearchParams(valuesIn('query')).toString();
  provideCalls(body);
  const leave = new AbortController();
  const response = await api.request(query === '' ? path : `${path}?${query}`, {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...Object.fromEntries(valuesIn('header')),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: leave.signal,
  });
  // Events have no end.
  leave.abort();
  return response.status;
}

describe('the examples of the description', () => {
  it('get the success, or the answer that they name', { timeout: 300_000 }, async ({ annotate }) => {
    const requests = exampleRequests(openApi);
    const operations = [...new Set(requests.map(({ operation }) => operation))];
    const wrong: unknown[] = [];
    // A paused queue would hold the others' cancellations.
    for (const request of requests.toSorted((a, b) => Number(isOfQueue(a)) - Number(isOfQueue(b)))) {
      const { operation, example, status: expected } = request;
      const api = new ApiClient(service.api.url, keyOf(operations.indexOf(operation)));
      const status = await send(request, api).catch((error: unknown) => String(error));
      const isRight = expected === null ? Number(status) >= 200 && Number(status) < 300 : status === expected;
      if (!isRight) wrong.push({ operation, example, status });
    }
    await annotate(
      `${requests.length} requests to ${operations.length} operations, ` +
        `${requests.filter(({ example }) => example !== null).length} of them examples`,
    );
    expect(wrong).toEqual([]);
  });

  it.runIf(DESCRIPTION_IS_COMPLETE)('include one for each operation that takes a body', () => {
    expect(withoutExample(openApi)).toEqual([]);
  });

  it('of answers are as their schemas say', () => {
    const schemas = new Schemas(openApi);
    const faults = answerExamples(openApi).map(({ name, schema, value }) => [
      name,
      schemas.check(schema)(value),
    ]);
    expect(faults.filter(([, fault]) => fault !== null)).toEqual([]);
  });
});
