import { endsCall } from '../cxml/ends-call.js';
import type { StoredCancellation } from './stored-cancellation.js';
import { documentSourceOf } from './document-source.js';
import { fallsBackToName, wayOf } from './strategy.js';

export const WARNING_CODES = ['call_ends', 'fallback_ends_call'] as const;

/** What a cancellation does that its caller may not have meant. */
export interface Warning {
  readonly code: (typeof WARNING_CODES)[number];
  readonly message: string;
}

const callEnds = (document: string): Warning => ({
  code: 'call_ends',
  message:
    `SignalWire ends the call once this document has run out of verbs. End ${document} with a redirect, an enqueue or ` +
    'a dial with an action to keep the call, or with a hangup if its end is meant.',
});

const THEN_ENDS_CALL = callEnds('`then`');
const TEMPLATE_ENDS_CALL = callEnds('the template');

const FALLBACK_ENDS_CALL: Warning = {
  code: 'fallback_ends_call',
  message:
    'Where the document elsewhere cannot be had, SignalWire falls back to one made here, and ends the call once that has ' +
    'run out of verbs. End `then` with a redirect, an enqueue or a dial with an action to keep the call, or with a hangup ' +
    'if its end is meant.',
};

/**
 * What to warn of. What a document elsewhere does after the stop is not known here, but what its fallback does is. A stream
 * that is stopped by its SID leaves the call's document alone; as long as it may yet go by a document, the warning stands.
 *
 * @param project as it is configured now; undefined where it is not any more
 */
export function warningsOf(
  { data, record, finishedAt, failedReason }: StoredCancellation,
  project: { readonly documentUrl: string | null } | undefined,
  templates: { templateEndsCall(name: string): boolean },
): readonly Warning[] {
  const isBySid = wayOf(data, record).by === 'stream_resource';
  if (isBySid && ((finishedAt !== null && failedReason === null) || !fallsBackToName(data, record)))
    return [];
  const source = documentSourceOf(project ?? { documentUrl: null }, data);
  if (source.kind === 'foreign') return endsCall(data.then) ? [FALLBACK_ENDS_CALL] : [];
  if (source.kind === 'template')
    return templates.templateEndsCall(source.template) ? [TEMPLATE_ENDS_CALL] : [];
  return endsCall(data.then) ? [THEN_ENDS_CALL] : [];
}
