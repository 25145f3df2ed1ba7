import { createParamDecorator } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { headerValues } from '../../platform/http/header-values.js';

/** A longer wait is shortened to this, which is less than the time that common proxies wait. */
export const LONGEST_WAIT_SECONDS = 30;

/** Up to the next comma that does not stand in quotes. */
const PREFERENCE = /(?:[^",]|"(?:[^"\\]|\\.)*"?)+/g;

/** `wait=10`, `Wait = "10"; why=not` */
const WAIT = /^wait\s*=\s*(?:"(\d+)"|(\d+))\s*(?:;.*)?$/is;

/**
 * How long a client prefers to wait, in seconds. The first `wait` counts, and what is malformed is ignored, as RFC 7240
 * demands (https://www.rfc-editor.org/rfc/rfc7240#section-2).
 *
 * @param values of the header `Prefer`
 * @returns null if it has no such preference
 */
export function waitIn(values: readonly string[]): number | null {
  const preferences = values.flatMap((value) => value.match(PREFERENCE) ?? []).map((one) => one.trim());
  const wait = preferences.find((preference) => /^wait\s*(?:[=;]|$)/i.test(preference)) ?? '';
  const [, quoted, bare] = WAIT.exec(wait) ?? [];
  const seconds = quoted ?? bare;
  return seconds === undefined ? null : Math.min(Number(seconds), LONGEST_WAIT_SECONDS);
}

/** Injects the seconds that the client prefers to wait, or null. Caches have to know that the answer depends on it. */
export const FromPrefer = createParamDecorator((_: unknown, context: ExecutionContext): number | null => {
  const http = context.switchToHttp();
  http.getResponse<FastifyReply>().header('vary', 'Prefer');
  return waitIn(headerValues(http.getRequest<FastifyRequest>(), 'prefer'));
});

/** For OpenAPI. */
export const PREFER_HEADER = {
  name: 'Prefer',
  required: false,
  schema: { type: 'string', example: 'wait=10' },
  description:
    `\`wait=N\` (RFC 7240): the answer is held for up to N seconds, at most ${LONGEST_WAIT_SECONDS}, until the cancellation has finished. ` +
    'Where it is honoured, the answer has `Preference-Applied`',
} as const;
