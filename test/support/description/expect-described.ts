import { Description, DESCRIPTION_IS_COMPLETE } from './description.js';
import type { RequestLine } from './description.js';
import type { OpenApi } from './open-api.js';

/** By base path. The services of one run differ in nothing else that is described. */
const descriptions = new Map<string, Promise<Description>>();

/**
 * Holds an answer against the description of the service that gave it.
 *
 * @param url of the service
 * @param basePath below which its routes are; empty for none
 * @throws {Error} it is not as described
 */
export async function expectDescribed(
  request: RequestLine,
  response: Response,
  { url, basePath }: { readonly url: string; readonly basePath: string },
): Promise<void> {
  const { status, headers } = response;
  // Others can be endless.
  const isJson = /^application\/(?:[a-z]+\+)?json\b/.test(headers.get('content-type') ?? '');
  const body = isJson && request.method !== 'HEAD' ? await response.clone().text() : null;
  const fault = (await descriptionOf(url, basePath)).fault(request, { status, headers, body });
  if (fault === null || (fault.isGap && !DESCRIPTION_IS_COMPLETE)) return;
  throw new Error(
    `${request.method} ${request.target} is answered otherwise than described: ${fault.text}\n${body}`,
  );
}

async function descriptionOf(url: string, basePath: string): Promise<Description> {
  const known = descriptions.get(basePath) ?? readDescription(url, basePath);
  descriptions.set(basePath, known);
  try {
    return await known;
  } catch (error) {
    descriptions.delete(basePath);
    throw error;
  }
}

async function readDescription(url: string, basePath: string): Promise<Description> {
  const response = await fetch(`${url}/openapi.json`);
  return new Description((await response.json()) as OpenApi, basePath);
}
