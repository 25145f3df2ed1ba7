import type { FastifyRequest } from 'fastify';
import { cut } from '../../platform/http/cut.js';
import type { FormBody } from '../../platform/http/form-body.js';
import type { Project } from '../../projects/project.js';
import type { Projects } from '../../projects/projects.js';
import { sourceOf } from './source.js';

/** The longest `User-Agent` in a line of the log. */
const MAX_USER_AGENT_LENGTH = 100;

const NO_BODY: FormBody = { fields: new URLSearchParams(), raw: Buffer.alloc(0) };

/** The body of a POST; empty where there is none, or none that could be read. */
export const bodyOf = (request: FastifyRequest): FormBody =>
  (request.body as FormBody | null | undefined) ?? NO_BODY;

/** What SignalWire says in a request, in its form or its query; of a name that stands in both, the form's comes first. */
export const parametersOf = (request: FastifyRequest): URLSearchParams =>
  new URLSearchParams([...bodyOf(request).fields, ...queryOf(request)]);

const queryOf = ({ url }: FastifyRequest) => new URLSearchParams(url.replace(/^[^?]*/, ''));

/** The header with which SignalWire signs, under either of its names; empty where there is none. */
export const signatureOf = ({ headers }: FastifyRequest): string =>
  String(headers['x-signalwire-signature'] ?? headers['x-twilio-signature'] ?? '');

/** The project that SignalWire says its request is about. */
export function senderOf(request: FastifyRequest, projects: Projects): Project | undefined {
  const name = 'AccountSid';
  return projects.byProjectId(bodyOf(request).fields.get(name) ?? queryOf(request).get(name) ?? '');
}

/** Who asked, as far as the log may know: no path, which holds a link, and no form, which holds numbers. */
export const askedBy = ({ method, ip, headers }: FastifyRequest) => ({
  method,
  source: sourceOf(ip),
  userAgent: cut(headers['user-agent'] ?? '', MAX_USER_AGENT_LENGTH),
});
