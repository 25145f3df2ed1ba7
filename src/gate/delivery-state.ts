import type { RedisClient } from '../platform/redis/connection/client.js';
import type { ClosedState } from '../cancellation/vocabulary.js';
import { defineScript } from '../platform/redis/script.js';
import type { Script } from '../platform/redis/script.js';
import { DELIVERED, LEAVE_PLACE, REOPEN, UNFETCHED } from './delivery.lua.js';
import { deliveredKey, gateKey, unconfirmedKey, watchedKey } from './gate-keys.js';

/** Whether SignalWire fetches a project's documents, as all processes see it in Redis. */
export class DeliveryState {
  private readonly deliveredScript: Script<ClosedState | null>;
  private readonly unfetchedScript: Script<0 | 1>;
  private readonly leavePlaceScript: Script<null>;
  private readonly reopenScript: Script<ClosedState | null>;

  constructor(
    redis: RedisClient,
    private readonly prefix: string,
  ) {
    this.deliveredScript = defineScript(redis, 'streamstopDelivered', DELIVERED);
    this.unfetchedScript = defineScript(redis, 'streamstopUnfetched', UNFETCHED);
    this.leavePlaceScript = defineScript(redis, 'streamstopLeavePlace', LEAVE_PLACE);
    this.reopenScript = defineScript(redis, 'streamstopReopen', REOPEN);
  }

  /** SignalWire fetched a document. @returns the state that ended, if one did */
  delivered(project: string): Promise<ClosedState | null> {
    return this.deliveredScript(this.keysOf(project));
  }

  /**
   * The document of an accepted update was awaited in vain.
   *
   * @param sentAt when the update was sent, by the shared clock
   * @returns whether the project becomes `undelivered` by it
   */
  async unfetched(project: string, callSid: string, sentAt: number): Promise<boolean> {
    const keys = [...this.keysOf(project), watchedKey(this.prefix)];
    return (await this.unfetchedScript(keys, project, callSid, sentAt)) === 1;
  }

  /** A call that was let through as `isUnproven` has no update under way any more. */
  async leavePlace(project: string, callSid: string): Promise<void> {
    await this.leavePlaceScript([unconfirmedKey(this.prefix, project)], callSid);
  }

  /**
   * Tries the project again if it is closed as one of `states`.
   *
   * @returns that state; null if it is in none of them
   */
  reopen(project: string, states: readonly ClosedState[]): Promise<ClosedState | null> {
    return this.reopenScript(
      [gateKey(this.prefix, project), unconfirmedKey(this.prefix, project)],
      ...states,
    );
  }

  private keysOf(project: string): string[] {
    const { prefix } = this;
    return [gateKey(prefix, project), unconfirmedKey(prefix, project), deliveredKey(prefix, project)];
  }
}
