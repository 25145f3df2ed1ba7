import { HTTP_PROBLEMS } from '../platform/http/problems/http-problems.js';
import { problemKinds } from '../platform/http/problems/problem-kind.js';

const ASK_AGAIN = 'Ask again: the same stream, or the same `Idempotency-Key`, returns the same cancellation.';

/** Every problem that the service answers with, by its code. */
export const PROBLEMS = {
  ...HTTP_PROBLEMS,
  ...problemKinds({
    invalid_idempotency_key: {
      status: 400,
      title: 'The Idempotency-Key is invalid',
      advice: 'Send 1 to 255 printable ASCII characters, once, such as a UUID.',
    },
    forbidden_scope: {
      status: 403,
      title: 'The API key may not do this',
      advice:
        'Use a key with the scope that `detail` names, and without a limit on projects where `detail` says so.',
    },
    csrf_token_missing: {
      status: 403,
      title: 'The session needs its CSRF token',
      advice:
        'A request that is authorised by the cookie and changes something needs `X-CSRF-Token`, with `csrfToken` of `GET /session`. ' +
        'Programs send an API key instead of the cookie.',
    },
    no_login: {
      status: 404,
      title: 'There is no login',
      advice: 'The service has no API keys. Make requests without a key and without a session.',
    },
    cancellation_not_found: {
      status: 404,
      title: 'There is no such cancellation',
      advice:
        'Check the id. Finished cancellations are removed after `RETENTION_HOURS`, or earlier where Redis is nearly full, and those of ' +
        'projects that the API key may not know look as if they did not exist. If an `Idempotency-Key` was sent, use a new one.',
    },
    proof_key_missing: {
      status: 404,
      title: 'There is no key that signs proofs',
      advice:
        'Set `PROOF_KEY` or `PROOF_KEY_FILE` to an Ed25519 private key, the same for all processes with the role `api`: `openssl genpkey ' +
        '-algorithm ed25519`.',
    },
    project_not_found: {
      status: 404,
      title: 'There is no such project',
      advice: 'Name a project of `GET /queue`.',
    },
    already_finished: {
      status: 409,
      title: 'The cancellation has already ended',
      advice: 'There is nothing to withdraw. Read the cancellation to see how it ended.',
    },
    already_wanted: {
      status: 409,
      title: 'Another cancellation of the same stream is unfinished',
      advice:
        'Nothing was queued. Follow the one that `detail` names; if it comes to nothing, retry that one.',
    },
    attempt_under_way: {
      status: 409,
      title: 'The cancellation is being sent',
      advice:
        'It cannot be taken back at this moment. Withdraw it again if it has not ended in a few seconds.',
    },
    no_callback: {
      status: 409,
      title: 'The cancellation has no callback',
      advice: 'Give a `callbackUrl` in the request, or a `defaultCallbackUrl` to the project.',
    },
    no_known_streams: {
      status: 409,
      title: 'No stream of the call is known to be running',
      advice:
        'Name the streams, or start them with a `statusCallback` to `PUBLIC_URL/laml/stream-status`, so that they become known.',
    },
    not_finished: {
      status: 409,
      title: 'The cancellation has not ended',
      advice: 'Its callback is delivered by itself when it has.',
    },
    not_retryable: {
      status: 409,
      title: 'The cancellation cannot be retried',
      advice: 'Only a failed, expired or withdrawn one can. Wait for the end of one that is unfinished.',
    },
    too_many_streams: {
      status: 409,
      title: 'Too many streams of the call are running',
      advice: 'Name them in `streamNames`, 20 at a time.',
    },
    idempotency_key_reused: {
      status: 422,
      title: 'The Idempotency-Key came with another body before',
      advice: 'Use a new key, or send the original body again.',
    },
    too_many_guesses: {
      status: 429,
      title: 'Too many wrong API keys',
      advice: 'Wait for the seconds that `Retry-After` says, and log in with a valid key.',
    },
    queue_answer_lost: {
      status: 503,
      title: 'Redis did not answer in time',
      advice: `The request may have taken effect. ${ASK_AGAIN} What is withdrawn or retried already stays so.`,
    },
    queue_unavailable: {
      status: 503,
      title: 'Redis cannot be reached or refuses',
      advice: `Nothing was queued. ${ASK_AGAIN}`,
    },
    too_many_readers: {
      status: 503,
      title: 'Too many readers of events are connected',
      advice: 'Ask again later. One stream of `GET /events` can serve many readers.',
    },
  }),
} as const;

/** The stable name of a problem, for programs. */
export type ProblemCode = keyof typeof PROBLEMS;
