import { request } from 'undici';
import type { Simulator } from '../../../src/simulator/simulator.js';

export interface LamlResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface LamlRequest {
  /** A form or JSON makes the request a POST; otherwise it is a GET. */
  readonly form?: Readonly<Record<string, string>>;
  readonly json?: object;
  readonly prefix?: string;
  readonly suffix?: string;
  readonly accountSid?: string;
  readonly authorization?: string;
}

const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

/** Sends a request about a call to the Compatibility API. */
export async function laml(
  simulator: Simulator,
  sid: string,
  options: LamlRequest = {},
): Promise<LamlResponse> {
  const { projectId, apiToken, url } = simulator;
  const { prefix = '/api/laml/2010-04-01', suffix = '', accountSid = projectId, form, json } = options;
  const headers: Record<string, string> = {
    authorization: options.authorization ?? basic(projectId, apiToken),
  };
  if (form !== undefined) headers['content-type'] = 'application/x-www-form-urlencoded';
  if (json !== undefined) headers['content-type'] = 'application/json';
  const body = form === undefined ? JSON.stringify(json) : new URLSearchParams(form).toString();
  const {
    statusCode,
    headers: responseHeaders,
    body: stream,
  } = await request(`${url}${prefix}/Accounts/${accountSid}/Calls/${sid}${suffix}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers,
    body: body ?? null,
  });
  return { status: statusCode, headers: responseHeaders, text: await stream.text() };
}

/** Sends a request to the control API. */
export async function control(
  simulator: Simulator,
  method: 'DELETE' | 'GET' | 'PATCH' | 'POST' | 'PUT',
  path: string,
  json?: unknown,
): Promise<{ status: number; body: unknown }> {
  const { statusCode, body } = await request(`${simulator.url}/simulator${path}`, {
    method,
    headers: json === undefined ? {} : { 'content-type': 'application/json' },
    body: json === undefined ? null : JSON.stringify(json),
  });
  const text = await body.text();
  return { status: statusCode, body: text === '' ? null : (JSON.parse(text) as unknown) };
}
