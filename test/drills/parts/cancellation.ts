/** A cancellation as the API shows it, as far as the drills and the load read it. */
export interface Cancellation {
  readonly id: string;
  readonly callSid: string;
  readonly streamName: string;
  readonly status: 'queued' | 'running' | 'retrying' | 'succeeded' | 'failed' | 'expired' | 'withdrawn';
  readonly evidence: string;
  readonly attempts: readonly {
    readonly startedAt: string;
    readonly outcome: string | null;
    readonly httpStatus: number | null;
  }[];
  readonly failure: { readonly code: string | null } | null;
  readonly createdAt: string;
  readonly deadline: string;
  readonly acceptedAt: string | null;
  readonly documentFetchedAt: string | null;
  readonly streamStoppedAt: string | null;
  readonly finishedAt: string | null;
  readonly callbacks: readonly { readonly status: string }[];
}
