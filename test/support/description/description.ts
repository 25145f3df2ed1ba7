import { isOfAnyRoute } from './of-any-route.js';
import { resolved } from './open-api.js';
import type { DescribedResponse, OpenApi } from './open-api.js';
import { Schemas } from './schemas.js';
import type { Check } from './schemas.js';

/**
 * Whether the description names every status and media type. While it does not, what it leaves out is no fault, but
 * what it says counts.
 */
export const DESCRIPTION_IS_COMPLETE = true;

export interface RequestLine {
  readonly method: string;
  readonly target: string;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  /** Null if it was not read, as that of an endless stream. */
  readonly body: string | null;
}

export interface Fault {
  readonly text: string;
  /** The description does not say it at all, rather than something else. */
  readonly isGap: boolean;
}

interface Route {
  readonly method: string;
  /** Null for a parameter. */
  readonly segments: readonly (string | null)[];
  /** By status. */
  readonly responses: ReadonlyMap<string, Response>;
}

interface Response {
  /** By media type. */
  readonly bodies: ReadonlyMap<string, Check>;
  readonly headers: readonly Header[];
}

interface Header {
  readonly name: string;
  readonly isRequired: boolean;
  readonly isNumber: boolean;
  readonly check: Check;
}

const PROBLEM_JSON = 'application/problem+json';

/** Pages for people, and the description itself. */
const NOT_DESCRIBED = /^\/+(?:(?:docs|dashboard|console|platform|openapi\.json)(?:[/-]|$)|$)/;

/** Says whether answers are as an API description says. */
export class Description {
  private readonly schemas: Schemas;
  private readonly routes: readonly Route[];
  private readonly problem: Check;

  /** @param basePath below which the routes are, too; empty for none */
  constructor(
    private readonly openApi: OpenApi,
    private readonly basePath = '',
  ) {
    this.schemas = new Schemas(openApi);
    this.problem = this.schemas.check({ $ref: '#/components/schemas/Problem' });
    // Fixed paths come first, as in the router.
    this.routes = Object.entries(openApi.paths)
      .toSorted(([a], [b]) => Number(a.includes('{')) - Number(b.includes('{')))
      .flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, { responses = {} }]) => ({
          method: method.toUpperCase(),
          segments: path.split('/').map((segment) => (segment.startsWith('{') ? null : segment)),
          responses: new Map(
            Object.entries(responses).map(([status, response]) => [status, this.response(response)]),
          ),
        })),
      );
  }

  /** What is wrong with an answer; null if nothing is. */
  fault(request: RequestLine, answered: Answered): Fault | null {
    const path = this.ownPath(request.target);
    const route = this.routeOf(request.method === 'HEAD' ? 'GET' : request.method, path);
    const response = route?.responses.get(String(answered.status));
    if (response !== undefined) return this.faultInDescribed(response, answered, request.method === 'HEAD');
    if (route === undefined && NOT_DESCRIBED.test(path)) return null;
    if (answered.status >= 400) return this.faultInUndescribed(answered);
    return gap(route === undefined ? 'the route is not described' : `${answered.status} is not described`);
  }

  /** Whether the body is a problem (RFC 9457) of the answer's status. */
  faultInProblem({ status, headers, body }: Answered): string | null {
    if (typeOf(headers) !== PROBLEM_JSON) return `${status} is ${typeOf(headers) || 'bare'}`;
    if (body === null) return null;
    const value = parsed(body);
    if (value === undefined) return `${status} is no JSON`;
    const fault = this.problem(value);
    if (fault !== null) return `${status} is not as described: ${fault}`;
    const told = (value as { readonly status: number }).status;
    return told === status ? null : `${status} is a problem of ${told}`;
  }

  private response(referred: DescribedResponse): Response {
    const { content = {}, headers = {} } = resolved(this.openApi, referred);
    return {
      bodies: new Map(
        Object.entries(content).map(([type, { schema = {} }]) => [
          type.toLowerCase(),
          this.schemas.check(schema),
        ]),
      ),
      headers: Object.entries(headers).map(([name, header]) => {
        const { required = false, schema = {} } = resolved(this.openApi, header);
        const isNumber = ['integer', 'number'].includes(String(schema['type']));
        return { name, isRequired: required, isNumber, check: this.schemas.check(schema) };
      }),
    };
  }

  private faultInDescribed(response: Response, answered: Answered, isHead: boolean): Fault | null {
    const { status, headers, body } = answered;
    for (const header of response.headers) {
      const fault = faultInHeader(header, headers.get(header.name));
      if (fault !== null) return wrong(`${status} has a wrong header ${header.name}: ${fault}`);
    }
    const type = typeOf(headers);
    if (type === '' && (body ?? '') === '') {
      return response.bodies.size === 0 || isHead ? null : wrong(`${status} has no body`);
    }
    const check = response.bodies.get(type);
    if (check === undefined) return gap(`${status} is ${type || 'bare'}, which is not described`);
    if (type === PROBLEM_JSON) {
      const fault = this.faultInProblem(answered);
      if (fault !== null) return wrong(fault);
    }
    if (body === null || !isJson(type)) return null;
    const value = parsed(body);
    const fault = value === undefined ? 'is no JSON' : check(value);
    return fault === null ? null : wrong(`${status} is not as described: ${fault}`);
  }

  /** A problem that no operation names has to be one that any request can get. */
  private faultInUndescribed(answered: Answered): Fault | null {
    const fault = this.faultInProblem(answered);
    if (fault !== null) return gap(fault);
    const { code = '' } = (parsed(answered.body ?? '{}') ?? {}) as { readonly code?: string };
    if (answered.body === null || isOfAnyRoute(answered.status, code)) return null;
    return gap(`${answered.status} ${code} is not described`);
  }

  private ownPath(target: string): string {
    // What is asked of a proxy is a whole URL.
    const path = target.replace(/\?.*/s, '').replace(/^https?:\/\/[^/]*/i, '');
    return path.startsWith(`${this.basePath}/`) ? path.slice(this.basePath.length) : path;
  }

  private routeOf(method: string, path: string): Route | undefined {
    const segments = path
      .replace(/(?<=.)\/$/, '')
      .split('/')
      .map(decoded);
    return this.routes.find(
      (route) =>
        route.method === method &&
        route.segments.length === segments.length &&
        route.segments.every((segment, index) =>
          segment === null ? segments[index] !== '' : segment === segments[index],
        ),
    );
  }
}

const gap = (text: string): Fault => ({ text, isGap: true });
const wrong = (text: string): Fault => ({ text, isGap: false });

/** The media type without its parameters. */
const typeOf = (headers: Headers): string =>
  (headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';

const isJson = (type: string): boolean => type === 'application/json' || type.endsWith('+json');

function faultInHeader({ isRequired, isNumber, check }: Header, value: string | null): string | null {
  if (value === null) return isRequired ? 'it is missing' : null;
  return check(isNumber ? Number(value) : value);
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
