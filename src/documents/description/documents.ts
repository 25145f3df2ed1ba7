import { MAX_STREAM_NAME_LENGTH } from '../../cancellation/identifiers.js';

/** What OpenAPI says of the routes that serve documents. */
export const OF_LINK = {
  summary: 'Serves the stop document of a link',
  description:
    'The link is signed and holds everything, so that the answer needs no Redis. A fetch by SignalWire is evidence that the stream stops. ' +
    'A bad or expired link gets 404.',
} as const;

export const BY_NAME = {
  summary: 'Serves a stop document for any stream',
  description: 'As an XML Bin does. It is no evidence.',
} as const;

export const OF_TEMPLATE = {
  summary: 'Serves a template',
  description: 'Values come from the query and the form. It is no evidence.',
} as const;

export const TOKEN = {
  name: 'token',
  description: 'made by the service; SignalWire gets it as the `Url` of an update',
  schema: { type: 'string' },
} as const;

export const STREAMNAME = {
  name: 'STREAMNAME',
  description: 'the name under which the stream was started',
  schema: { type: 'string', minLength: 1, maxLength: MAX_STREAM_NAME_LENGTH },
  example: 'stream',
} as const;
