/** By which Nest provides the connection that the queue uses. */
export const QUEUE_REDIS = Symbol('QUEUE_REDIS');
