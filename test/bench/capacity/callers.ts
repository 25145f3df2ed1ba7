import { Pool } from 'undici';
import { ProgramError } from '../../../src/demo/program.js';
import { askAtRate } from '../../load/pace.js';
import { CountedSockets } from '../measure/counted-sockets.js';
import type { Traffic } from '../measure/counted-sockets.js';
import type { Stage } from '../stage.js';

const CONNECTIONS = 50;

/** Applications that request cancellations one by one, each of a call of its own and with an `Idempotency-Key`. */
export class Callers {
  private readonly sockets = new CountedSockets();
  private readonly pool: Pool;
  private requests = 0;

  constructor(
    private readonly stage: Stage,
    url: string,
  ) {
    this.pool = new Pool(url, { connections: CONNECTIONS, connect: this.sockets.connect });
  }

  /** How many cancellations they have requested so far. */
  get asked(): number {
    return this.requests;
  }

  get traffic(): Traffic {
    return this.sockets.traffic;
  }

  /**
   * @returns how many were requested
   * @throws {ProgramError} one was not accepted
   */
  async askAtRate(rate: number, seconds: number): Promise<number> {
    const { signal } = this.stage.program;
    const pace = { rate, minutes: seconds / 60, soak: false, signal };
    const { asked } = await askAtRate(pace, () => this.ask());
    return asked;
  }

  close(): Promise<void> {
    return this.pool.close();
  }

  private async ask(): Promise<void> {
    this.requests += 1;
    const callSid = `live-${this.requests}`;
    const { statusCode, body } = await this.pool.request({
      method: 'POST',
      path: '/cancellations',
      headers: {
        'content-type': 'application/json',
        authorization: this.stage.authorization,
        'idempotency-key': callSid,
      },
      body: JSON.stringify({ callSid, streamName: 'stream' }),
    });
    const text = await body.text();
    if (statusCode !== 202) throw new ProgramError(`a cancellation was answered ${statusCode}: ${text}`);
  }
}
