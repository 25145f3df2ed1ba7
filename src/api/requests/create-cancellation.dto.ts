import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsInt, Matches, Max, Min } from 'class-validator';
import { MAX_DOCUMENT_URL_LENGTH } from '../../cxml/document-url.js';
import { IsDocumentUrl } from '../../cxml/is-document-url.js';
import { MAX_CALLBACK_URL_LENGTH } from '../../config/callback-url.js';
import { IsCallbackUrl } from '../../config/is-callback-url.js';
import { IsThen } from '../../cxml/is-then.js';
import type { Verb } from '../../cxml/verbs.js';
import { PROJECT_NAME } from '../../projects/project.js';
import { TEMPLATE_NAME } from '../../templates/names.js';
import { CALL_SID } from '../../cancellation/identifiers.js';
import { Excludes } from '../../platform/validation/excludes.js';
import { Optional } from '../../platform/validation/optional.js';
import { IsStreamName, MAX_STREAM_NAME_LENGTH } from '../../cancellation/identifiers.js';
import { STREAM_SID } from '../../cancellation/identifiers.js';
import { ALL, IsStreamNames, MAX_STREAM_NAMES } from './is-stream-names.js';
import { NamesAStream } from './names-a-stream.js';
import { OfOneStream } from './of-one-stream.js';
import { THEN_SCHEMA } from '../schemas/then.schema.js';
import { STRATEGIES } from '../../cancellation/vocabulary.js';
import type { Strategy } from '../../cancellation/vocabulary.js';

const DEADLINE_RANGE = {
  message: '$property must be a whole number of milliseconds from 1000 to 86400000 (one day)',
};

/** The body of `POST /cancellations`. */
export class CreateCancellationDto {
  @ApiProperty({
    pattern: CALL_SID.source,
    example: '2b5c9f5e-8f0c-4b47-9a52-6f6f1c2f8d11',
    description: 'the SID of the call that started the stream',
  })
  @Matches(CALL_SID, {
    message: '$property must be the SID of the call that started the stream: 1 to 64 letters, digits, - or _',
  })
  readonly callSid: string;

  @ApiPropertyOptional({
    minLength: 1,
    maxLength: MAX_STREAM_NAME_LENGTH,
    example: 'stream',
    description:
      'the name under which the stream was started; `streamSid` or `streamNames` may be given instead',
  })
  @IsStreamName()
  @NamesAStream()
  readonly streamName?: string;

  @ApiPropertyOptional({
    pattern: STREAM_SID.source,
    example: '0f7c3c1a-5b1e-4d38-9d0e-2f7a0c9d8e11',
    description: "the stream's SID, as its WebSocket or a status callback reports it",
  })
  @Optional()
  @Matches(STREAM_SID, {
    message: '$property must be the SID of a stream: 1 to 64 letters, digits, - or _',
  })
  readonly streamSid?: string;

  @ApiPropertyOptional({
    oneOf: [
      {
        type: 'array',
        minItems: 1,
        maxItems: MAX_STREAM_NAMES,
        uniqueItems: true,
        items: { type: 'string', minLength: 1, maxLength: MAX_STREAM_NAME_LENGTH },
      },
      { type: 'string', enum: [ALL] },
    ],
    description:
      'several streams of the call, one cancellation each; `all` means those that signed status callbacks have reported as running',
  })
  @Optional()
  @IsStreamNames()
  readonly streamNames?: readonly string[] | typeof ALL;

  @ApiPropertyOptional({
    enum: STRATEGIES,
    default: 'auto',
    description:
      'how the stream is stopped: by a document that the call fetches, by the SID of the stream, or as `auto` decides',
  })
  @Optional()
  @IsIn(STRATEGIES, { message: `$property must be one of ${STRATEGIES.join(', ')}` })
  readonly strategy?: Strategy;

  @ApiPropertyOptional({
    pattern: PROJECT_NAME.source,
    description:
      'the SignalWire project that the call belongs to; if absent, `default`, or else the only one',
  })
  @Optional()
  @Matches(PROJECT_NAME, {
    message: '$property must be the name of a configured project: 1 to 64 letters, digits or any of _ . -',
  })
  readonly project?: string;

  @ApiPropertyOptional(THEN_SCHEMA)
  @Optional()
  @IsThen()
  readonly then?: readonly Verb[];

  @ApiPropertyOptional({
    pattern: TEMPLATE_NAME.source,
    description:
      'the name of a template in `TEMPLATES_DIR`, instead of `then` and `documentUrl`; not beside `streamNames`, because it is ' +
      'the document of one stream',
    example: 'resume-ivr',
  })
  @Optional()
  @Matches(TEMPLATE_NAME, {
    message: '$property must be the name of a template: 1 to 64 letters, digits, _ or -',
  })
  @Excludes('then', 'documentUrl')
  @OfOneStream()
  readonly template?: string;

  @ApiPropertyOptional({
    maxLength: MAX_DOCUMENT_URL_LENGTH,
    description:
      'where SignalWire fetches the stop document, on one of `DOCUMENT_HOSTS`, instead of `template`; `{streamName}` ' +
      'and `{callSid}` are filled in, URL-encoded. `then` says what the call does if that document cannot be fetched. Not ' +
      'beside `streamNames`, because it is the document of one stream',
    example: 'https://example.signalwire.com/laml-bins/ID?STREAMNAME={streamName}',
  })
  @Optional()
  @IsDocumentUrl()
  @Excludes('template')
  @OfOneStream()
  readonly documentUrl?: string;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1000,
    maximum: 86_400_000,
    description: 'milliseconds from acceptance after which no attempt starts; `DEADLINE_MS` if absent',
  })
  @Optional()
  @IsInt(DEADLINE_RANGE)
  @Min(1000, DEADLINE_RANGE)
  @Max(86_400_000, DEADLINE_RANGE)
  readonly deadlineMs?: number;

  @ApiPropertyOptional({
    maxLength: MAX_CALLBACK_URL_LENGTH,
    description:
      'where the end of the cancellation is reported, on one of `CALLBACK_HOSTS`; if absent, the `defaultCallbackUrl` of the project',
    example: 'https://app.example.com/stopped',
  })
  @Optional()
  @IsCallbackUrl()
  readonly callbackUrl?: string;
}
