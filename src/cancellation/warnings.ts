import { endsCall } from '../cxml/ends-call.js';
import { documentSourceOf } from './document-source.js';
import { endedAfterUpdate } from './effect.js';
import type { StoredCancellation } from './stored-cancellation.js';
import { fallsBackToName, wayOf } from './strategy.js';

export const WARNING_CODES = [
  'call_ends',
  'fallback_ends_call',
  'fallback_ended_call',
  'stream_unknown',
  'call_ended_after_update',
] as const;

/** Something that a cancellation does, or did, and that its caller may not have meant. */
export interface Warning {
  readonly code: (typeof WARNING_CODES)[number];
  readonly message: string;
}

const callEnds = (document: string): Warning => ({
  code: 'call_ends',
  message:
    `SignalWire ends the call when this document runs out of verbs. End ${document} with a redirect, an enqueue or ` +
    'a dial with an action to keep the call, or with a hangup if the call is meant to end.',
});

const THEN_ENDS_CALL = callEnds('`then`');
const TEMPLATE_ENDS_CALL = callEnds('the template');

const FALLBACK_ENDS_CALL: Warning = {
  code: 'fallback_ends_call',
  message:
    'If the document elsewhere cannot be fetched, SignalWire falls back to one made here, and ends the call when that runs ' +
    'out of verbs. End `then` with a redirect, an enqueue or a dial with an action to keep the call, or with a hangup if the ' +
    'call is meant to end.',
};

const FALLBACK_ENDED_CALL: Warning = {
  code: 'fallback_ended_call',
  message:
    'SignalWire fetched the fallback, after which the call has nothing left to do and ends. It goes there if the document, or an ' +
    'address in it such as the target of a redirect, cannot be fetched.',
};

const CALL_ENDED_AFTER_UPDATE: Warning = {
  code: 'call_ended_after_update',
  message:
    'SignalWire accepted the update, and the call ended before its document was fetched. The caller may have hung up; or SignalWire ' +
    'could not fetch the document, and ended the call for that. Check that PUBLIC_URL can be reached from outside.',
};

/** Not once a callback has told of a stream with that name after all. */
function ofName({ data, record }: Stored): readonly Warning[] {
  if (data.otherStreams === undefined || record.streamSid !== null || record.streamStoppedAt !== null)
    return [];
  const { names, count } = data.otherStreams;
  const more = count > names.length ? ` and ${count - names.length} more` : '';
  return [
    {
      code: 'stream_unknown',
      message:
        'Status callbacks had reported running streams of this call, and none of them had this name: ' +
        `${names.map((name) => JSON.stringify(name)).join(', ')}${more}. A document with an unknown name stops nothing, and SignalWire ` +
        'reports no error.',
    },
  ];
}

type Stored = Pick<StoredCancellation, 'data' | 'record' | 'finishedAt' | 'failedReason'>;
type Configured = { readonly documentUrl: string | null } | undefined;

interface TemplateEnds {
  templateEndsCall(name: string): boolean;
}

/**
 * @param project as it is configured now; undefined if it no longer is
 * @param isEndedByFallback whether SignalWire has fetched a fallback that lets the call end
 */
export const warningsOf = (
  stored: Stored,
  project: Configured,
  templates: TemplateEnds,
  isEndedByFallback = false,
): readonly Warning[] => [
  ...ofDocument(stored, project, templates),
  ...ofName(stored),
  ...(isEndedByFallback ? [FALLBACK_ENDED_CALL] : []),
  ...(endedAfterUpdate(stored.record) ? [CALL_ENDED_AFTER_UPDATE] : []),
];

/**
 * We do not know what a document elsewhere does after the stop, but we know its fallback. Stopping a stream by its SID
 * leaves the call's document alone; the warning stays as long as a document may still be needed.
 */
function ofDocument(
  { data, record, finishedAt, failedReason }: Stored,
  project: Configured,
  templates: TemplateEnds,
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
