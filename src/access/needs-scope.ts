import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBearerAuth } from '@nestjs/swagger';
import type { FastifyContextConfig } from 'fastify';
import { ApiError } from '../platform/http/problems/api-error.js';
import { PROBLEMS } from '../problems/catalogue.js';
import { ApiProblems } from '../problems/api-problems.js';
import type { Caller, Scope } from './caller.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a key needs for this route; set with `@NeedsScope` or `@NeedsKey`. */
    scope?: Scope | 'any';
  }
}

/** The API key is right, but not for this route. */
export class ForbiddenScopeError extends ApiError {
  constructor(
    readonly scope: Scope,
    detail = `this route needs an API key with the scope ${scope}`,
  ) {
    super(PROBLEMS.forbidden_scope, detail);
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
    ApiProblems('unauthorized', 'forbidden_scope', 'forbidden'),
  );

/** States that a route needs a key with any scope, because it shows nothing of projects. */
export const NeedsKey = () =>
  applyDecorators(RouteConfig({ scope: 'any' }), ApiBearerAuth(), ApiProblems('unauthorized', 'forbidden'));

/**
 * Null if the caller may use the route.
 *
 * @param stated by the route; a route that states none shows all projects, to operators
 */
export function refusalOf(
  { scopes, projects }: Caller,
  stated: Scope | 'any' | undefined,
): ForbiddenScopeError | null {
  if (stated === 'any') return null;
  const scope = stated ?? 'operate';
  if (!scopes.has(scope)) return new ForbiddenScopeError(scope);
  if (stated !== undefined || projects === null) return null;
  return new ForbiddenScopeError(
    scope,
    `this route shows all projects; it needs an API key with the scope ${scope} that is not limited to some`,
  );
}
