import type { CancellationView } from '../../../src/cancellation/view.js';
import { ExpectationError } from '../drill.js';
import type { Stage } from '../stage.js';
import { cancellationsIn } from './queue-states.js';

const PAGE = 200;
/** Of how many calls the lists are compared. */
const CALLS = 10;

/** A list, and which cancellations belong in it. */
interface Expected {
  readonly query: string;
  readonly has: (cancellation: CancellationView) => boolean;
}

/** Waits until all lists show what the jobs tell, or `limitMs` has passed, which is a violation. */
export async function untilListsAreRight(stage: Stage, limitMs: number): Promise<void> {
  let wrong: string[] = [];
  try {
    await stage.until('the lists are right', limitMs, async () => {
      wrong = await wrongLists(stage);
      return wrong.length === 0;
    });
  } catch (error) {
    if (!(error instanceof ExpectationError)) throw error;
    stage.expect(false, `${error.message}: ${wrong.join(', ')}`);
  }
}

/** Each list that differs from the jobs, and how. */
async function wrongLists(stage: Stage): Promise<string[]> {
  const cancellations = await cancellationsIn(stage.redis.url);
  const wrong: string[] = [];
  for (const { query, has } of listsOf(cancellations)) {
    const expected = new Set(cancellations.filter(has).map(({ id }) => id));
    const listed = await listedIn(stage, query);
    const missing = [...expected].filter((id) => !listed.includes(id)).length;
    const tooMany = listed.length - (expected.size - missing);
    if (missing + tooMany > 0) wrong.push(`${query}: ${missing} missing, ${tooMany} too many`);
  }
  return wrong;
}

const distinct = <T>(values: readonly T[]): T[] => [...new Set(values)];

function listsOf(cancellations: readonly CancellationView[]): Expected[] {
  const statuses = distinct(cancellations.map(({ status }) => status));
  const codes = distinct(cancellations.flatMap(({ failure }) => failure?.code ?? []));
  const calls = distinct(cancellations.map(({ callSid }) => callSid)).slice(0, CALLS);
  return [
    { query: '', has: () => true },
    ...statuses.map((wanted) => ({ query: `status=${wanted}`, has: isOf('status', wanted) })),
    ...calls.map((wanted) => ({ query: `callSid=${wanted}`, has: isOf('callSid', wanted) })),
    ...codes.map((wanted) => ({
      query: `failureCode=${wanted}`,
      has: ({ failure }: CancellationView) => failure?.code === wanted,
    })),
  ];
}

const isOf =
  <Field extends 'status' | 'callSid'>(field: Field, wanted: CancellationView[Field]) =>
  (cancellation: CancellationView): boolean =>
    cancellation[field] === wanted;

/** @returns the ids on all pages, twice what is there twice */
async function listedIn(stage: Stage, query: string): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const from: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const { status, body } = await stage.caller.get(`/cancellations?${query}&limit=${PAGE}${from}`);
    // It is away, or slow.
    if (status === 0 || status === 503) continue;
    if (status !== 200) throw new ExpectationError(`a list was answered with ${status}`);
    const page = body as unknown as ListPage;
    ids.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
  }
  return ids;
}

interface ListPage {
  readonly items: readonly { readonly id: string }[];
  readonly nextCursor: string | null;
}
