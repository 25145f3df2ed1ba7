import type { Reply } from '../parts/caller.js';
import type { Stage } from '../stage.js';
import type { PlannedCall, PlannedRequest } from './schedule.js';

const ASKS_AGAIN_AFTER_MS = 300;

/** Makes the planned requests, each until it is accepted, and the calls that they are about. */
export class Asking {
  private readonly planned: ReadonlyMap<string, PlannedCall>;
  private readonly made = new Set<string>();
  /** The ids that came with each `Idempotency-Key`. */
  private readonly idsOf = new Map<string, string>();

  constructor(
    private readonly stage: Stage,
    calls: readonly PlannedCall[],
  ) {
    this.planned = new Map(calls.map((call) => [call.sid, call]));
  }

  async make(request: PlannedRequest): Promise<void> {
    for (const { callSid } of request.stops) this.makeCall(callSid);
    const repeats = request.repeatsAfterMs.map(async (afterMs) => {
      await this.stage.wait(afterMs);
      await this.ask(request);
    });
    await Promise.all([this.ask(request), ...repeats]);
  }

  private makeCall(sid: string): void {
    if (this.made.has(sid)) return;
    this.made.add(sid);
    const { simulator, variables, callSids } = this.stage;
    const { streams, hasCallbacks, faults, endsAfterMs } = this.planned.get(sid) as PlannedCall;
    const statusCallback = `${variables['PUBLIC_URL']}/laml/stream-status`;
    simulator.createCall({
      sid,
      streams: streams.map((name) => ({ name, ...(hasCallbacks && { statusCallback }) })),
      faults,
    });
    callSids.push(sid);
    if (endsAfterMs !== null) void this.endLater(sid, endsAfterMs);
  }

  private async endLater(sid: string, afterMs: number): Promise<void> {
    await this.stage.wait(afterMs).catch(() => undefined);
    if (!this.stage.signal.aborted && this.stage.simulator.call(sid).endedAt === null)
      this.stage.simulator.endCall(sid);
  }

  private async ask(request: PlannedRequest): Promise<void> {
    const { path, body } = sentFor(request);
    for (;;) {
      const reply = await this.stage.caller.post(path, body, request.key ?? undefined);
      if (reply.status === 202) return this.keep(request, reply.body);
      if (reply.status >= 400 && reply.status < 500)
        return this.stage.expect(false, `${path} was answered ${reply.status} ${reply.body.code}`);
      await this.stage.wait(ASKS_AGAIN_AFTER_MS);
    }
  }

  private keep({ stops, kind, key }: PlannedRequest, body: Reply['body']): void {
    const items = kind === 'names' || kind === 'batch' ? (body as { items?: Reply['body'][] }).items : [body];
    const ids = stops.map(({ callSid }, place) => {
      const { id, code } = items?.[place] ?? {};
      if (id === undefined) this.stage.expect(false, `an entry was refused: ${code}`);
      else this.stage.caller.accepted.set(id, { id, callSid });
      return id;
    });
    if (key === null) return;
    const before = this.idsOf.get(key);
    this.idsOf.set(key, ids.join());
    if (before !== undefined)
      this.stage.expect(before === ids.join(), `${key} was answered ${before}, then ${ids.join()}`);
  }
}

function sentFor({ kind, stops, deadlineMs }: PlannedRequest): { path: string; body: object } {
  const [first] = stops;
  if (kind === 'batch')
    return {
      path: '/cancellations/batch',
      body: { cancellations: stops.map((stop) => ({ ...stop, deadlineMs })) },
    };
  if (kind === 'names') {
    const streamNames = stops.map(({ streamName }) => streamName);
    return { path: '/cancellations', body: { callSid: first?.callSid, streamNames, deadlineMs } };
  }
  return { path: '/cancellations', body: { ...first, deadlineMs } };
}
