import type { FastifyRequest } from 'fastify';
import { cut } from '../../platform/http/cut.js';
import type { FormBody } from '../../platform/http/body/form-body.js';
import type { Project } from '../../projects/project.js';
import type { Projects } from '../../projects/projects.js';
import { sourceOf } from '../../platform/http/source.js';

/** The longest `User-Agent` in the log. */
const MAX_USER_AGENT_LENGTH = 100;

const NO_BODY: FormBody = { fields: new URLSearchParams(), raw: Buffer.alloc(0) };

/** The body of a POST; empty if there is none or it could not be read. */
export const bodyOf = (request: FastifyRequest): FormBody =>
  (request.body as FormBody | null | undefined) ?? NO_BODY;

/** SignalWire's parameters, from the form and the query. The form's values come first. */
export const parametersOf = (request: FastifyRequest): URLSearchParams =>
  new URLSearchParams([...bodyOf(request).fields, ...queryOf(request)]);

/** The same by name. Of a repeated name, the first value counts. */
export const valuesOf = (request: FastifyRequest): ReadonlyMap<string, string> =>
  new Map([...parametersOf(request)].toReversed());

const queryOf = ({ url }: FastifyRequest) => new URLSearchParams(url.replace(/^[^?]*/, ''));

/** The signature header under either of its names; empty if there is none. */
export const signatureOf = ({ headers }: FastifyRequest): string =>
  String(headers['x-signalwire-signature'] ?? headers['x-twilio-signature'] ?? '');

/** The project that the request names as `AccountSid`. */
export function senderOf(request: FastifyRequest, projects: Projects): Project | undefined {
  const name = 'AccountSid';
  return projects.byProjectId(bodyOf(request).fields.get(name) ?? queryOf(request).get(name) ?? '');
}

/** Who asked, for the log: without the path, which contains a link, and without the form, which contains numbers. */
export const askedBy = (request: FastifyRequest) => ({
  method: request.method,
  source: sourceOf(request),
  userAgent: cut(request.headers['user-agent'] ?? '', MAX_USER_AGENT_LENGTH),
});
