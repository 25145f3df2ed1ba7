import type { Cluster, Redis } from 'ioredis';

/** A connection to one Redis, or one to each node of a cluster that is needed. */
export type RedisClient = Redis | Cluster;
