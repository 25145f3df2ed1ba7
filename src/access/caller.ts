import { createParamDecorator } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/** What an API key may do; none implies another. */
export const SCOPES = ['cancel', 'read', 'operate'] as const;
export type Scope = (typeof SCOPES)[number];

/** Who makes a request, as its API key says. */
export interface Caller {
  /** The name of the key, which logs may show. */
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
  /** The names of the projects that it may know of; null for all. */
  readonly projects: ReadonlySet<string> | null;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Absent if no API key is required. */
    caller?: Caller;
  }
}

/** Whether a caller may know of a project. Without API keys, everybody may. */
export const mayKnow = (caller: Caller | null, project: string): boolean =>
  caller?.projects?.has(project) ?? true;

/** Injects the `Caller`, or null if the service has no API keys. */
export const FromCaller = createParamDecorator(
  (_: unknown, context: ExecutionContext): Caller | null =>
    context.switchToHttp().getRequest<FastifyRequest>().caller ?? null,
);
