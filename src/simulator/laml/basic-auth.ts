import { createHash, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { SIMULATOR_CONFIG } from '../simulator.config.js';
import type { SimulatorConfig } from '../simulator.config.js';

/** HTTP Basic authentication with the project id and the API token. */
@Injectable()
export class BasicAuth {
  private readonly expected: Buffer;

  constructor(@Inject(SIMULATOR_CONFIG) config: SimulatorConfig) {
    this.expected = digest(`${config.projectId}:${config.apiToken}`);
  }

  accepts(authorization: string | undefined): boolean {
    const [, credentials] = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(authorization ?? '') ?? [];
    if (credentials === undefined) return false;
    return timingSafeEqual(digest(Buffer.from(credentials, 'base64').toString()), this.expected);
  }
}

/** A constant-time comparison needs inputs of equal length. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
