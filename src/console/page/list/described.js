import { dateAndTime, words } from '../../../platform/page/format.js';
import { LAST } from './filter.js';

const NAMES = {
  status: 'status',
  failureCode: 'reason',
  evidence: 'evidence',
  project: 'project',
  requestedBy: 'requested by',
  callSid: 'call',
  streamName: 'stream',
};

/** Those whose values are not chosen by people. */
const VOCABULARIES = new Set(['status', 'failureCode', 'evidence']);

/** A filter in words. */
export function described({ last, createdAfter, createdBefore, ...filter }) {
  const parts = Object.entries(filter).map(
    ([name, value]) =>
      `${NAMES[name]} ${[value]
        .flat()
        .map((one) => (VOCABULARIES.has(name) ? words(one) : one))
        .join(' or ')}`,
  );
  if (last) parts.push(`accepted in ${LAST[last].name}`);
  if (createdAfter) parts.push(`accepted since ${dateAndTime(createdAfter)}`);
  if (createdBefore) parts.push(`accepted before ${dateAndTime(createdBefore)}`);
  return parts.join('; ') || 'everything';
}
