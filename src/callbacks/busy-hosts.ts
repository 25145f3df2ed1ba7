/** How many callbacks one worker delivers at a time. */
export const MOST_AT_ONCE = 100;

/** How many of them go to the same host, whatever the port. */
export const MOST_PER_HOST = 10;

/** How many go to a host that has not answered yet, or did not the last time. */
export const MOST_UNANSWERED_PER_HOST = 2;

/** How many go to all hosts together that did not answer the last time, so that there is room for the others. */
export const MOST_TO_SILENT_HOSTS = MOST_AT_ONCE / 2;

interface Host {
  underWay: number;
  /** Whether it answered the last time; null before that. */
  answers: boolean | null;
  /** The callbacks that were refused a place, and until when they wait for one; epoch milliseconds. */
  readonly waiting: Map<string, number>;
}

/** Shares the places of one worker between the hosts that receive callbacks. */
export class BusyHosts {
  private readonly hosts = new Map<string, Host>();

  /** Takes a place. @returns false if there is none */
  enter(name: string, id: string): boolean {
    const host = this.hosts.get(name) ?? { underWay: 0, answers: null, waiting: new Map() };
    this.hosts.set(name, host);
    host.waiting.delete(id);
    if (this.room(host) === 0) return false;
    host.underWay += 1;
    return true;
  }

  /** Gives a place back. @returns how many of those that wait may start */
  leave(name: string): number {
    const host = this.hosts.get(name);
    if (host === undefined) return 0;
    host.underWay -= 1;
    return Math.min(1, this.room(host));
  }

  /**
   * Notes whether a host answered. One that begins to has more places. @returns how many of those that wait may start
   */
  heard(name: string, answers: boolean): number {
    const host = this.hosts.get(name);
    if (host === undefined) return 0;
    const isBetter = answers && host.answers !== true;
    host.answers = answers;
    return isBetter ? this.room(host) : 0;
  }

  /** Remembers one that was refused a place. @returns how many of those that wait may start meanwhile */
  wait(name: string, id: string, until: number): number {
    const host = this.hosts.get(name);
    if (host === undefined) return 0;
    host.waiting.set(id, until);
    return Math.min(1, this.room(host));
  }

  /** @returns the one that has waited longest, which waits no more; null if none does */
  next(name: string, now: number): string | null {
    const waiting = this.hosts.get(name)?.waiting ?? new Map<string, number>();
    for (const [id, until] of waiting) {
      waiting.delete(id);
      // Later it has started by itself, perhaps in another worker, and may wait for something else.
      if (now < until) return id;
    }
    return null;
  }

  private room({ answers, underWay }: Host): number {
    const places = answers === true ? MOST_PER_HOST : MOST_UNANSWERED_PER_HOST;
    const shared = answers === false ? MOST_TO_SILENT_HOSTS - this.toSilentHosts() : MOST_AT_ONCE;
    return Math.max(0, Math.min(places - underWay, shared));
  }

  private toSilentHosts(): number {
    let count = 0;
    for (const { answers, underWay } of this.hosts.values()) if (answers === false) count += underWay;
    return count;
  }
}
