import { Injectable } from '@nestjs/common';
import { Cancellations } from '../../queue/cancellations.js';
import type { Change } from '../../queue/changes/change-feed.js';
import { CancellationViews } from '../cancellation-views.js';
import { eventOf } from './stream-event.js';
import type { StreamEvent } from './stream-event.js';

/** Reads how cancellations stand after they have changed. */
@Injectable()
export class ChangedCancellations {
  constructor(
    private readonly cancellations: Cancellations,
    private readonly views: CancellationViews,
  ) {}

  /** One event per cancellation that is still there, at its last change. */
  async eventsOf(changes: readonly Change[]): Promise<StreamEvent[]> {
    const positions = new Map(changes.map(({ id, position }) => [id, position]));
    const found = await this.cancellations.findMany([...positions.keys()]);
    const shown = await this.views.ofMany(found.filter((stored) => stored !== null));
    return shown.map((cancellation) => eventOf(positions.get(cancellation.id) ?? '', cancellation));
  }
}
