import { dateAndTime, words } from '../../../platform/page/format.js';
import { EVIDENCE, LAST, RETRIED } from './filter.js';
import { REASONS } from './reasons.js';

const NAMES = {
  failureCode: 'reason',
  callSid: 'call',
  retried: '',
  last: 'requested',
  createdAfter: 'requested since',
  createdBefore: 'requested before',
};

const VOCABULARIES = { failureCode: REASONS, evidence: EVIDENCE, retried: RETRIED, last: LAST };

/** A filter in words. */
export const described = (filter) =>
  Object.entries(filter)
    .map(([name, value]) => {
      const word = (one) =>
        name.startsWith('created') && Date.parse(one) ? dateAndTime(one) : (VOCABULARIES[name]?.[one] ?? one);
      return `${NAMES[name] ?? words(name)} ${[value].flat().map(word).join(' or ')}`.trim();
    })
    .join('; ') || 'everything';
