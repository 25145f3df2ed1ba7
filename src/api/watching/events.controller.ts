import { Controller, Get, Headers, Param, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiParam, ApiResponse, ApiTags, PickType } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { FromCaller, mayKnow } from '../../access/caller.js';
import type { Caller } from '../../access/caller.js';
import { NeedsScope } from '../../access/needs-scope.js';
import { invalidQuery } from '../../platform/validation/invalid-query.error.js';
import { CancellationViews } from '../cancellation-views.js';
import type { Cancellation } from '../cancellation.js';
import { CancellationFilter } from '../lists/filter.dto.js';
import { ApiProblems } from '../../problems/api-problems.js';
import { SUCCEEDED } from '../examples.js';
import { ID_PARAMETER } from '../parameters.js';
import { EventStreams } from './event-streams.js';

/** The query of `GET /events`. */
export class EventsQuery extends PickType(CancellationFilter, ['project', 'callSid', 'status'] as const) {}

/** An id of an event of ours. */
const EVENT_ID = /^\d{1,15}-\d{1,10}$/;

const LAST_EVENT_ID = {
  name: 'Last-Event-ID',
  required: false,
  description: 'the `id` of the last event of an earlier stream; what has changed since then comes first',
  schema: { type: 'string', pattern: EVENT_ID.source },
  example: '1769850000125-0',
} as const;

const STREAM = {
  status: 200,
  description:
    'Server-Sent Events: an event `cancellation` per change, with the whole cancellation as `data`; a comment every 15 s; an event ' +
    '`gap` where changes after `Last-Event-ID` are not kept any more, so that a list must be read again',
  content: {
    'text/event-stream': {
      schema: { type: 'string' },
      example: `id: 1769850000125-0\nevent: cancellation\ndata: ${JSON.stringify(SUCCEEDED)}\n\n`,
    },
  },
} as const;

@ApiTags('events')
@Controller()
export class EventsController {
  constructor(
    private readonly streams: EventStreams,
    private readonly views: CancellationViews,
  ) {}

  @Get('cancellations/:id/events')
  @ApiOperation({
    operationId: 'followCancellation',
    summary: 'Follows a cancellation',
    description: 'Follows one cancellation, from how it stands until it has finished.',
  })
  @NeedsScope('read')
  @ApiParam(ID_PARAMETER)
  @ApiResponse(STREAM)
  @ApiProblems('cancellation_not_found', 'queue_unavailable', 'too_many_readers')
  async ofOne(
    @Param('id') id: string,
    @FromCaller() caller: Caller | null,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.views.find(id, caller);
    this.streams.open(reply, { id, matches: () => true });
  }

  @Get('events')
  @ApiOperation({
    operationId: 'followCancellations',
    summary: 'Follows all cancellations',
    description: 'Follows all cancellations that match, from now on.',
  })
  @NeedsScope('read')
  @ApiHeader(LAST_EVENT_ID)
  @ApiResponse(STREAM)
  @ApiProblems('invalid_query', 'queue_unavailable', 'too_many_readers')
  ofAll(
    @Query() { project, callSid, status }: EventsQuery,
    @Headers('last-event-id') lastEventId: string | undefined,
    @FromCaller() caller: Caller | null,
    @Res() reply: FastifyReply,
  ): void {
    if (lastEventId !== undefined && !EVENT_ID.test(lastEventId))
      throw invalidQuery([{ field: 'Last-Event-ID', message: 'Last-Event-ID must be the id of an event' }]);
    const matches = (cancellation: Cancellation): boolean =>
      mayKnow(caller, cancellation.project) &&
      (project?.includes(cancellation.project) ?? true) &&
      (callSid === undefined || callSid === cancellation.callSid) &&
      (status?.includes(cancellation.status) ?? true);
    this.streams.open(reply, { matches, lastEventId });
  }
}
