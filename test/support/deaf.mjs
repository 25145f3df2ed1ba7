import { RedisQueueBackend } from 'bullmq';

// A worker that goes on asking and is never given a job, although there is one.
RedisQueueBackend.prototype.moveToActive = () => Promise.resolve([]);
