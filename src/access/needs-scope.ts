import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBearerAuth, ApiResponse } from '@nestjs/swagger';
import type { FastifyContextConfig } from 'fastify';
import { ApiError } from '../platform/http/api-error.js';
import { Problem } from '../platform/http/problem.js';
import type { Caller, Scope } from './caller.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a key needs for this route; set with `@NeedsScope`. */
    scope?: Scope;
  }
}

/** The API key is right, but not for this route. */
export class ForbiddenScopeError extends ApiError {
  override readonly name = 'ForbiddenScopeError';
  readonly status = 403;
  readonly code = 'forbidden_scope';

  constructor(
    readonly scope: Scope,
    detail = `this route needs an API key with the scope ${scope}`,
  ) {
    super(detail);
  }
}

/**
 * States which scope a route needs. Its handler shows a `Caller` nothing of projects that it may not know.
 *
 * @param config the rest of the route's configuration
 */
export const NeedsScope = (scope: Scope, config: FastifyContextConfig = {}) =>
  applyDecorators(
    RouteConfig({ ...config, scope }),
    ApiBearerAuth(),
    ApiResponse({ status: 401, type: Problem, description: 'no API key, or a wrong one' }),
    ApiResponse({
      status: 403,
      type: Problem,
      description:
        `\`forbidden_scope\`: the API key lacks the scope \`${scope}\`; without API keys \`forbidden\`: ` +
        'the request comes from another host',
    }),
  );

/**
 * Null if the caller may use the route.
 *
 * @param stated by the route; a route that states none shows all projects, to operators
 */
export function refusalOf(
  { scopes, projects }: Caller,
  stated: Scope | undefined,
): ForbiddenScopeError | null {
  const scope = stated ?? 'operate';
  if (!scopes.has(scope)) return new ForbiddenScopeError(scope);
  if (stated !== undefined || projects === null) return null;
  return new ForbiddenScopeError(
    scope,
    `this route shows all projects; it needs an API key with the scope ${scope} that is not limited to some`,
  );
}
