import { cursorOf } from '../../../src/api/lists/list-query.dto.js';
import { acceptedAt, CALLERS, callSidOf, NAMED, PROJECTS } from './made-cancellations.js';

/** A page that is asked for. */
export interface Question {
  /** For the table. */
  readonly what: string;
  readonly query: string;
}

/** Pages of 50 of a list of `count` cancellations that was filled at about `now`. */
export function questionsAbout(count: number, now: number): Question[] {
  const time = (share: number): string => new Date(acceptedAt(share * count, count, now)).toISOString();
  const cursor = (share: number): string => `cursor=${cursorOf(Math.floor(share * count))}`;
  const rows: Readonly<Record<string, string>> = {
    'no filter': '',
    'no filter, the page in the middle': cursor(0.5),
    'no filter, the page before the last': cursor(0.0001),
    '`status`, usual': 'status=succeeded',
    '`status`, 1 in 20': 'status=failed',
    '`status=queued`': 'status=queued',
    '`status`, two': 'status=failed,expired',
    '`status`, one that none has': 'status=withdrawn',
    '`evidence`, usual': 'evidence=document_fetched',
    '`evidence=none`': 'evidence=none',
    '`evidence`, one that none has': 'evidence=call_ended',
    '`failureCode`, 1 in 20': 'failureCode=rate_limited',
    '`failureCode`, 50 in all': 'failureCode=poisoned',
    '`project`, usual': `project=${PROJECTS.usual}`,
    '`project`, 50 in all': `project=${PROJECTS.rare}`,
    '`requestedBy`, usual': `requestedBy=${CALLERS.usual}`,
    '`requestedBy`, 50 in all': `requestedBy=${CALLERS.rare}`,
    '`requestedBy`, one that none has': 'requestedBy=nobody',
    '`callSid`': `callSid=${callSidOf(Math.floor(count / 3))}`,
    '`callSid`, one that none has': 'callSid=nobody',
    '`streamName`, usual': `streamName=${NAMED.usual}`,
    '`streamName`, 1 in 1,000': `streamName=${NAMED.oneOfMany}`,
    '`streamName`, 50 in all': `streamName=${NAMED.rare}`,
    '`streamName`, one that none has': 'streamName=nobody',
    '`createdAfter`, the newest tenth': `createdAfter=${time(0.9)}`,
    '`createdBefore`, the oldest tenth': `createdBefore=${time(0.1)}`,
    '`createdAfter` and `createdBefore`, a tenth in the middle': `createdAfter=${time(0.45)}&createdBefore=${time(0.55)}`,
    '`status` and `project`, usual': `status=succeeded&project=${PROJECTS.usual}`,
    '`status`, 1 in 20, and `createdBefore`': `status=failed&createdBefore=${time(0.5)}`,
    '`streamName` and `status`, 50 in all': `streamName=${NAMED.rare}&status=failed`,
    '`project` and `status`, which exclude each other': `project=${PROJECTS.rare}&status=succeeded`,
    '`streamName`, 50 in all, and `createdAfter`, the newer half': `streamName=${NAMED.rare}&createdAfter=${time(0.5)}`,
  };
  return Object.entries(rows).map(([what, query]) => ({ what, query }));
}
