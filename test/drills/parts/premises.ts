/** A host as its processes see it. */
export interface Place {
  /** Where others reach it. */
  readonly address: string;
  /** The beginning of the command line of whatever runs there. */
  readonly within: readonly string[];
}

/** Where the parts of a stage run. */
export interface Premises {
  readonly redis: Place;
  /** The address of the simulator, which runs in this process. */
  readonly signalWire: string;
  /** The address at which SignalWire reaches the documents. */
  readonly documents: string;
  /** What callers show where they do not come from loopback. */
  readonly apiKey?: string;
  /** The place of a new process. */
  placeOf(roles: string): Place;
}

export const HERE: Place = { address: '127.0.0.1', within: [] };

/** Everything at loopback. */
export const LOOPBACK: Premises = {
  redis: HERE,
  signalWire: HERE.address,
  documents: HERE.address,
  placeOf: () => HERE,
};
