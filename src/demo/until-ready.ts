import { Agent, request, RetryAgent } from 'undici';

/** Resolves once the URL answers with a success; until then it is asked ten times a second. */
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
