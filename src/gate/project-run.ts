/** So many requests that were taken make up for one that was throttled, and no more than for a few of them. */
const TAKEN_FOR_ONE = 20;
const MOST_CREDIT = 5 * TAKEN_FOR_ONE;

/** What SignalWire's answers to this process have said of one project, one after the other. */
export class ProjectRun {
  private credit = 0;
  private hasFailed = false;

  /** @returns whether one before it failed, so that those who count failures in a row are to know of it */
  taken(): boolean {
    this.credit = Math.min(MOST_CREDIT, this.credit + 1);
    const isNews = this.hasFailed;
    this.hasFailed = false;
    return isNews;
  }

  failed(): void {
    this.hasFailed = true;
  }

  /** @returns whether this one stands alone among many that were taken: the project itself is not throttled then */
  throttled(): boolean {
    const isAlone = this.credit >= TAKEN_FOR_ONE;
    this.credit = Math.max(0, this.credit - TAKEN_FOR_ONE);
    return isAlone;
  }
}
