import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, Matches, Max, Min } from 'class-validator';
import { MAX_DOCUMENT_URL_LENGTH } from '../documents/document-url.js';
import { IsDocumentUrl } from '../documents/is-document-url.js';
import { IsThen, THEN_SCHEMA } from '../documents/is-then.js';
import type { Verb } from '../documents/verbs.js';
import { PROJECT_NAME } from '../projects/project.js';
import { TEMPLATE_NAME } from '../templates/templates-folder.js';
import { CALL_SID } from '../validation/call-sid.js';
import { Excludes } from '../validation/excludes.js';
import { Optional } from '../validation/optional.js';
import { IsStreamName, MAX_STREAM_NAME_LENGTH } from '../validation/stream-name.js';

const DEADLINE_RANGE = {
  message: '$property must be a whole number of milliseconds from 1000 to 86400000 (one day)',
};

/** The body of `POST /cancellations`. */
export class CreateCancellationDto {
  /** The call that started the stream. */
  @ApiProperty({ pattern: CALL_SID.source, example: '2b5c9f5e-8f0c-4b47-9a52-6f6f1c2f8d11' })
  @Matches(CALL_SID, {
    message: '$property must be the SID of the call that started the stream: 1 to 64 letters, digits, - or _',
  })
  readonly callSid: string;

  /** The name under which the stream was started. SignalWire documents no limit of its length or characters. */
  @ApiProperty({ minLength: 1, maxLength: MAX_STREAM_NAME_LENGTH, example: 'stream' })
  @IsStreamName()
  readonly streamName: string;

  /** The SignalWire project that the call belongs to; which ones there are, `Projects` knows. */
  @ApiPropertyOptional({
    pattern: PROJECT_NAME.source,
    description:
      'the SignalWire project that the call belongs to; `default`, or else the only one, where it is absent',
  })
  @Optional()
  @Matches(PROJECT_NAME, {
    message: '$property must be the name of a configured project: 1 to 64 letters, digits or any of _ . -',
  })
  readonly project?: string;

  /** What the call does after the stop; where it is absent, what `DEFAULT_THEN` says. */
  @ApiPropertyOptional(THEN_SCHEMA)
  @Optional()
  @IsThen()
  readonly then?: readonly Verb[];

  /** The template that is the stop document; which ones there are, `Templates` knows. */
  @ApiPropertyOptional({
    pattern: TEMPLATE_NAME.source,
    description: 'the name of a template in `TEMPLATES_DIR`, instead of `then` and `documentUrl`',
    example: 'resume-ivr',
  })
  @Optional()
  @Matches(TEMPLATE_NAME, {
    message: '$property must be the name of a template: 1 to 64 letters, digits, _ or -',
  })
  @Excludes('then', 'documentUrl')
  readonly template?: string;

  /** Where SignalWire fetches the stop document, on one of `DOCUMENT_HOSTS`. */
  @ApiPropertyOptional({
    maxLength: MAX_DOCUMENT_URL_LENGTH,
    description:
      'where SignalWire fetches the stop document, on one of `DOCUMENT_HOSTS`, instead of `then` and `template`; ' +
      '`{streamName}` and `{callSid}` are filled in, URL-encoded',
    example: 'https://example.signalwire.com/laml-bins/ID?STREAMNAME={streamName}',
  })
  @Optional()
  @IsDocumentUrl()
  @Excludes('then', 'template')
  readonly documentUrl?: string;

  /** Milliseconds from acceptance after which no attempt starts; where it is absent, `DEADLINE_MS`. */
  @ApiPropertyOptional({ type: 'integer', minimum: 1000, maximum: 86_400_000 })
  @Optional()
  @IsInt(DEADLINE_RANGE)
  @Min(1000, DEADLINE_RANGE)
  @Max(86_400_000, DEADLINE_RANGE)
  readonly deadlineMs?: number;
}
