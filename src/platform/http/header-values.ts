import type { FastifyRequest } from 'fastify';

/** Every value that was sent for a header, in order. Node itself joins them, or keeps the first alone. */
export function headerValues({ raw }: FastifyRequest, name: string): string[] {
  const { rawHeaders } = raw;
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);
}
