/** So many requests that were taken between two that were throttled show that the project itself is not. */
const TAKEN_BETWEEN = 20;

/** What SignalWire's answers to this process have said of one project, one after the other. */
export class ProjectRun {
  private takenSinceThrottled = 0;
  private hasFailed = false;

  /** @returns whether one before it failed, so that those who count failures in a row are to know of it */
  taken(): boolean {
    this.takenSinceThrottled += 1;
    const isNews = this.hasFailed;
    this.hasFailed = false;
    return isNews;
  }

  failed(): void {
    this.hasFailed = true;
  }

  /** @returns whether this one stands alone among many that were taken */
  throttled(): boolean {
    const isAlone = this.takenSinceThrottled >= TAKEN_BETWEEN;
    this.takenSinceThrottled = 0;
    return isAlone;
  }
}
