import { applyDecorators } from '@nestjs/common';
import { ApiOperation, ApiResponse } from '@nestjs/swagger';

const EXAMPLE =
  '<?xml version="1.0" encoding="UTF-8"?><Response><Stop><Stream name="stream"/></Stop><Say>Stopping stream</Say></Response>';

const document = (example: string) => ({
  content: { 'text/xml': { schema: { type: 'string' as const }, example } },
});

const EMPTY = document('<?xml version="1.0" encoding="UTF-8"?><Response/>');

/** What a request to the public port can be refused for, always with an empty document. */
const REFUSALS: Readonly<Record<number, string>> = {
  400: 'the name of the stream is missing or invalid',
  403: 'the project has a signing key, and the signature is missing or wrong',
  404: 'there is no such document',
  429: 'the sender asks too often; `Retry-After` says when to come again',
};

interface About {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
}

export const ServesDocument = (about: About, ...refusals: readonly number[]): MethodDecorator =>
  applyDecorators(
    ApiOperation({ ...about, tags: ['documents'] }),
    ApiResponse({ status: 200, description: 'what the call does next, as cXML', ...document(EXAMPLE) }),
    ...refused(refusals),
  );

export const TakesReports = (about: About): MethodDecorator =>
  applyDecorators(
    ApiOperation({ ...about, tags: ['callbacks'] }),
    ApiResponse({ status: 204, description: 'received; the same whether or not it counts' }),
    ...refused([403, 429]),
  );

export const AnswersPing = (about: About): MethodDecorator =>
  applyDecorators(
    ApiOperation({ ...about, tags: ['setup'], security: [] }),
    ApiResponse({
      status: 200,
      description: 'a signature of the address',
      content: { 'text/plain': { schema: { type: 'string' } } },
    }),
    ...refused([404, 429]),
  );

const refused = (statuses: readonly number[]): MethodDecorator[] =>
  statuses.map((status) => ApiResponse({ status, description: REFUSALS[status], ...EMPTY }));
