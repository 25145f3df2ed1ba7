import { WorkerConnection, WorkerConnectionModule } from './worker.connection.js';
import { CancellationsQueueModule } from '../queue.module.js';

/** The queues on the worker's connection, for every module of the role. */
export const WorkerQueues = CancellationsQueueModule.on(WorkerConnectionModule, WorkerConnection);
