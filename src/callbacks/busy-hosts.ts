/** How many callbacks one worker delivers to a host at a time, so that one that does not answer leaves room for others. */
export const MOST_PER_HOST = 10;

/** Counts the callbacks that are being delivered to each host. */
export class BusyHosts {
  private readonly counts = new Map<string, number>();

  /**
   * @param host with its port
   * @returns what frees the place; null if there is none
   */
  enter(host: string): (() => void) | null {
    const count = this.counts.get(host) ?? 0;
    if (count >= MOST_PER_HOST) return null;
    this.counts.set(host, count + 1);
    return () => this.leave(host);
  }

  private leave(host: string): void {
    const count = (this.counts.get(host) ?? 0) - 1;
    if (count > 0) this.counts.set(host, count);
    else this.counts.delete(host);
  }
}
