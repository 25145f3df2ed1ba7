import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LIMITS } from '../limits.js';
import type { Params } from '../laml/update-params.js';
import { binTemplate } from './bin-template.js';

/** An XML Bin: a document that SignalWire itself serves. */
export interface Bin {
  readonly sid: string;
  readonly name: string;
  readonly contents: string;
  /** The document for a request with these parameters. */
  readonly documentFor: (params: Params) => string;
  readonly createdAt: Date;
  requests: number;
  lastRequestAt: Date | null;
}

/** A bin as its maker gets it. */
export interface BinView {
  readonly sid: string;
  readonly url: string;
}

/** The bins kept; past `LIMITS.bins` the oldest is forgotten. */
@Injectable()
export class BinsService {
  private readonly bins = new Map<string, Bin>();

  /** @throws {InvalidBinError} */
  create(contents: string, name = 'bin'): Bin {
    const documentFor = binTemplate(contents);
    const [oldest] = this.bins.keys();
    if (oldest !== undefined && this.bins.size >= LIMITS.bins) this.bins.delete(oldest);
    const sid = randomUUID();
    const bin = { sid, name, contents, documentFor, createdAt: new Date(), requests: 0, lastRequestAt: null };
    this.bins.set(bin.sid, bin);
    return bin;
  }

  find(sid: string): Bin | undefined {
    return this.bins.get(sid);
  }

  recordRequest(bin: Bin): void {
    bin.requests += 1;
    bin.lastRequestAt = new Date();
  }
}

/** Where a bin is served, `origin` being that of the simulator as the asker sees it. */
export const binUrl = (origin: string, { sid }: Bin): string => `${origin}/laml-bins/${sid}`;
