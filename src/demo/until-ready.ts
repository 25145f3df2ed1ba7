import { Agent, request, RetryAgent } from 'undici';

/** Resolves when the URL answers with a success; asks ten times a second until then. */
export async function untilReady(url: string, signal: AbortSignal): Promise<void> {
  const agent = new RetryAgent(new Agent(), {
    maxRetries: Number.POSITIVE_INFINITY,
    minTimeout: 100,
    timeoutFactor: 1,
  });
  try {
    const { body } = await request(url, { dispatcher: agent, signal });
    await body.dump();
  } finally {
    await agent.destroy();
  }
}
