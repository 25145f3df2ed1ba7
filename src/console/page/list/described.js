import { dateAndTime, words } from '../../../platform/page/format.js';
import { EVIDENCE, LAST, RETRIED } from './filter.js';
import { REASONS } from './reasons.js';

const NAMES = { failureCode: 'reason', callSid: 'call' };

const VOCABULARIES = { failureCode: REASONS, evidence: EVIDENCE };

export function described({ last, createdAfter, createdBefore, retried, ...filter }) {
  const parts = Object.entries(filter).map(
    ([name, value]) =>
      `${NAMES[name] ?? words(name)} ${[value]
        .flat()
        .map((one) => VOCABULARIES[name]?.[one] ?? one)
        .join(' or ')}`,
  );
  if (retried) parts.push(RETRIED[retried] ?? retried);
  if (last) parts.push(`requested ${LAST[last]}`);
  if (createdAfter) parts.push(`requested since ${dateAndTime(createdAfter)}`);
  if (createdBefore) parts.push(`requested before ${dateAndTime(createdBefore)}`);
  return parts.join('; ') || 'everything';
}
