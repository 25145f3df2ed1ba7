import { createParamDecorator } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { invalidQuery } from '../../platform/validation/invalid-query.error.js';

export const EVENT_ID = /^\d{1,15}-\d{1,10}$/;

/**
 * Injects the position in the stream of changes at which an earlier stream broke off, or null.
 *
 * @throws {ApiError} `invalid_query`
 */
export const FromLastEventId = createParamDecorator(
  (_: unknown, context: ExecutionContext): string | null => {
    const { headers } = context.switchToHttp().getRequest<FastifyRequest>();
    const id = headers['last-event-id'];
    if (id === undefined) return null;
    if (typeof id === 'string' && EVENT_ID.test(id)) return id;
    const message = 'Last-Event-ID must be the id of an event';
    throw invalidQuery([{ field: 'Last-Event-ID', message }]);
  },
);
