import { Injectable } from '@nestjs/common';
import type { OtherStreams } from '../../cancellation/data.js';
import { callKey } from '../../cancellation/keys.js';
import type { NewCancellation } from '../../cancellation/stored-cancellation.js';
import { ServiceEnvironment } from '../../config/service.environment.js';
import { knownStreams } from '../../evidence/known-streams.js';
import { cut } from '../../platform/http/cut.js';
import { inSlices } from '../../platform/in-slices.js';
import { SharedClock } from '../../platform/redis/shared-clock.js';
import { Projects } from '../../projects/projects.js';
import { ApiConnection } from '../../queue/connections/api.connection.js';

/** A wrong name is kept and shown with these, so they are few and short. */
const MAX_NAMES = 10;
const MAX_NAME_LENGTH = 64;

/** Where a request names a stream that its call does not seem to have, finds the streams that it has. */
@Injectable()
export class StreamsOfCalls {
  constructor(
    private readonly projects: Projects,
    private readonly connection: ApiConnection,
    private readonly environment: ServiceEnvironment,
    private readonly clock: SharedClock,
  ) {}

  /** @returns by id, only those whose call has reported streams of which none has the name; each call is read once */
  async othersOf(wanted: readonly NewCancellation[]): Promise<ReadonlyMap<string, OtherStreams>> {
    const named = wanted.filter(({ data }) => data.streamName !== null && !data.isOneOfAll);
    const reporting = named.filter(({ data }) => this.takesCallbacks(data.project));
    const calls = [...new Set(reporting.map(({ data }) => callKey(data)))];
    const known = new Map(await inSlices(calls, async (call) => [call, await this.namesOf(call)] as const));
    return new Map(
      reporting.flatMap(({ id, data }) => {
        const others = otherStreams(data.streamName ?? '', known.get(callKey(data)) ?? []);
        return others === undefined ? [] : [[id, others] as const];
      }),
    );
  }

  /** Only signed callbacks count. */
  private takesCallbacks(project: string): boolean {
    return (this.projects.get(project)?.signingKeys.length ?? 0) > 0;
  }

  private async namesOf(call: string): Promise<readonly string[]> {
    const { QUEUE_PREFIX } = this.environment;
    return [...(await knownStreams(this.connection.redis, QUEUE_PREFIX, call, this.clock.now())).keys()];
  }
}

/** Undefined if the stream is among the reported ones, or if there are none. */
export function otherStreams(streamName: string, reported: readonly string[]): OtherStreams | undefined {
  if (reported.length === 0 || reported.includes(streamName)) return undefined;
  return {
    names: reported.slice(0, MAX_NAMES).map((name) => cut(name, MAX_NAME_LENGTH)),
    count: reported.length,
  };
}
