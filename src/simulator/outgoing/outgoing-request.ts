import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { Agent, errors, request } from 'undici';

import { SIMULATOR_CONFIG } from '../simulator.config.js';
import type { SimulatorConfig } from '../simulator.config.js';
import { FetchError } from './fetch-error.js';
import { signForm } from './signature.js';

export type FormMethod = 'GET' | 'POST';

export interface OutgoingReply {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly body: Buffer;
  /** The final address, after redirects. */
  readonly url: string;
}

/** From "Common webhook errors" in SignalWire's docs. */
const MAX_REDIRECTS = 3;
const MAX_REPLY_BYTES = 65_536;

const FORM_TYPE = 'application/x-www-form-urlencoded';

/** Sends requests to customers' servers as SignalWire does: as signed forms. */
@Injectable()
export class OutgoingRequest implements OnApplicationShutdown {
  private readonly agent: Agent;

  constructor(@Inject(SIMULATOR_CONFIG) private readonly config: SimulatorConfig) {
    this.agent = new Agent({ connect: { timeout: config.connectTimeoutMs } });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.agent.destroy();
  }

  /**
   * Sends `params` and reads the reply, whatever its status.
   *
   * @throws {FetchError} no reply, or one that exceeds SignalWire's limits
   */
  async send(
    url: string,
    method: FormMethod,
    params: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<OutgoingReply> {
    let target = addressOf(url);
    let verb = method;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const { reply, location } = await this.hop(target, verb, params, signal);
      if (location === undefined) return reply;
      target = addressOf(location, target);
      // SignalWire does not document this. Browsers do it (Fetch standard).
      if (reply.status === 301 || reply.status === 302 || reply.status === 303) verb = 'GET';
    }
    throw new FetchError(11215, `More than ${MAX_REDIRECTS} redirects`);
  }

  private async hop(
    target: URL,
    method: FormMethod,
    params: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<{ reply: OutgoingReply; location: string | undefined }> {
    const url = method === 'GET' ? withQuery(target, params) : target.href;
    const form = method === 'GET' ? {} : params;
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), this.config.readTimeoutMs);
    const stop = (): void => timeout.abort();
    signal.addEventListener('abort', stop, { once: true });
    try {
      signal.throwIfAborted();
      const response = await request(url, {
        dispatcher: this.agent,
        method,
        headers: this.headers(url, method, form),
        body: method === 'POST' ? new URLSearchParams(form).toString() : null,
        signal: timeout.signal,
      });
      const body = await readBounded(response.body);
      const contentType = single(response.headers['content-type']);
      const location = single(response.headers.location);
      const redirected = response.statusCode >= 300 && response.statusCode < 400 && location !== undefined;
      return {
        reply: { status: response.statusCode, contentType, body, url: target.href },
        location: redirected ? location : undefined,
      };
    } catch (error) {
      signal.throwIfAborted();
      if (timeout.signal.aborted) {
        throw new FetchError(11200, `No complete reply within ${this.config.readTimeoutMs} ms`);
      }
      throw asFetchError(error);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    }
  }

  private headers(url: string, method: FormMethod, form: Readonly<Record<string, string>>): string[] {
    const headers = ['user-agent', 'streamstop-simulator', 'accept', '*/*'];
    if (method === 'POST') headers.push('content-type', FORM_TYPE);
    if (this.config.signingKey !== undefined) {
      headers.push('x-signalwire-signature', signForm(this.config.signingKey, url, form));
    }
    return headers;
  }
}

/** SignalWire reads options from the fragment and signs without user name and password, so neither is sent. */
function addressOf(url: string, base?: URL): URL {
  let address: URL;
  try {
    address = new URL(url, base);
  } catch (cause) {
    throw new FetchError(null, `Not a URL: ${url}`, { cause });
  }
  if (address.protocol !== 'http:' && address.protocol !== 'https:') {
    throw new FetchError(null, `Not an HTTP URL: ${url}`);
  }
  address.hash = '';
  address.username = '';
  address.password = '';
  return address;
}

function withQuery(target: URL, params: Readonly<Record<string, string>>): string {
  const added = new URLSearchParams(params).toString();
  // Not via searchParams, which would re-encode the existing query.
  return `${target.href}${target.search === '' ? '?' : '&'}${added}`;
}

async function readBounded(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > MAX_REPLY_BYTES)
      throw new FetchError(11750, `The reply is larger than ${MAX_REPLY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

function asFetchError(error: unknown): FetchError {
  if (error instanceof FetchError) return error;
  const cause = error instanceof Error ? error : new Error(String(error));
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
  if (error instanceof errors.ConnectTimeoutError) return new FetchError(11200, cause.message, { cause });
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return new FetchError(11210, cause.message, { cause });
  if (code.startsWith('HPE_')) return new FetchError(11251, cause.message, { cause });
  if (/CERT|TLS|SSL|VERIFY|EPROTO/.test(code)) return new FetchError(11220, cause.message, { cause });
  return new FetchError(null, code === '' ? cause.message : `${code}: ${cause.message}`, { cause });
}
