import { Injectable } from '@nestjs/common';
import type { LinkClaims } from '../links/link-token.js';

/**
 * What the document of a link has the call do after the stop. Of one attempt's documents none comes after a later one of
 * this list, so that a call which SignalWire sends back for another document always comes to an end.
 */
const NEXT_STEPS = ['template', 'then', 'handover', 'nothing'] as const;
export type NextStep = (typeof NEXT_STEPS)[number];

/** About 10 MB, and the attempts of nearly a minute at the greatest rate of a project. */
export const MAX_REMEMBERED = 50_000;

/** Remembers which documents this process has served, of the attempts that were asked for last. */
@Injectable()
export class ServedDocuments {
  private readonly furthest = new Map<string, NextStep>();

  /** The furthest step that was served for the attempt of this link; undefined where none was. */
  of(link: LinkClaims): NextStep | undefined {
    return this.furthest.get(attemptOf(link));
  }

  add(link: LinkClaims, step: NextStep): void {
    const attempt = attemptOf(link);
    const before = this.furthest.get(attempt);
    this.furthest.delete(attempt);
    this.furthest.set(attempt, before === undefined ? step : laterOf(before, step));
    if (this.furthest.size <= MAX_REMEMBERED) return;
    const [oldest = ''] = this.furthest.keys();
    this.furthest.delete(oldest);
  }
}

/** A cancellation has one attempt at a time, and each is in one attempt with others at most. */
const attemptOf = ({ stops, sentAt }: LinkClaims): string => `${stops[0]?.cancellationId} ${sentAt}`;

const laterOf = (one: NextStep, other: NextStep): NextStep =>
  NEXT_STEPS.indexOf(one) > NEXT_STEPS.indexOf(other) ? one : other;
