import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { LinkClaims } from '../links/link-token.js';

/** About 10 MB, and the attempts of nearly a minute at the highest rate of a project. */
export const MAX_REMEMBERED = 50_000;

/** Remembers for which attempts this process has served the fallback; the least recent ones are forgotten. */
@Injectable()
export class ServedFallbacks {
  private readonly attempts = new LRUCache<string, true>({ max: MAX_REMEMBERED });

  has(link: LinkClaims): boolean {
    return this.attempts.get(attemptOf(link)) === true;
  }

  add(link: LinkClaims): void {
    this.attempts.set(attemptOf(link), true);
  }
}

/** A cancellation has one attempt at a time, so its first cancellation and its time identify the attempt. */
const attemptOf = ({ stops, sentAt }: LinkClaims): string => `${stops[0]?.cancellationId} ${sentAt}`;
