/** What one stop took, in ms from its acceptance, by clocks that read whole milliseconds. */
export interface Sample {
  readonly sent: number;
  readonly answered: number;
  readonly fetched: number;
  readonly succeeded: number;
}

/** Something that stops a stream, one at a time. */
export interface Contender {
  stop(callSid: string): Promise<Sample>;
}
