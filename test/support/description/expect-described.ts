import { Description, DESCRIPTION_IS_COMPLETE } from './description.js';
import type { Answered, RequestLine } from './description.js';
import type { OpenApi } from './open-api.js';

/** The service that answers. */
export interface Described {
  /** Below which its routes are, too; empty for none. */
  readonly basePath: string;
  readonly describe: () => Promise<OpenApi>;
}

/** By base path. The services of one run differ in nothing else that is described, so one description does for all. */
const descriptions = new Map<string, Promise<Description>>();

/** @throws {Error} the service describes another answer, or none */
export async function expectDescribed(
  request: RequestLine,
  answered: Answered,
  service: Described,
): Promise<void> {
  const fault = (await descriptionOf(service)).fault(request, answered);
  if (fault === null || (fault.isGap && !DESCRIPTION_IS_COMPLETE)) return;
  const { method, target } = request;
  throw new Error(
    `${method} ${target} is answered otherwise than described: ${fault.text}\n${answered.body}`,
  );
}

/** The body is left to be read, and that of an endless stream is not read. */
export async function answeredBy(response: Response, method: string): Promise<Answered> {
  const { status, headers } = response;
  const isJson = /^application\/(?:[a-z]+\+)?json\b/.test(headers.get('content-type') ?? '');
  const body = isJson && method !== 'HEAD' ? await response.clone().text() : null;
  return { status, headers, body };
}

async function descriptionOf(service: Described): Promise<Description> {
  const known = descriptions.get(service.basePath) ?? readDescription(service);
  descriptions.set(service.basePath, known);
  try {
    return await known;
  } catch (error) {
    descriptions.delete(service.basePath);
    throw error;
  }
}

const readDescription = async ({ describe, basePath }: Described): Promise<Description> =>
  new Description(await describe(), basePath);
