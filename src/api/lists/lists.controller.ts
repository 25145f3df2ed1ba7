import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiProperty, ApiResponse, ApiTags } from '@nestjs/swagger';
import { FromCaller } from '../../access/caller.js';
import type { Caller } from '../../access/caller.js';
import { NeedsScope } from '../../access/needs-scope.js';
import { answeredInTime } from '../../queue/connections/answered-in-time.js';
import { ApiConnection } from '../../queue/connections/api.connection.js';
import { Lists } from '../../queue/listing/lists.js';
import { CancellationViews } from '../cancellation-views.js';
import { Cancellation } from '../cancellation.js';
import { ApiProblems } from '../../problems/api-problems.js';
import { SUCCEEDED } from '../examples.js';
import { knownTo, listFilterOf } from './filter.dto.js';
import { cursorOf, ListQuery, placeOf } from './list-query.dto.js';

/** A page of cancellations, the newest first. */
export class CancellationPage {
  @ApiProperty({ type: [Cancellation], description: 'the newest first' })
  readonly items: readonly Cancellation[];

  @ApiProperty({
    type: String,
    nullable: true,
    description:
      'the `cursor` of the next page; null on the last one. A page may have fewer items than `limit`, or none, and still have a next one',
  })
  readonly nextCursor: string | null;
}

@ApiTags('cancellations')
@Controller('cancellations')
export class ListsController {
  constructor(
    private readonly connection: ApiConnection,
    private readonly lists: Lists,
    private readonly views: CancellationViews,
  ) {}

  @Get()
  @ApiOperation({
    operationId: 'listCancellations',
    summary: 'Lists cancellations',
    description:
      'Lists cancellations, the newest first. New ones that come in the meantime do not move the pages.',
  })
  @NeedsScope('read')
  @ApiResponse({
    status: 200,
    type: CancellationPage,
    description: 'a page of the list',
    example: { items: [SUCCEEDED], nextCursor: null },
  })
  @ApiProblems('invalid_query', 'queue_unavailable')
  list(
    @Query() { limit, cursor, ...fields }: ListQuery,
    @FromCaller() caller: Caller | null,
  ): Promise<CancellationPage> {
    const filter = knownTo(caller, listFilterOf(fields));
    return answeredInTime(this.connection, async () => {
      const { items, next } = await this.lists.page(filter, placeOf(cursor), limit);
      return { items: await this.views.ofMany(items), nextCursor: cursorOf(next) };
    });
  }
}
