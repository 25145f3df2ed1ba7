import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LIMITS } from '../limits.js';
import type { Params } from '../laml/update-params.js';
import { binTemplate } from './bin-template.js';

/** An XML Bin: a document hosted by SignalWire. */
export interface Bin {
  readonly sid: string;
  name: string;
  contents: string;
  /** Renders the document for the parameters of a request. */
  documentFor: (params: Params) => string;
  readonly createdAt: Date;
  updatedAt: Date;
  requests: number;
  lastRequestAt: Date | null;
}

/** The sid and the address of a new bin. */
export interface BinView {
  readonly sid: string;
  readonly url: string;
}

/** Stores the bins. Beyond `LIMITS.bins`, the oldest is dropped. */
@Injectable()
export class BinsService {
  private readonly bins = new Map<string, Bin>();

  /** @throws {InvalidBinError} */
  create(contents: string, name = 'bin'): Bin {
    const documentFor = binTemplate(contents);
    const [oldest] = this.bins.keys();
    if (oldest !== undefined && this.bins.size >= LIMITS.bins) this.bins.delete(oldest);
    const sid = randomUUID();
    const createdAt = new Date();
    const times = { createdAt, updatedAt: createdAt, requests: 0, lastRequestAt: null };
    const bin = { sid, name, contents, documentFor, ...times };
    this.bins.set(bin.sid, bin);
    return bin;
  }

  /** @throws {InvalidBinError} the bin is unchanged */
  update(bin: Bin, contents = bin.contents, name = bin.name): void {
    bin.documentFor = binTemplate(contents);
    Object.assign(bin, { contents, name, updatedAt: new Date() });
  }

  delete({ sid }: Bin): void {
    this.bins.delete(sid);
  }

  /** Oldest first. */
  all(): readonly Bin[] {
    return [...this.bins.values()];
  }

  find(sid: string): Bin | undefined {
    return this.bins.get(sid);
  }

  recordRequest(bin: Bin): void {
    bin.requests += 1;
    bin.lastRequestAt = new Date();
  }
}

/** The address of a bin. `origin` is the simulator's origin as the client sees it. */
export const binUrl = (origin: string, { sid }: Bin): string => `${origin}/laml-bins/${sid}`;
