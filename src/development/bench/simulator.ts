import { Pool } from 'undici';
import type { CallView } from '../../simulator/calls/call-view.js';
import { DEFAULT_API_TOKEN, DEFAULT_PROJECT_ID } from '../../simulator/simulator.config.js';
import { freePort } from '../free-port.js';
import type { Program } from '../program.js';
import { untilReady } from '../until-ready.js';
import { readyBeforeEnd, startChild, stopChild } from './child.js';

export interface BenchSimulator {
  readonly url: string;
  readonly projectId: string;
  readonly apiToken: string;
  /** @returns the sid of a new call with one running stream, `stream` */
  createCall(): Promise<string>;
}

/** A simulator in a process of its own, which fetches every document at once. */
export async function startSimulator(program: Program): Promise<BenchSimulator> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = await program.start(
    async () => startChild('../../simulator/main.js', { SIMULATOR_PORT: String(port) }),
    stopChild,
  );
  await readyBeforeEnd(child, untilReady(`${url}/simulator/health`, program.signal));
  const control = await program.start(
    async () => new Pool(url),
    (pool) => pool.destroy(),
  );
  return {
    url,
    projectId: DEFAULT_PROJECT_ID,
    apiToken: DEFAULT_API_TOKEN,
    createCall: async () => {
      const { body } = await control.request({
        method: 'POST',
        path: '/simulator/calls',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ streams: [{ name: 'stream' }] }),
      });
      return ((await body.json()) as CallView).sid;
    },
  };
}
