import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Interface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { signedHeaders } from '../../src/callbacks/signature.js';
import { NEXT_SECRET, SECRET } from './fixtures/service.js';

const EXAMPLE = new URL('../../docs/examples/callback-receiver.mjs', import.meta.url).pathname;

const BODY = JSON.stringify({
  type: 'cancellation.succeeded',
  timestamp: '2026-11-29T15:31:24.314Z',
  data: { callSid: 'call', evidence: 'document_fetched' },
});

describe('the example of a receiver', () => {
  let receiver: ChildProcess;
  let lines: Interface;
  let url: string;
  beforeEach(async () => {
    receiver = spawn(process.execPath, [EXAMPLE], {
      env: { CALLBACK_SECRET: SECRET, PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    lines = createInterface({ input: receiver.stdout! });
    const [line] = (await once(lines, 'line')) as [string];
    url = `http://127.0.0.1:${line.replace('listening on ', '')}/`;
  });
  afterEach(async () => {
    receiver.kill();
    await once(receiver, 'exit');
  });

  const send = async (secret: string, body = BODY): Promise<number> => {
    const headers = signedHeaders([secret], 'msg_1', new Date(), BODY);
    return (await fetch(url, { method: 'POST', headers, body })).status;
  };

  it('takes what is rightly signed, once, and nothing else', async () => {
    const told = once(lines, 'line');
    expect(await send(NEXT_SECRET)).toBe(401);
    expect(await send(SECRET, BODY.replace('succeeded', 'failed'))).toBe(401);
    expect(await send(SECRET)).toBe(204);
    expect(await told).toEqual(['cancellation.succeeded call document_fetched']);
    const others: string[] = [];
    lines.on('line', (line) => others.push(line));
    expect(await send(SECRET)).toBe(204);
    expect(others).toEqual([]);
  });
});
