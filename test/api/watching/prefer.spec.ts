import { describe, expect, it } from 'vitest';
import { waitIn } from '../../../src/api/watching/prefer.js';

/** Most are the examples of RFC 7240, https://www.rfc-editor.org/rfc/rfc7240 */
describe('the preference to wait', () => {
  it.each<[readonly string[], number | null]>([
    [['wait=10'], 10],
    [['wait=0'], 0],
    [['respond-async, wait=10'], 10],
    [['respond-async', 'wait=10'], 10],
    [['Wait=10'], 10],
    [['wait = 10'], 10],
    [['wait="10"'], 10],
    [['wait=10; because=of-it'], 10],
    [['wait=10, wait=20'], 10],
    [['priority=5, wait=10, handling=lenient'], 10],
    [['wait=31'], 30],
    [['wait=99999999999999999999'], 30],
    [[' wait=10 , respond-async'], 10],
    [['note="a, b", wait=10'], 10],
    [['note="a \\" , b", wait=10'], 10],
    [['wait=10; note="a, b"'], 10],
    [['wait-long, wait=10'], 10],
    [['wait=soon, wait=10'], null],
    [['note="x, wait=10"'], null],
    [['note="x, wait=10'], null],
    [['note; wait=10'], null],
    [['wait=""'], null],
    [['wait="10'], null],
    [['wait=10"'], null],
    [['wait; note=10'], null],
    [[], null],
    [[''], null],
    [['respond-async'], null],
    [['await=10'], null],
    [['wait'], null],
    [['wait='], null],
    [['wait=-1'], null],
    [['wait=1.5'], null],
    [['wait=soon'], null],
  ])('in Prefer: %j is %s', (values, seconds) => {
    expect(waitIn(values)).toBe(seconds);
  });
});
