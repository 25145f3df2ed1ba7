import { LONGEST_WAIT_SECONDS } from './watching/prefer.js';

/** The id in a path, for OpenAPI. */
export const ID_PARAMETER = {
  name: 'id',
  description: 'the id of a cancellation',
  schema: { type: 'string', format: 'uuid' },
  example: '01a227ee-b6ad-77bc-96db-7cd81bad9fee',
} as const;

/** Headers of responses, for OpenAPI. */
export const LOCATION = {
  description: 'the path of the cancellation, if it is one',
  schema: { type: 'string', format: 'uri-reference' },
} as const;

export const IDEMPOTENT_REPLAYED = {
  description: '`true` if the `Idempotency-Key` was known',
  schema: { type: 'string', example: 'true' },
} as const;

export const PREFERENCE_APPLIED = {
  'Preference-Applied': {
    description: `the seconds of \`Prefer: wait=N\`, at most ${LONGEST_WAIT_SECONDS}, where it was honoured`,
    schema: { type: 'string', example: 'wait=10' },
  },
} as const;
