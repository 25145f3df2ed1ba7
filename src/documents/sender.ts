import type { FastifyRequest } from 'fastify';
import type { Project } from '../projects/project.js';
import type { Projects } from '../projects/projects.js';

/** The form of a POST; empty where there is none, or none that could be read. */
export const formOf = ({ body }: FastifyRequest): URLSearchParams =>
  body instanceof URLSearchParams ? body : new URLSearchParams();

/** What SignalWire says in a request, in its form or its query; of a name that stands in both, the form's comes first. */
export const parametersOf = (request: FastifyRequest): URLSearchParams =>
  new URLSearchParams([...formOf(request), ...new URLSearchParams(request.url.replace(/^[^?]*/, ''))]);

/** The project that SignalWire says its request is about. */
export function senderOf(request: FastifyRequest, projects: Projects): Project | undefined {
  return projects.byProjectId(parametersOf(request).get('AccountSid') ?? '');
}
