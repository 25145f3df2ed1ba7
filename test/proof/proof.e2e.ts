import { execFile, execFileSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { CancellationProof, ProofKey } from '../../src/api/proof/proof.dto.js';
import { streamKey } from '../../src/cancellation/keys.js';
import { stoppedMailbox } from '../../src/evidence/evidence.js';
import { sectionIn } from '../support/marked-section.js';
import { ApiClient, startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

const API_KEY = 'correct-horse-battery-staple';

const { privateKey } = generateKeyPairSync('ed25519');
const PEM = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

describe('a proof', () => {
  let service: TestService;
  let api: ApiClient;
  beforeAll(async () => {
    // As in a file of variables, one line.
    const PROOF_KEY = PEM.trim().replaceAll('\n', String.raw`\n`);
    service = await startTestService({ PROOF_KEY, API_KEYS: `auditor:${API_KEY}` });
    api = new ApiClient(String(service.urls.api), API_KEY);
  });
  afterAll(() => service.close());

  const json = async <T>(path: string): Promise<T> => (await (await api.request(path)).json()) as T;

  async function stopped(): Promise<string> {
    const call = service.simulator.createCall({ streams: [{ name: 'stream' }] });
    const { id } = await api.create({ callSid: call.sid, streamName: 'stream' });
    await service.queue.finished(id);
    return id;
  }

  it('is signed by the key that the service shows, and holds the statement', async () => {
    const proof = await json<CancellationProof>(`/cancellations/${await stopped()}/proof`);
    const { publicKey, keyId } = await json<ProofKey>('/proof-key');
    expect(proof.keyId).toBe(keyId);
    const payload = Buffer.from(proof.payload, 'base64');
    const signature = Buffer.from(proof.signature, 'base64');
    expect(verify(null, payload, createPublicKey(publicKey), signature)).toBe(true);
    expect(JSON.parse(payload.toString())).toEqual(proof.statement);
    payload[20]! ^= 1;
    expect(verify(null, payload, createPublicKey(publicKey), signature)).toBe(false);
  });

  it('tells who asked, what SignalWire answered and when the document was fetched, and claims no more', async () => {
    const id = await stopped();
    const { statement } = await json<CancellationProof>(`/cancellations/${id}/proof`);
    expect(statement.cancellation).toMatchObject({
      id,
      requestedBy: 'auditor',
      status: 'succeeded',
      evidence: 'document_fetched',
    });
    expect(statement.facts.map(({ what }) => what)).toEqual([
      'requested',
      'attempt_sent',
      'attempt_answered',
      'document_fetched',
      'ended',
    ]);
    expect(statement.conclusion).toContain('was not reported, and is not proven');
  });

  it('tells of a report that came after the end, but not of a later stream with the same name', async () => {
    const id = await stopped();
    const end = await api.get(id);
    const redis = new Redis(service.variables.REDIS_URL);
    onTestFinished(() => redis.disconnect());
    const key = streamKey({ project: 'default', callSid: end.callSid, streamName: 'stream' });
    const conclusionWith = async (msAfterEnd: number): Promise<string> => {
      const reportedAt = Date.parse(String(end.finishedAt)) + msAfterEnd;
      await redis.set(stoppedMailbox(service.variables.QUEUE_PREFIX, key), reportedAt);
      return (await json<CancellationProof>(`/cancellations/${id}/proof`)).statement.conclusion;
    };
    const reported = 'SignalWire reported, in a signed callback, that the stream stopped';
    expect(await conclusionWith(59_000)).toContain(reported);
    expect(await conclusionWith(61_000)).not.toContain(reported);
    expect(await api.get(id)).toEqual(end);
  });

  it('of a cancellation that is not finished tells what is known so far', async () => {
    await service.queue.queue.pause();
    onTestFinished(() => service.queue.queue.resume());
    const { id } = await api.create({ callSid: 'unfinished', streamName: 'stream' });
    const { statement } = await json<CancellationProof>(`/cancellations/${id}/proof`);
    expect(statement.facts.map(({ what }) => what)).toEqual(['requested']);
    expect(statement.conclusion).toContain('is not finished: it is queued');
  });

  it('of a cancellation that there is not is 404', async () => {
    const response = await api.request('/cancellations/0190c2f0-7b1e-7627-9763-1d142e9a6e96/proof');
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'cancellation_not_found' });
  });

  it('does not exist without a key', async () => {
    const keyless = await startTestService({ ROLES: 'api' }, service.simulator);
    onTestFinished(() => keyless.close());
    const { id } = await keyless.api.create({ callSid: 'call', streamName: 'stream' });
    for (const path of [`/cancellations/${id}/proof`, '/proof-key']) {
      const response = await keyless.api.request(path);
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({
        code: 'proof_key_missing',
        detail: 'PROOF_KEY is not set, so nothing can be signed',
      });
    }
  });
});

const hasTools = ['openssl version', 'jq --version', 'curl --version'].every((command) => {
  const [program = '', argument = ''] = command.split(' ');
  try {
    return execFileSync(program, [argument], { encoding: 'utf8' }) !== 'OpenSSL 1';
  } catch {
    return false;
  }
});

describe.skipIf(!hasTools)('the documented commands', () => {
  it('make a key and verify a proof, and find a change', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'streamstop-test-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const page = await readFile('docs/proofs.md', 'utf8');
    const variables: Record<string, string> = { PATH: String(process.env['PATH']) };
    const shell = (script: string) =>
      promisify(execFile)('sh', ['-euc', script], { cwd: folder, env: variables });
    const documented = (name: string) => sectionIn(page, name).replaceAll(/^```(?:sh)?$/gm, '');

    await shell(documented('make'));
    const service = await startTestService({
      PROOF_KEY_FILE: join(folder, 'streamstop.key'),
      API_KEYS: `auditor:${API_KEY}`,
    });
    onTestFinished(() => service.close());
    const api = new ApiClient(String(service.urls.api), API_KEY);
    const { id } = await api.create({ callSid: 'call', streamName: 'stream' });
    Object.assign(variables, { STREAMSTOP: service.urls.api, ID: id, API_KEY });

    expect((await shell(documented('verify'))).stdout).toContain('Signature Verified Successfully');
    const { keyId } = (await (await api.request('/proof-key')).json()) as ProofKey;
    expect((await shell(documented('key-id'))).stdout).toContain(keyId);
    const changed = documented('verify').replace('-in statement.json', '-in changed.json');
    await expect(shell(`echo '{}' > changed.json; ${changed}`)).rejects.toMatchObject({ code: 1 });
  });
});
