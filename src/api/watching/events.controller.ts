import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiParam, ApiResponse, ApiTags, PickType } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { FromCaller } from '../../access/caller.js';
import type { Caller } from '../../access/caller.js';
import { NeedsScope } from '../../access/needs-scope.js';
import { CancellationViews } from '../cancellation-views.js';
import { CancellationFilter } from '../lists/filter.dto.js';
import { ApiProblems } from '../../problems/api-problems.js';
import { SUCCEEDED } from '../examples.js';
import { ID_PARAMETER } from '../parameters.js';
import { EventStreams } from './event-streams.js';
import { EVENT_ID, FromLastEventId } from './last-event-id.js';

/** The query of `GET /events`. */
export class EventsQuery extends PickType(CancellationFilter, ['project', 'callSid', 'status'] as const) {}

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
  @ApiHeader(LAST_EVENT_ID)
  @ApiResponse({
    status: 204,
    description:
      'it had finished at the event of `Last-Event-ID`; an `EventSource` does not reconnect after this',
  })
  @ApiProblems('invalid_query', 'cancellation_not_found', 'queue_unavailable', 'too_many_readers')
  async ofOne(
    @Param('id') id: string,
    @FromLastEventId() lastEventId: string | null,
    @FromCaller() caller: Caller | null,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { finishedAt } = await this.views.find(id, caller);
    const isOver =
      finishedAt !== null && lastEventId !== null && (await this.streams.hasSeenAll(id, lastEventId));
    if (isOver) return void reply.status(204).send();
    await this.streams.open(reply, { caller, id });
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
  async ofAll(
    @Query() filter: EventsQuery,
    @FromLastEventId() lastEventId: string | null,
    @FromCaller() caller: Caller | null,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.streams.open(reply, { caller, filter }, lastEventId);
  }
}
