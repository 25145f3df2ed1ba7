import { ApiProperty } from '@nestjs/swagger';
import { endsCall } from '../documents/ends-call.js';
import type { Project } from '../projects/project.js';
import type { CancellationData } from './cancellations.queue.js';

export const WARNING_CODES = ['call_ends'] as const;

/** What a cancellation does that its caller may not have meant. */
export class Warning {
  @ApiProperty({ enum: WARNING_CODES })
  readonly code: (typeof WARNING_CODES)[number];

  @ApiProperty()
  readonly message: string;
}

const CALL_ENDS: Warning = {
  code: 'call_ends',
  message:
    'SignalWire ends the call once this document has run out of verbs. End `then` with a redirect, an enqueue or a ' +
    'dial with an action to keep the call, or with a hangup if its end is meant.',
};

/**
 * What to warn of, as long as the document is our own: what another one does after the stop is not known here.
 *
 * @param project as it is configured now; undefined where it is not any more
 */
export function warningsOf(
  { then }: Pick<CancellationData, 'then'>,
  project: Pick<Project, 'documentUrl'> | undefined,
): readonly Warning[] {
  const isOurs = (project?.documentUrl ?? null) === null;
  return isOurs && endsCall(then) ? [CALL_ENDS] : [];
}
