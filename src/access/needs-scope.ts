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
    /** What a key needs for this route, one of several; set with `@NeedsScope` or `@NeedsKey`. */
    scope?: readonly Scope[] | 'any';
  }
}

/** The API key is right, but not for this route. */
export class ForbiddenScopeError extends ApiError {
  /** @param scope the one that is named in the answer's header */
  constructor(
    readonly scope: Scope,
    detail: string,
  ) {
    super(PROBLEMS.forbidden_scope, detail);
  }
}

/**
 * States which scope a route needs. Its handler shows a `Caller` nothing of projects that it may not know.
 *
 * @param scope any of them, if there are several
 * @param config the rest of the route's configuration
 */
export const NeedsScope = (scope: Scope | readonly Scope[], config: FastifyContextConfig = {}) =>
  applyDecorators(
    RouteConfig({ ...config, scope: [scope].flat() }),
    ApiBearerAuth(),
    ApiProblems('unauthorized', 'forbidden_scope', 'csrf_token_missing', 'forbidden'),
  );

/** States that a route needs a key with any scope, because it shows nothing of projects. */
export const NeedsKey = () =>
  applyDecorators(
    RouteConfig({ scope: 'any' }),
    ApiBearerAuth(),
    ApiProblems('unauthorized', 'csrf_token_missing', 'forbidden'),
  );

/**
 * Null if the caller may use the route.
 *
 * @param stated by the route; a route that states none shows all projects, to operators
 */
export function refusalOf(
  { scopes, projects }: Caller,
  stated: readonly Scope[] | 'any' | undefined,
): ForbiddenScopeError | null {
  if (stated === 'any') return null;
  const [scope = 'operate', ...others] = stated ?? [];
  if (!scopes.has(scope) && !others.some((other) => scopes.has(other)))
    return new ForbiddenScopeError(
      scope,
      `this route needs an API key with the scope ${[scope, ...others].join(' or ')}`,
    );
  if (stated !== undefined || projects === null) return null;
  return new ForbiddenScopeError(
    scope,
    `this route shows all projects; it needs an API key with the scope ${scope} that is not limited to some`,
  );
}
